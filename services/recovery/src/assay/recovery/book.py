"""What a ward asks of the store, and tells it: hints, all of them, that the topics know better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import sqlalchemy as sa

from assay.recovery.kept_value import revealed
from assay.recovery.run import Run
from assay.recovery.store import LEDGER, Left, Runs, SettledOffsets
from assay.runtime.database import Database
from assay.streaming import Partition
from assay.streaming.errors import KeyUnknownError, SealError
from assay.streaming.keys import Keys
from assay.streaming.ledger import POSITIONS
from assay.streaming.topics import AUDIT
from assay.telemetry import get_logger

__all__ = ["Book", "StoredBook"]


class Book(Protocol):
    """The store of recovery as a ward sees it. Every call raises StoreAwayError where the store does not answer."""

    async def settled(self, topic: str, partition: int) -> tuple[int | None, Mapping[int, bytes]]:
        """Return what is settled of a dead-letter partition, in blocks of bits, and from where on the settlements are unknown."""
        ...

    async def active(self) -> Sequence[Run]:
        """Return every run that is running or paused."""
        ...

    async def one(self, run_id: str) -> Run | None:
        """Return one run, whatever its state."""
        ...

    async def is_at(self, audit_offset: int) -> bool:
        """Whether every action before this offset of the audit is known."""
        ...

    async def progress(self, run_id: str, partition: int, position: int, left: Mapping[str, int]) -> None:
        """Say how far a run is."""
        ...

    async def left(self, partition: Partition, left: Mapping[str, Mapping[str, int]]) -> None:
        """Say why dead letters of a partition stay, by failure, beside what was said before."""
        ...

    async def forget_left(self, partition: Partition) -> None:
        """Take back what was said of why dead letters of a partition stay: they are looked at anew."""
        ...

    async def value(self, run_id: str) -> bytes | None:
        """Return what is resubmitted; None where it is not there any more, or no key opens it."""
        ...

    async def drop_value(self, run_id: str) -> None:
        """Forget what was resubmitted."""
        ...


class StoredBook:
    """The store as it is."""

    def __init__(self, database: Database, keys: Keys | None) -> None:
        self._database = database
        self._keys = keys
        self._runs = Runs(database)
        self._left = Left(database)
        self._settled = SettledOffsets(database)

    async def settled(self, topic: str, partition: int) -> tuple[int | None, Mapping[int, bytes]]:
        return await self._settled.read(topic, partition)

    async def active(self) -> Sequence[Run]:
        return await self._runs.active("")

    async def one(self, run_id: str) -> Run | None:
        found = await self._runs.one(run_id)
        return found.run if found else None

    async def is_at(self, audit_offset: int) -> bool:
        query = sa.select(POSITIONS.c.next_offset).filter_by(ledger=LEDGER, topic=AUDIT, partition=0)
        known = await self._database.run(lambda transaction: transaction.scalar(query))
        return (known or 0) >= audit_offset

    async def progress(self, run_id: str, partition: int, position: int, left: Mapping[str, int]) -> None:
        await self._runs.progress(run_id, partition, position, sum(left.values()), left)

    async def left(self, partition: Partition, left: Mapping[str, Mapping[str, int]]) -> None:
        await self._left.add(*partition, left)

    async def forget_left(self, partition: Partition) -> None:
        await self._left.clear(*partition)

    async def value(self, run_id: str) -> bytes | None:
        kept = await self._runs.value(run_id)
        try:
            return None if kept is None else revealed(kept, run_id, self._keys)
        except (KeyUnknownError, SealError) as error:
            get_logger().warning("run.value_unopened", run=run_id, error=str(error))
            return None

    async def drop_value(self, run_id: str) -> None:
        await self._runs.drop_value(run_id)
