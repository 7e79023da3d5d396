"""Where contracts are applied to: a registry and a broker, as named, or as a server of the contracts names them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assay.cli.errors import CommandError
from assay.cli.where import address_of, broker_of
from assay.contracts import Contract
from assay.contracts.servers import Server, servers_of

__all__ = ["Target", "target_of"]


@dataclass(frozen=True, slots=True)
class Target:
    """One place to apply to."""

    registry: str
    broker: str
    server: str = ""


def target_of(contracts: Sequence[Contract], server: str | None, registry: str | None, broker: str | None) -> Target:
    """The one place that all contracts go to: options first, then the server, then `assay up`.

    Raises:
        CommandError: a contract has no such server, or two contracts mean different places by it.
    """
    if server is None:
        return Target(address_of("registry", registry), broker_of(broker))
    found = {contract.id: _server(contract, server) for contract in contracts}
    brokers = {each.broker for each in found.values()}
    registries = {each.registry for each in found.values()}
    if broker is None and len(brokers) > 1:
        raise CommandError(f"server {server!r} is not one broker in all contracts: {_places(found)}; apply them apart")
    if registry is None and (len(registries) > 1 or registries == {""}):
        raise CommandError(
            f"server {server!r} does not name one registry in all contracts; add assay.registry to it, or name"
            " --registry HOST:PORT"
        )
    return Target(registry or next(iter(registries)), broker or next(iter(brokers)), server)


def _server(contract: Contract, name: str) -> Server:
    servers = servers_of(contract)
    named = [each for each in servers if each.name == name] or [each for each in servers if each.environment == name]
    if len(named) != 1:
        known = ", ".join(each.name for each in servers) or "none"
        raise CommandError(f"contract {contract.id} has no server {name!r}; it has: {known}")
    if named[0].type != "kafka" or not named[0].broker:
        raise CommandError(f"server {name!r} of contract {contract.id} is no Kafka with a host; records can't go there")
    return named[0]


def _places(found: dict[str, Server]) -> str:
    return ", ".join(f"{contract} {each.broker}" for contract, each in found.items())
