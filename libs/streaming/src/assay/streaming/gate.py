"""Lets contracts through whose topics are as they say; the others wait, and nobody waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from assay.contracts import Contract
from assay.streaming.errors import BrokerError
from assay.streaming.topics import check_topics, specs_of
from assay.telemetry import get_logger

__all__ = ["TopicGate"]

AGAIN_S = 5.0


class TopicGate:
    """Checks the topics of each contract before anyone reads or writes them.

    A contract whose topics are missing or otherwise than specified is paused, with a clear line in the log, and checked
    again every few seconds; no other contract is touched.
    """

    def __init__(self, broker: str) -> None:
        self._broker = broker
        self._waiting: dict[str, Contract] = {}
        self._news = asyncio.Event()

    @property
    def paused(self) -> frozenset[str]:
        """Ids of the contracts that wait for their topics."""
        return frozenset(self._waiting)

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

    async def _admit(self, take: Callable[[Sequence[Contract]], Awaitable[None]]) -> None:
        told: dict[str, list[str]] = {}
        while True:
            found = [(contract, await self._problems(contract)) for contract in list(self._waiting.values())]
            for contract, problems in found:
                if problems and told.get(contract.id) != problems:
                    get_logger().error("contract.paused", contract=contract.id, problems=problems)
                told[contract.id] = problems
            standing = [one for one, problems in found if not problems and self._waiting.get(one.id) is one]
            for contract in standing:
                del self._waiting[contract.id]
            if standing:
                await take(standing)
            await self._wait()

    async def _problems(self, contract: Contract) -> list[str]:
        try:
            return await check_topics(self._broker, specs_of(contract))
        except BrokerError as error:
            return [str(error)]

    async def _wait(self) -> None:
        """Return when there is a contract to check, or one to check again."""
        try:
            async with asyncio.timeout(AGAIN_S if self._waiting else None):
                await self._news.wait()
        except TimeoutError:
            return
        self._news.clear()
