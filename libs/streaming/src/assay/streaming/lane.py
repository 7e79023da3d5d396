"""One input partition of a forwarder: fence, read, judge, write, commit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from time import monotonic
from typing import Protocol

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import IllegalStateError, KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError
from aiokafka.structs import TopicPartition

from assay.runtime import TransientError, failpoint
from assay.streaming import kafka
from assay.streaming.errors import RefusedRecordError
from assay.streaming.headers import traceparents
from assay.streaming.publisher import send
from assay.streaming.record import Outgoing, Partition, Record
from assay.telemetry import get_logger, metrics
from assay.telemetry.trace import span

__all__ = ["Lane", "LaneSettings", "Start", "Step"]

SLICE = 250  # records judged before the loop gets a turn: one to three milliseconds


class Start(Enum):
    """Where a lane starts."""

    COMMITTED = "committed"
    BEGINNING = "beginning"


class Step(Protocol):
    """What a forwarder does with records; it holds nothing that a crash may lose."""

    start: Start
    """Where a lane starts: `COMMITTED` to go on, `BEGINNING` where going through everything again does no harm."""

    async def assigned(self, partition: Partition) -> None:
        """Prepare for a partition that is fenced now: what others wrote for it before is final."""
        ...

    async def judge(self, records: Sequence[Record]) -> list[Outgoing]:
        """Return what is to be written for these records, in order; never raises for what a record holds.

        Raises:
            TransientError: they can't be judged now; the chunk is read again a little later.
        """
        ...

    def closing(self, partition: Partition, log_end: int) -> list[Outgoing]:
        """Return what is written beside what was judged since the last call, in the same transaction."""
        ...

    def committed(self, partition: Partition) -> None:
        """Take in for good what the oldest closed transaction held; one that is never committed ends in `assigned`."""
        ...

    def stub(self, record: Record, refusal: str) -> list[Outgoing]:
        """Return what stands for a record whose output the broker refuses for its content."""
        ...


@dataclass(frozen=True, slots=True)
class LaneSettings:
    """Sizes and times of a lane.

    `transaction_s` must be below `session_s`: a stalled worker's transaction is over before its partitions move.
    """

    chunk_records: int = 2_000
    wait_s: float = 0.5
    transaction_s: float = 10.0
    session_s: float = 20.0
    idle_s: float = 60.0
    retry_s: float = 0.2
    longest_retry_s: float = 5.0
    release_s: float = 3.0


class Lane:
    """Runs one partition until cancelled.

    The producer is made when records come and let go when none come for `idle_s`. Whatever goes wrong with it, the lane
    drops it, makes a new one with the same id (which fences whoever else holds that id and ends its transaction), reads
    the committed offset anew and judges again from there. A chunk that the broker refuses for its content is halved
    until the culprit stands alone; its stub goes out in its place.
    """

    def __init__(
        self,
        broker: str,
        group: str,
        partition: Partition,
        consumer: AIOKafkaConsumer,
        step: Step,
        settings: LaneSettings,
    ) -> None:
        self._broker = broker
        self._group = group
        self._partition = partition
        self._key = TopicPartition(*partition)
        self._consumer = consumer
        self._step = step
        self._settings = settings
        self._start = step.start
        self._limit = settings.chunk_records
        self._retry_s = settings.retry_s
        self._refused: tuple[int, str] | None = None
        self._log = get_logger().bind(group=group, topic=partition.topic, partition=partition.partition)

    async def run(self) -> None:
        """Forward this partition until cancelled; returns only where its position is no longer in the log."""
        while True:
            try:
                await self._seek()
                while not await self._take():
                    pass
                async with self._fenced() as producer:
                    await self._forward(producer)
            except OffsetOutOfRangeError as error:
                self._log.error("position.lost", error=repr(error))
                return
            except (KafkaError, TransientError, RefusedRecordError) as error:
                metrics.TRANSACTIONS_ABANDONED.labels(self._group).inc()
                self._log.warning("transaction.abandoned", error=repr(error))
                await asyncio.sleep(self._retry_s)
                self._retry_s = min(2 * self._retry_s, self._settings.longest_retry_s)

    @asynccontextmanager
    async def _fenced(self) -> AsyncIterator[AIOKafkaProducer]:
        """Hold this partition's producer; on entering, whoever held it before can commit no more.

        The order is what exactly-once rests on: fence first, then read the committed offset. Starting the producer ends
        the predecessor's transaction, so the offset read afterwards is final.
        """
        producer = kafka.producer(
            self._broker,
            transactional_id=f"{self._group}.{self._partition.topic}.{self._partition.partition}",
            transaction_s=self._settings.transaction_s,
        )
        await kafka.started(producer, self._broker)
        try:
            await self._step.assigned(self._partition)
            await self._seek()
            yield producer
        finally:
            await self._release(producer)

    async def _release(self, producer: AIOKafkaProducer) -> None:
        """Abort what is open and stop, soon; when cancelled meanwhile, cut."""
        try:
            with suppress(KafkaError, TimeoutError):
                async with asyncio.timeout(self._settings.release_s):
                    await kafka.abandon(producer)
        finally:
            await kafka.stopped(producer, self._settings.release_s)

    async def _forward(self, producer: AIOKafkaProducer) -> None:
        """Settle chunk after chunk; return when nothing came for a while."""
        last_s = monotonic()
        while monotonic() - last_s < self._settings.idle_s:
            if records := await self._take():
                await self._settle(producer, records)
                last_s = monotonic()

    async def _settle(self, producer: AIOKafkaProducer, records: Sequence[Record]) -> None:
        """Write what the step makes of a chunk and its position, in one transaction."""
        after = await self._consumer.position(self._key)
        with span(
            f"{self._group}/forward",
            links=traceparents(records),
            topic=self._partition.topic,
            partition=self._partition.partition,
            first=records[0].offset,
            last=records[-1].offset,
        ):
            outgoing = await self._judge(records)
            outgoing += self._step.closing(self._partition, self._consumer.highwater(self._key) or after)
            with metrics.TRANSACTION_S.labels(self._group).time():
                await producer.begin_transaction()
                await self._write(producer, records, outgoing)
                failpoint("forwarder.before_offsets")
                await producer.send_offsets_to_transaction({self._key: after}, self._group)
                failpoint("forwarder.before_commit")
                await producer.commit_transaction()
                failpoint("forwarder.after_commit")
        self._step.committed(self._partition)
        self._start = Start.COMMITTED
        self._retry_s = self._settings.retry_s
        self._limit = min(2 * self._limit, self._settings.chunk_records)

    async def _judge(self, records: Sequence[Record]) -> list[Outgoing]:
        offset, refusal = self._refused or (None, "")
        if len(records) == 1 and records[0].offset == offset:
            self._refused = None
            return self._step.stub(records[0], refusal)
        outgoing: list[Outgoing] = []
        for start in range(0, len(records), SLICE):
            outgoing.extend(await self._step.judge(records[start : start + SLICE]))
            await asyncio.sleep(0)
        return outgoing

    async def _write(self, producer: AIOKafkaProducer, records: Sequence[Record], outgoing: Sequence[Outgoing]) -> None:
        """Write, and wait for every record: a refused batch alone would not fail the commit."""
        try:
            await send(producer, outgoing)
        except RefusedRecordError as refused:
            self._limit = max(1, len(records) // 2)
            self._refused = (records[0].offset, str(refused)) if len(records) == 1 else None
            raise

    async def _take(self) -> list[Record]:
        kafka.check_group(self._consumer, self._group)
        try:
            found = await self._consumer.getmany(
                self._key, timeout_ms=int(self._settings.wait_s * 1000), max_records=self._limit
            )
        except NoOffsetForPartitionError:  # noted by the client before the first seek, told after it
            return []
        return [kafka.record_of(record) for records in found.values() for record in records]

    async def _seek(self) -> None:
        """Go to the committed offset; to the beginning where the step starts there or nothing is committed."""
        offset = await self._consumer.committed(self._key) if self._start is Start.COMMITTED else None
        if offset is None:
            offset = (await self._consumer.beginning_offsets([self._key]))[self._key]
        if self._key not in self._consumer.assignment():  # aiokafka 0.14 asserts; a change of topics is under way
            raise IllegalStateError(f"{self._partition} is no longer assigned")
        self._consumer.seek(self._key, offset)
