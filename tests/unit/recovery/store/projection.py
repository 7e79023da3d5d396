"""A store in memory, folded in the order that a test says, and everything that it knows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

import sqlalchemy as sa

from assay.recovery.store import LEDGER, Failure, Failures, IndexFold, Known, RunAccount, Runs, SettledOffsets, prepare
from assay.recovery.store.upsert import upsert
from assay.runtime.database import Database
from assay.streaming import Record
from assay.streaming.ledger import POSITIONS
from tests.unit.recovery.store.topics import CONTRACT, NOW_MS

__all__ = ["Projection", "projection"]

Found = TypeVar("Found")


class FixedClock:
    """A clock that stands still."""

    def now_ms(self) -> int:
        return NOW_MS


class InMemory(Database):
    """A database of SQLite that no file holds, on one connection that goes from thread to thread."""

    def __init__(self) -> None:
        super().__init__("sqlite://", "STORE", prepare)

    async def __aenter__(self) -> Self:
        where = {"poolclass": sa.StaticPool, "connect_args": {"check_same_thread": False}}
        self._memory = sa.create_engine("sqlite://", **where)
        await self.run(prepare)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._memory.dispose()

    async def run(self, work: Callable[[sa.Connection], Found], *, patience_s: float = 0, answer_s: float = 0) -> Found:
        return await asyncio.to_thread(self._run, work)

    def _run(self, work: Callable[[sa.Connection], Found]) -> Found:
        with self._memory.begin() as transaction:
            return work(transaction)


@dataclass(slots=True)
class Projection:
    """The store, its fold, and its readers."""

    database: Database
    known: Known = field(default_factory=Known)
    fold: IndexFold = field(default_factory=lambda: IndexFold(FixedClock()))

    async def take(self, *chunks: Sequence[Record]) -> None:
        """Fold chunks, one after the other."""
        await self.database.run(partial(self._take_all, chunks))

    def _take_all(self, chunks: Sequence[Sequence[Record]], transaction: sa.Connection) -> None:
        for chunk in chunks:
            self._take(chunk, transaction)

    def _take(self, chunk: Sequence[Record], transaction: sa.Connection) -> None:
        self.fold.apply(transaction, chunk)
        at = {"ledger": LEDGER, "topic": chunk[0].topic, "partition": chunk[0].partition}
        row = {**at, "next_offset": chunk[-1].offset + 1}
        upsert(transaction, POSITIONS, [row], lambda new: {"next_offset": new["next_offset"]})

    async def failures(self) -> Mapping[str, Failure]:
        """Every failure whole, by fingerprint."""
        failures = Failures(self.database, self.known)
        listed, _ = await failures.list(limit=100_000)
        found = [await failures.one(each.fingerprint) for each in listed]
        return {each.fingerprint: each for each in found if each}

    async def one(self) -> Failure:
        """The only failure."""
        (found,) = (await self.failures()).values()
        return found

    async def run(self, run: str) -> RunAccount:
        """One run that is known."""
        found = await Runs(self.database).one(run)
        assert found is not None
        return found

    async def settled(self, partition: int = 0) -> set[int]:
        """The offsets of dead letters that are settled."""
        _, blocks = await SettledOffsets(self.database).read(CONTRACT.topics.dead_letters, partition)
        return {number * 65_536 + bit for number, block in blocks.items() for bit in _bits(block)}


@asynccontextmanager
async def projection(store: Database | None = None) -> AsyncIterator[Projection]:
    """A store with the contract seated; an empty one in memory where none is given."""
    async with store or InMemory() as database:
        found = Projection(database)
        found.fold.seat(CONTRACT)
        found.known.seat(CONTRACT)
        yield found


def _bits(block: bytes) -> Iterable[int]:
    return [8 * place + bit for place, byte in enumerate(block) if byte for bit in range(8) if byte >> bit & 1]
