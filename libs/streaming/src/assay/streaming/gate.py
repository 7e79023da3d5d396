"""Lets contracts through whose topics are as they say; the others wait, and nobody waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from time import monotonic

from assay.contracts import Contract
from assay.streaming.errors import BrokerError
from assay.streaming.record import Partition
from assay.streaming.topics import TopicSpec, check_topics, specs_of
from assay.telemetry import get_logger

__all__ = ["TopicGate", "until_standing"]

AGAIN_S = 5.0
FRESH_S = 2.0


class TopicGate:
    """Checks the topics of each contract before anyone reads or writes them.

    A contract whose topics are missing or otherwise than specified is paused, with a clear line in the log, and checked
    again every few seconds; no other contract is touched. Topics that every contract needs besides its own are `besides`.
    """

    def __init__(self, broker: str, besides: Collection[TopicSpec] = ()) -> None:
        self._broker = broker
        self._besides = besides
        self._waiting: dict[str, Contract] = {}
        self._through: dict[str, Contract] = {}
        self._checked: dict[str, tuple[float, list[str]]] = {}
        self._checking = asyncio.Lock()
        self._news = asyncio.Event()

    async def run(
        self, changes: AsyncIterator[Contract], take: Callable[[Sequence[Contract]], Awaitable[None]]
    ) -> None:
        """Hand every contract of `changes` to `take` once its topics stand; runs until cancelled.

        Those that stand at the same time are handed over together: a change of topics costs a group one rebalance.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self._admit(take))
            async for contract in changes:
                self._waiting[contract.id] = contract
                self._news.set()

    async def stands(self, partition: Partition) -> None:
        """Return once the topics of the contract that this partition belongs to are as it says.

        Asked before a partition is taken: topics may have changed since their contract came through.
        """
        while (contract := self._through.get(partition.topic)) and await self._problems(contract):  # noqa: ASYNC110 -- nobody tells of a change of topics
            await asyncio.sleep(AGAIN_S)

    async def _admit(self, take: Callable[[Sequence[Contract]], Awaitable[None]]) -> None:
        while True:
            found = [(contract, await self._problems(contract)) for contract in list(self._waiting.values())]
            standing = [one for one, problems in found if not problems and self._waiting.get(one.id) is one]
            for contract in standing:
                del self._waiting[contract.id]
                self._through |= dict.fromkeys(contract.topics.all, contract)
            if standing:
                await take(standing)
            await self._wait()

    async def _problems(self, contract: Contract) -> list[str]:
        """Return what is wrong with the topics of a contract, as it was a moment ago at most; log it when it changes."""
        key = f"{contract.id}@{contract.version}"
        async with self._checking:
            at_s, before = self._checked.get(key, (-FRESH_S, []))
            if monotonic() - at_s < FRESH_S:
                return before
            problems = await _problems(self._broker, (*specs_of(contract), *self._besides))
            self._checked[key] = (monotonic(), problems)
        if problems and problems != before:
            get_logger().error("contract.paused", contract=contract.id, version=contract.version, problems=problems)
        if before and not problems:
            get_logger().info("contract.resumed", contract=contract.id, version=contract.version)
        return problems

    async def _wait(self) -> None:
        """Return when there is a contract to check, or one to check again."""
        try:
            async with asyncio.timeout(AGAIN_S if self._waiting else None):
                await self._news.wait()
        except TimeoutError:
            return
        self._news.clear()


async def until_standing(broker: str, specs: Collection[TopicSpec]) -> None:
    """Return once these topics are as specified; says in the log what is missing while it waits.

    Raises:
        BrokerUnreachableError: no broker answers.
    """
    told: list[str] = []
    while problems := await check_topics(broker, specs):
        if problems != told:
            get_logger().warning("topics.awaited", problems=problems)
        told = problems
        await asyncio.sleep(AGAIN_S)


async def _problems(broker: str, specs: Collection[TopicSpec]) -> list[str]:
    try:
        return await check_topics(broker, specs)
    except BrokerError as error:
        return [str(error)]
