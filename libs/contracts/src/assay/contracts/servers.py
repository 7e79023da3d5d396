"""The servers of a contract: the brokers its records are on, each with the registry that goes with it."""

from __future__ import annotations

from dataclasses import dataclass

from assay.contracts.document import parse
from assay.contracts.model import Contract
from assay.contracts.vocabulary import custom

__all__ = ["Server", "servers_of"]


@dataclass(frozen=True, slots=True)
class Server:
    """One entry of `servers`; broker and registry are HOST:PORT, the registry empty where none is named."""

    name: str
    type: str
    environment: str = ""
    broker: str = ""
    registry: str = ""


def servers_of(contract: Contract) -> tuple[Server, ...]:
    """The servers that a contract names, in order."""
    listed = parse(contract.text, contract.id).value.get("servers", [])
    return tuple(
        Server(
            name=each["server"],
            type=each["type"],
            environment=each.get("environment", ""),
            broker=str(each.get("host", "")),
            registry=custom(each).get("assay.registry", ""),
        )
        for each in listed
    )
