"""One input partition of a forwarder: fence, read, judge, write, commit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import CorruptRecordException, IllegalStateError, KafkaError, OffsetOutOfRangeError
from aiokafka.structs import TopicPartition

from assay.runtime import TransientError, failpoint
from assay.streaming.errors import BrokerError, RefusedRecordError
from assay.streaming.fencing import COPED, fenced, heed_cancellation
from assay.streaming.headers import traceparents
from assay.streaming.intake import Chunk, Intake
from assay.streaming.record import Partition
from assay.streaming.sending import write
from assay.streaming.step import Start, Step
from assay.telemetry import get_logger, metrics
from assay.telemetry.trace import span

__all__ = ["Lane", "LaneSettings"]

UNREADABLE_TRIES = 5


@dataclass(frozen=True, slots=True)
class LaneSettings:
    """Sizes and times of a lane.

    `transaction_s` must be below `session_s`: a stalled worker's transaction is over before its partitions move.
    """

    chunk_records: int = 4_000
    commit_interval_s: float = 0.02
    wait_s: float = 0.5
    transaction_s: float = 10.0
    session_s: float = 20.0
    idle_s: float = 60.0
    retry_s: float = 0.2
    longest_retry_s: float = 5.0
    release_s: float = 3.0
    watch_s: float = 5.0
    stall_s: float = 30.0


class Lane:
    """Runs one partition until cancelled.

    The producer is made when records come and let go when none come for `idle_s`. Whatever goes wrong with it, the lane
    drops it, makes a new one with the same id (which fences whoever else holds that id and ends its transaction), reads
    the committed offset anew and judges again from there. A chunk that the broker refuses for its content is halved
    until the culprit stands alone; its stub goes out in its place.

    One transaction is open at a time; while it is on its way, the chunk after it is taken and judged.
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
        self._intake = Intake(group, partition, consumer, step, settings.wait_s, settings.commit_interval_s)
        self._most = min(step.limit(partition) or settings.chunk_records, settings.chunk_records)
        self._limit = self._most
        self._retry_s, self._unreadable = settings.retry_s, 0
        self._settled: int | None = None
        self.moved_s = monotonic()
        """When it last moved, or said why it can't."""
        self.is_stopped = False
        """Whether its position is no longer in the log, or what stands there can't be read."""
        self._oldest_ms: int | None = None
        self._log = get_logger().bind(group=group, topic=partition.topic, partition=partition.partition)

    @property
    def position(self) -> int | None:
        """The offset after the last record that is settled, past all that holds none; None before the first is read."""
        passed = self._intake.passed
        return self._settled if passed is None or self._oldest_ms is not None else passed

    @property
    def is_at_work(self) -> bool:
        """Whether the step does something that may take long, and has an end."""
        return self._step.is_at_work(self._partition)

    @property
    def oldest_ms(self) -> int | None:
        """The arrival of the oldest record that was taken and is not settled, None for none."""
        return self._oldest_ms if self._oldest_ms is not None else self._intake.oldest_ms

    async def run(self) -> None:
        """Forward this partition until cancelled; where it can't go on, say so again and again."""
        while True:
            try:
                await self._seek(None)
                while not (first := await self._intake.first(self._limit)):
                    await self._go_past()
                async with self._fenced(min(first.timestamps_ms)) as producer:
                    await self._forward(producer)
            except OffsetOutOfRangeError as error:
                await self._stay("position.lost", error)
            except COPED as error:
                heed_cancellation()
                metrics.TRANSACTIONS_ABANDONED.labels(self._group).inc()
                self._log.warning("transaction.abandoned", error=repr(error))
                if isinstance(error, CorruptRecordException):
                    await self._read_again(error)
                if isinstance(error, TransientError) and not isinstance(error, BrokerError):
                    self.moved_s = monotonic()  # the step says that it can't judge yet
                if isinstance(error, RefusedRecordError) and self._intake.refused is None:
                    continue  # the chunk is halved: to wait would help nobody
                await asyncio.sleep(self._retry_s)
                self._retry_s = min(2 * self._retry_s, self._settings.longest_retry_s)

    async def _go_past(self) -> None:
        """Commit a position that has only markers and aborted records before it.

        They are deleted in time, and a position before them would be one that is no longer in the log. It takes no
        transaction: nothing is settled, and a member that the group gave up commits nothing.
        """
        passed = self._intake.passed
        if self._start is Start.COMMITTED and passed is not None and passed > (self._settled or 0):
            await self._consumer.commit({self._key: passed})
            self._settled = passed

    async def _read_again(self, error: CorruptRecordException) -> None:
        """Let it be tried again; where what stands in the log can't be read, stop this partition and no other."""
        self._unreadable += 1
        if self._unreadable >= UNREADABLE_TRIES:
            await self._stay("batch.unreadable", error)

    async def _stay(self, event: str, error: KafkaError) -> None:
        """Stand still for good: to jump would lose records without a word."""
        self.is_stopped = True
        while True:
            self._log.error(event, position=self.position, error=repr(error))
            await asyncio.sleep(self._settings.stall_s)

    @asynccontextmanager
    async def _fenced(self, since_ms: int) -> AsyncIterator[AIOKafkaProducer]:
        """Hold this partition's producer; on entering, whoever held it before can commit no more.

        The order is what exactly-once rests on: fence first, then read the committed offset. Starting the producer ends
        the predecessor's transaction, so the offset read afterwards is final.
        """
        async with fenced(
            self._broker,
            f"{self._group}.{self._partition.topic}.{self._partition.partition}",
            transaction_s=self._settings.transaction_s,
            release_s=self._settings.release_s,
        ) as producer:
            try:
                failpoint("forwarder.after_fence")
                await self._step.assigned(self._partition, since_ms)
                await self._seek(since_ms)
                yield producer
            finally:
                self._step.released(self._partition)

    async def _forward(self, producer: AIOKafkaProducer) -> None:
        """Settle chunk after chunk; return when nothing came for a while."""
        chunk = await self._next(None)
        while chunk is not None:
            self._oldest_ms = chunk.blocks[0].timestamps_ms[0]
            try:
                async with asyncio.TaskGroup() as group:
                    settling = group.create_task(self._attempt(producer, chunk))
                    chunk = await self._next(settling)
            except BaseExceptionGroup as failed:
                raise _gravest(failed) from None
            if failure := settling.result():
                raise failure

    async def _attempt(self, producer: AIOKafkaProducer, chunk: Chunk) -> Exception | None:
        """Settle a chunk; return what the lane can cope with: a task that raises would cancel the lane (TaskGroup)."""
        try:
            await self._settle(producer, chunk)
        except COPED as failure:
            return failure
        return None

    async def _next(self, settling: asyncio.Task[Exception | None] | None) -> Chunk | None:
        return await self._intake.chunk(self._limit, settling, self._settings.idle_s)

    async def _settle(self, producer: AIOKafkaProducer, chunk: Chunk) -> None:
        """Write what the step made of a chunk and its position, in one transaction."""
        with (
            span(
                f"{self._group}/forward",
                links=traceparents(chunk.blocks[0]),
                topic=self._partition.topic,
                partition=self._partition.partition,
                first=chunk.blocks[0].offsets[0],
                last=chunk.blocks[-1].offsets[-1],
            ),
            metrics.TRANSACTION_S.labels(self._group).time(),
        ):
            await producer.begin_transaction()
            await self._write(producer, chunk)
            failpoint("forwarder.before_commit")
            await producer.commit_transaction()
            failpoint("forwarder.after_commit")
        self._step.committed(self._partition)
        self._settled, self.moved_s, self._oldest_ms = chunk.after, monotonic(), None
        self._start = Start.COMMITTED
        self._retry_s, self._unreadable = self._settings.retry_s, 0
        self._limit = min(2 * self._limit, self._most)

    async def _write(self, producer: AIOKafkaProducer, chunk: Chunk) -> None:
        """Write records and position, and wait for every record: a refused batch alone would not fail the commit."""

        async def move() -> None:
            failpoint("forwarder.before_offsets")
            await producer.send_offsets_to_transaction({self._key: chunk.after}, self._group)

        try:
            await write(producer, chunk.outgoing, meanwhile=move)
        except RefusedRecordError as refused:
            count = len(chunk)
            self._limit = max(1, count // 2)
            self._intake.refused = (chunk.blocks[0].offsets[0], str(refused)) if count == 1 else None
            raise

    async def _seek(self, since_ms: int | None) -> None:
        """Go to the committed offset; where none is known, to where the step resumes, else to the beginning.

        `since_ms` is the arrival of the record that waits there, None before the partition is fenced.
        """
        offset = await self._consumer.committed(self._key) if self._start is Start.COMMITTED else None
        if offset is None:
            offset = (await self._consumer.beginning_offsets([self._key]))[self._key]
            if self._start is Start.COMMITTED and since_ms is not None:
                resumed = await self._step.resumes(self._partition, None if offset else since_ms)
                offset = offset if resumed is None else resumed
        if self._key not in self._consumer.assignment():  # aiokafka 0.14 asserts; a change of topics is under way
            raise IllegalStateError(f"{self._partition} is no longer assigned")
        self._intake.begin_at(offset)
        self._settled, self._oldest_ms = offset, None


def _gravest(failed: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the one failure that decides what becomes of the lane: first what it can't cope with."""
    failures = failed.exceptions
    return next(
        (error for error in failures if not isinstance(error, COPED)),
        failures[0],
    )
