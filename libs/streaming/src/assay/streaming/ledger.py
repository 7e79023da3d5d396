"""The merging loop: records are folded into SQL state, and the position moves in the same transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from types import TracebackType
from typing import Protocol, Self

from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from assay.streaming.consumer import PartitionReader
from assay.streaming.errors import BrokerError
from assay.streaming.record import Partition, Record
from assay.telemetry import get_logger

__all__ = ["Fold", "Ledger"]

CHUNK_RECORDS = 2_000
WAIT_S = 0.5
RETRY_S = 0.5

schema = MetaData()
positions = Table(
    "ledger_positions",
    schema,
    Column("ledger", String(200), primary_key=True),
    Column("topic", String(249), primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("next_offset", BigInteger, nullable=False),
)


class Fold(Protocol):
    """Merges records into state."""

    async def apply(self, connection: AsyncConnection, records: Sequence[Record]) -> None:
        """Write what the records of one partition change, through this connection and nothing else."""
        ...


class _PositionMovedError(Exception):
    """Another process folded this partition meanwhile."""


class Ledger:
    """Folds every record of its topics into a store exactly once, whatever is killed, stalled or rebalanced.

    State and position are written in one SQL transaction that holds only while the stored position is the one that was
    read; start is a seek to the stored position. The group is `assay.<name>`, its committed offsets mean nothing.

    It folds from entering until leaving, whatever it is subscribed to.

    Raises:
        BrokerUnreachableError: on entering, when no broker answers.
    """

    def __init__(self, broker: str, name: str, engine: AsyncEngine, fold: Fold, *, member: str = "") -> None:
        self._name = name
        self._engine = engine
        self._fold = fold
        self._reader = PartitionReader(broker, f"assay.{name}", self, member=member)
        self._next: dict[Partition, int | None] = {}
        self._running = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        async with self._engine.begin() as connection:
            await connection.run_sync(schema.create_all)
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
        async with self._engine.connect() as connection:
            self._next = {partition: await self._stored(connection, partition) for partition in partitions}
        return self._next

    async def revoked(self, partitions: Collection[Partition]) -> None:
        for partition in partitions:
            self._next.pop(partition, None)

    async def _read(self) -> None:
        while True:
            try:
                found = await self._reader.chunk(max_records=CHUNK_RECORDS, wait_s=WAIT_S)
            except BrokerError as error:
                get_logger().warning("ledger.read_failed", ledger=self._name, error=str(error))
                await asyncio.sleep(RETRY_S)
                continue
            for partition, records in found.items():
                await self._settle(partition, records)

    async def _settle(self, partition: Partition, records: Sequence[Record]) -> None:
        after = records[-1].offset + 1
        try:
            async with self._engine.begin() as connection:
                await self._fold.apply(connection, records)
                await self._move(connection, partition, after)
            self._next[partition] = after
        except _PositionMovedError:
            async with self._engine.connect() as connection:
                stored = await self._stored(connection, partition)
            self._next[partition] = stored
            self._reader.seek(partition, stored or 0)
            get_logger().warning("ledger.position_moved", ledger=self._name, topic=partition.topic, stored=stored)

    async def _move(self, connection: AsyncConnection, partition: Partition, after: int) -> None:
        """Write the position, provided that it still is the one this process read last."""
        before = self._next.get(partition)
        row = {"ledger": self._name, "topic": partition.topic, "partition": partition.partition}
        if before is None:
            if await self._stored(connection, partition) is not None:
                raise _PositionMovedError
            try:
                await connection.execute(insert(positions).values(**row, next_offset=after))
            except IntegrityError as error:
                raise _PositionMovedError from error
            return
        moved = await connection.execute(
            update(positions).filter_by(**row, next_offset=before).values(next_offset=after)
        )
        if moved.rowcount != 1:
            raise _PositionMovedError

    async def _stored(self, connection: AsyncConnection, partition: Partition) -> int | None:
        row = {"ledger": self._name, "topic": partition.topic, "partition": partition.partition}
        found = await connection.scalar(select(positions.c.next_offset).filter_by(**row))
        return None if found is None else int(found)
