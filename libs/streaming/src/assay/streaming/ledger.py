"""The merging loop: records are folded into SQL state, and the position moves in the same transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Protocol, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from assay.runtime.database import Database, StoreAwayError
from assay.streaming.consumer import PartitionReader
from assay.streaming.errors import BrokerError
from assay.streaming.headers import traceparents
from assay.streaming.record import Partition, Record
from assay.telemetry import get_logger
from assay.telemetry.trace import span

__all__ = ["TABLES", "Fold", "Ledger"]

Done = TypeVar("Done")

CHUNK_RECORDS = 2_000
WAIT_S = 0.5
RETRY_S = 0.5

TABLES = sa.MetaData()
POSITIONS = sa.Table(
    "ledger_positions",
    TABLES,
    sa.Column("ledger", sa.String(200), primary_key=True),
    sa.Column("topic", sa.String(249), primary_key=True),
    sa.Column("partition", sa.Integer, primary_key=True),
    sa.Column("next_offset", sa.BigInteger, nullable=False),
)


class Fold(Protocol):
    """Merges records into state."""

    def apply(self, transaction: sa.Connection, records: Sequence[Record]) -> None:
        """Write what the records of one partition change, in this transaction and nowhere else. Runs in a thread."""
        ...


class _PositionMovedError(Exception):
    """Another process folded this partition meanwhile."""


class Ledger:
    """Folds every record of its topics into a store exactly once, whatever is killed, stalled or rebalanced.

    State and position are written in one SQL transaction that holds only while the stored position is the one that was
    read; start is a seek to the stored position. The group is `assay.<name>`, its committed offsets mean nothing.

    It folds from entering until leaving, whatever it is subscribed to. One that is silent for `session_s` loses its
    partitions to others, or to its own restart where it has no `member`, its name in the group.

    Raises:
        BrokerUnreachableError: on entering, when no broker answers.
    """

    def __init__(
        self, broker: str, name: str, database: Database, fold: Fold, *, member: str = "", session_s: float = 20.0
    ) -> None:
        self._name = name
        self._database = database
        self._fold = fold
        self._reader = PartitionReader(broker, f"assay.{name}", self, member=member, session_s=session_s)
        self._next: dict[Partition, int | None] = {}
        self._is_astray = False
        self._running = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        await self._database.run(TABLES.create_all)
        await self._reader.__aenter__()
        await self._running.__aenter__()
        self._reading = self._running.create_task(self._read())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._reading.cancel()
            await self._running.__aexit__(None, None, None)  # an error of the block leaves as it is, not in a group
        finally:
            await self._reader.__aexit__(kind, error, trace)

    def subscribe(self, topics: Collection[str]) -> None:
        """Fold these topics from now on; a change of the set costs the group one rebalance."""
        self._reader.subscribe(topics)

    async def assigned(self, partitions: Collection[Partition]) -> Mapping[Partition, int | None]:
        self._next = {partition: await self._patiently(partial(self._stored, partition)) for partition in partitions}
        return self._next

    async def revoked(self, partitions: Collection[Partition]) -> None:
        for partition in partitions:
            self._next.pop(partition, None)

    async def _read(self) -> None:
        while True:
            try:
                found = await self._chunk()
            except BrokerError as error:
                self._is_astray = True
                get_logger().warning("ledger.read_failed", ledger=self._name, error=str(error))
                await asyncio.sleep(RETRY_S)
                continue
            for partition, records in found.items():
                await self._patiently(partial(self._settle, partition, records))

    async def _chunk(self) -> Mapping[Partition, list[Record]]:
        """Return the records that come next.

        After a failure the client is told anew where that is: aiokafka 0.14 may have passed records that came before a
        broken one and were never returned.
        """
        if self._is_astray:
            await self._reader.start(dict(self._next))
            self._is_astray = False
        return await self._reader.chunk(max_records=CHUNK_RECORDS, wait_s=WAIT_S)

    async def _patiently(self, work: Callable[[], Awaitable[Done]]) -> Done:
        """Do the work again and again until the store answers: positions stand still meanwhile, nothing is lost."""
        while True:
            try:
                return await work()
            except StoreAwayError as error:
                get_logger().warning("ledger.store_away", ledger=self._name, error=str(error))
                await asyncio.sleep(RETRY_S)

    async def _settle(self, partition: Partition, records: Sequence[Record]) -> None:
        before = self._next.get(partition)
        left = [record for record in records if before is None or record.offset >= before]
        if not left:  # read before a rebalance, and folded since, here or elsewhere
            return
        move = partial(self._move, partition, before=before, after=left[-1].offset + 1)
        try:
            with span(f"{self._name}/fold", links=traceparents(left), topic=partition.topic):
                self._next[partition] = await self._database.run(partial(self._fold_and_move, left, move))
        except _PositionMovedError:
            stored = self._next[partition] = await self._stored(partition)
            self._reader.seek(partition, stored or 0)
            get_logger().warning("ledger.position_moved", ledger=self._name, topic=partition.topic, stored=stored)

    def _fold_and_move(
        self, records: Sequence[Record], move: Callable[[sa.Connection], int], transaction: sa.Connection
    ) -> int:
        self._fold.apply(transaction, records)
        return move(transaction)

    def _move(self, partition: Partition, transaction: sa.Connection, *, before: int | None, after: int) -> int:
        """Write the position, provided that it still is the one that this process read last."""
        row = {"ledger": self._name, "topic": partition.topic, "partition": partition.partition}
        if before is not None:
            change = sa.update(POSITIONS).filter_by(**row, next_offset=before).values(next_offset=after)
            if transaction.execute(change).rowcount != 1:
                raise _PositionMovedError
            return after
        try:
            transaction.execute(sa.insert(POSITIONS).values(**row, next_offset=after))
        except IntegrityError as error:
            raise _PositionMovedError from error
        return after

    async def _stored(self, partition: Partition) -> int | None:
        row = {"ledger": self._name, "topic": partition.topic, "partition": partition.partition}
        query = sa.select(POSITIONS.c.next_offset).filter_by(**row)
        return await self._database.run(lambda transaction: transaction.scalar(query))
