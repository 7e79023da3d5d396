"""Which contract is in force on which dead-letter topic, and the desk that decides by it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence

from assay.client.shelf import Version
from assay.contracts import Contract
from assay.recovery.desk import Desk
from assay.recovery.errors import NotSeatedError
from assay.streaming.keys import Keys
from assay.telemetry import get_logger

__all__ = ["Seats"]

Told = Mapping[str, Mapping[str, Version]]
NONE: Mapping[str, Version] = {}


class Seats:
    """The desks of the contracts that were taken; `told` gives what the registry says of all versions now."""

    def __init__(self, told: Callable[[], Told], keys: Keys | None = None) -> None:
        self._told = told
        self._keys = keys
        self._desks: dict[str, Desk] = {}

    @property
    def topics(self) -> Collection[str]:
        """The dead-letter topics of every contract that is seated."""
        return self._desks.keys()

    async def take(self, contracts: Sequence[Contract]) -> None:
        """Put contracts in force; they are compiled in a thread."""
        for contract in contracts:
            versions = self._told().get(contract.id, NONE)
            desk = await asyncio.to_thread(Desk, contract, versions, self._keys)
            self._desks[contract.topics.dead_letters] = desk
            facts = {"contract": contract.id, "version": contract.version, "flows": len(contract.flows)}
            get_logger().info("contract.seated", **facts)

    def desk(self, topic: str) -> Desk:
        """Return the desk of a dead-letter topic; it knows the versions that the registry tells of now.

        Raises:
            NotSeatedError: no contract in force names this topic.
        """
        desk = self._desks.get(topic)
        if desk is None:
            raise NotSeatedError(topic)
        versions = self._told().get(desk.contract.id, NONE)
        if not desk.versions.is_from(versions):
            desk.versions.hear(versions)
        return desk
