"""The runs that are under way, as the store last told of them, and how far wards are with them."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import aclosing
from time import monotonic

from assay.recovery.book import Book
from assay.recovery.errand import Errand
from assay.recovery.run import Run, RunState
from assay.runtime import TransientError
from assay.streaming import Partition, scan_back
from assay.streaming.topics import AUDIT
from assay.telemetry import get_logger

__all__ = ["Board"]

EVERY_S = 0.5
MOST_LEFT = 1_000
KEPT_S = 60.0
"""How long wards are told of a run that was cancelled."""


class Board:
    """Asks the store twice a second; what wards are told is at most so old while it answers, else what it said last.

    Nothing is told before the store knows every action that was there at the start: one that is being rebuilt may know
    of a run and not yet that it was cancelled.
    """

    def __init__(self, broker: str, book: Book) -> None:
        self._broker = broker
        self._book = book
        self._runs: dict[str, Run] = {}
        self._hints: dict[tuple[str, int], Errand] = {}
        self._left: defaultdict[Partition, Counter[tuple[str, str]]] = defaultdict(Counter)
        self._anew: set[Partition] = set()
        self._values: list[str] = []
        self._cancelled_s: dict[str, float] = {}
        self._known: int | None = None

    def of(self, contract: str, partition: int) -> list[Run]:
        """Return the runs that a partition of a contract's dead letters has not been through."""
        return [
            run
            for run in self._runs.values()
            if run.selection.contract == contract and partition in run.ends and partition not in run.done
        ]

    def one(self, run_id: str) -> Run | None:
        """Return a run as it was last heard of; None where it has ended or is unknown, but for one that was cancelled."""
        return self._runs.get(run_id)

    def left(self, partition: Partition, stays: Counter[tuple[str, str]]) -> None:
        """Let the store know why dead letters stay, by failure and explanation, when there is time."""
        told = self._left[partition]
        for key, count in stays.items():
            if key in told or len(told) < MOST_LEFT:
                told[key] += count

    def look_anew(self, partition: Partition) -> None:
        """Let the store forget why dead letters of a partition stay: they are looked at anew."""
        self._left.pop(partition, None)
        self._anew.add(partition)

    def hint(self, partition: Partition, errand: Errand) -> None:
        """Let the store know how far a run is, when there is time."""
        self._hints[errand.run.id, partition.partition] = errand

    def is_done_with_value(self, run_id: str) -> None:
        """Let the store forget what a run resubmitted, when there is time: it was replayed."""
        self._values.append(run_id)

    async def run(self) -> None:
        """Ask until cancelled."""
        await self._until_known()
        while True:
            try:
                await self._hear(await self._book.active())
                await self._tell()
            except TransientError as error:
                get_logger().warning("runs.unheard", error=str(error))
            await asyncio.sleep(EVERY_S)

    async def _until_known(self) -> None:
        """Return once the store knows every action that is on the topic."""
        while not await self._is_known():  # noqa: ASYNC110 -- the store has no event to wait for
            await asyncio.sleep(EVERY_S)

    async def _is_known(self) -> bool:
        try:
            self._known = await self._end() if self._known is None else self._known
            return await self._book.is_at(self._known)
        except TransientError as error:
            get_logger().warning("runs.unheard", error=str(error))
            return False

    async def _end(self) -> int:
        """Return the offset after the last action, 0 where there is none."""
        async with aclosing(scan_back(self._broker, Partition(AUDIT, 0))) as blocks:
            async for records in blocks:
                if records:
                    return records[-1].offset + 1
        return 0

    async def _hear(self, active: Sequence[Run]) -> None:
        """Take what is under way; of what no longer is, keep what was cancelled: wards have to say how far they came."""
        heard = {run.id: run for run in active}
        for run_id, run in self._runs.items():
            if run_id not in heard and (ended := await self._ended(run)):
                heard[run_id] = ended
        self._runs = heard
        self._cancelled_s = {run_id: at_s for run_id, at_s in self._cancelled_s.items() if run_id in heard}

    async def _ended(self, run: Run) -> Run | None:
        if run.state is RunState.CANCELLED:
            return run if monotonic() - self._cancelled_s[run.id] < KEPT_S else None
        now = await self._book.one(run.id)
        if now is None or now.state is not RunState.CANCELLED:
            return None
        self._cancelled_s[run.id] = monotonic()
        return now

    async def _tell(self) -> None:
        """Tell the store what wards said since the last time; where it does not answer, that is lost."""
        hints, self._hints = self._hints, {}
        for (run_id, partition), errand in hints.items():
            await self._book.progress(run_id, partition, errand.position, errand.left)
        while self._values:
            await self._book.drop_value(self._values.pop())
        while self._anew:
            await self._book.forget_left(self._anew.pop())
        while self._left:
            place, stays = self._left.popitem()
            by_failure: defaultdict[str, dict[str, int]] = defaultdict(dict)
            for (failure, text), count in stays.items():
                by_failure[failure][text] = count
            await self._book.left(place, by_failure)
