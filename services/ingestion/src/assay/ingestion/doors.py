"""Opens a door for each contract once its topic is as it must be, and pauses the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from types import MappingProxyType

from assay.contracts import Contract
from assay.ingestion.door import Door
from assay.telemetry import get_logger

__all__ = ["CheckTopic", "Doors"]

CheckTopic = Callable[[Contract], Awaitable[list[str]]]
"""Returns a line for each way in which the contract's raw topic is not as it must be."""

log = get_logger()


class Doors:
    """One door for each contract. A contract whose topic is wrong is paused, alone, and looked at again and again."""

    def __init__(self, check_topic: CheckTopic, recheck_s: float = 5.0) -> None:
        self._check_topic = check_topic
        self._recheck_s = recheck_s
        self._contracts: dict[str, Contract] = {}
        self._doors: dict[str, Door] = {}

    @property
    def doors(self) -> Mapping[str, Door]:
        """The doors by contract id; a live view."""
        return MappingProxyType(self._doors)

    async def place(self, contract: Contract) -> None:
        """Open or pause the door of a contract; one that is as it was is not looked at again."""
        if self._contracts.get(contract.id) is contract:
            return
        self._doors.setdefault(contract.id, Door.of(contract, "the topic of the contract is being looked at"))
        await self._look(contract)
        self._contracts[contract.id] = contract

    async def run(self, changes: AsyncIterator[Contract]) -> None:
        """Place contracts as they come, and look at paused ones every `recheck_s`, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow(changes))
            group.create_task(self._recheck())

    async def _follow(self, changes: AsyncIterator[Contract]) -> None:
        async for contract in changes:
            await self.place(contract)

    async def _recheck(self) -> None:
        while True:
            await asyncio.sleep(self._recheck_s)
            for name in [name for name, door in self._doors.items() if door.paused and name in self._contracts]:
                await self._look(self._contracts[name])

    async def _look(self, contract: Contract) -> None:
        """Set the door by what the topic is now; log a change only."""
        before = self._doors[contract.id]
        paused = "; ".join(await self._problems(contract))
        self._doors[contract.id] = Door.of(contract, paused)
        if paused and paused != before.paused:
            log.error("contract.paused", contract=contract.id, version=contract.version, error=paused)
        if before.paused and not paused:
            log.info("contract.opened", contract=contract.id, version=contract.version)

    async def _problems(self, contract: Contract) -> list[str]:
        if contract.topics.raw_app is None:
            return []
        try:
            return await self._check_topic(contract)
        except Exception as error:  # noqa: BLE001 -- whatever goes wrong with one topic pauses that contract alone
            return [f"topic {contract.topics.raw_app} can't be looked at: {error}"]
