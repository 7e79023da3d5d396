"""Topics that belong together in one hand: one partition number of all of them is joined, exactly once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import CorruptRecordException, IllegalStateError, OffsetOutOfRangeError
from aiokafka.structs import TopicPartition

from assay.runtime import TransientError, failpoint
from assay.streaming import kafka
from assay.streaming.errors import BrokerError, RefusedRecordError, TopicError
from assay.streaming.fencing import COPED, fenced, heed_cancellation
from assay.streaming.holder import Makes
from assay.streaming.joint_catch_up import caught_up, named, whole
from assay.streaming.joint_logs import FamilyLogs, until_there
from assay.streaming.joint_step import JointStep, LogSpan
from assay.streaming.lane import UNREADABLE_TRIES, LaneSettings
from assay.streaming.record import Outgoing, Partition
from assay.streaming.sending import write
from assay.telemetry import get_logger, metrics
from assay.telemetry.trace import span

__all__ = ["JointLane", "JointSettings", "joint_lanes"]


@dataclass(frozen=True, slots=True)
class JointSettings(LaneSettings):
    """Sizes and times of a joint lane: `chunk_records` of all topics together, or what came in `commit_interval_s`."""

    commit_interval_s: float = 1.0
    heartbeat_s: float = 5.0


class JointLane:
    """Runs one lead partition, and with it the same partition of all topics of its family, until cancelled.

    The group gives out the lead alone, so nothing depends on who reads the others: whoever holds the lead reads them,
    with a client that is in no group. The producer is held all the time, for heartbeats. Whatever goes wrong, the lane
    lets go of clients and local work, makes a new producer with the same id (which fences whoever else holds that id and
    ends its transaction), and only then reads the committed positions: they are final, and it goes on from them.

    Every transaction moves the positions of all topics of the family, also where they stand still: a group forgets
    those of topics that its members do not subscribe to when they grow old.
    """

    def __init__(
        self,
        broker: str,
        group: str,
        lead: Partition,
        consumer: AIOKafkaConsumer,
        step: JointStep,
        settings: JointSettings,
    ) -> None:
        self._broker = broker
        self._group = group
        self._lead = lead
        self._consumer = consumer
        self._step = step
        self._settings = settings
        self._limit = settings.chunk_records
        self._retry_s, self._unreadable = settings.retry_s, 0
        self._positions: dict[Partition, int] = {}
        self._count = 0
        self._told: list[str] = []
        self.moved_s = monotonic()
        """When it last moved, or said why it can't."""
        self.is_stopped = False
        """Whether a position is no longer in its log, or what stands there can't be read, or what follows can't be written."""
        self.is_at_work = False
        """Whether it builds local state again."""
        self.oldest_ms: int | None = None
        """The arrival of the oldest record that was taken and is not settled, None for none."""
        self._log = get_logger().bind(group=group, topic=lead.topic, partition=lead.partition)

    @property
    def position(self) -> int | None:
        """The offset of the lead after the last record that is settled; None before the first is read."""
        return self._positions.get(self._lead)

    async def run(self) -> None:
        """Join this partition until cancelled; where it can't go on, say so again and again."""
        while True:
            try:
                async with self._held() as (producer, logs):
                    while True:
                        await self._settle_next(producer, logs)
            except OffsetOutOfRangeError as error:
                await self._stay("position.lost", error)
            except (*COPED, TopicError) as error:
                heed_cancellation()
                await self._cope(error)

    async def _cope(self, error: Exception) -> None:
        metrics.TRANSACTIONS_ABANDONED.labels(self._group).inc()
        self._tell(error)
        if isinstance(error, TopicError) or (isinstance(error, TransientError) and not isinstance(error, BrokerError)):
            self.moved_s = monotonic()  # a topic is awaited, or the step says that it can't judge yet
        if isinstance(error, CorruptRecordException):
            self._unreadable += 1
            if self._unreadable >= UNREADABLE_TRIES:
                await self._stay("batch.unreadable", error)
        if isinstance(error, RefusedRecordError):
            if self._count <= 1:
                await self._stay("output.refused", error)
            self._limit = max(1, self._count // 2)
            return  # to wait would help nobody
        await asyncio.sleep(self._retry_s)
        self._retry_s = min(2 * self._retry_s, self._settings.longest_retry_s)

    def _tell(self, error: Exception) -> None:
        """Say what went wrong; of a topic that is awaited once, until something else is missing."""
        problems = error.problems if isinstance(error, TopicError) else []
        if problems and problems != self._told:
            self._log.warning("topics.awaited", problems=problems)
        elif not problems:
            self._log.warning("transaction.abandoned", error=repr(error))
        self._told = problems

    async def _stay(self, event: str, error: Exception) -> None:
        """Stand still, and look again later: to jump would lose records without a word."""
        self.is_stopped = True
        self._log.error(event, positions=named(self._positions), error=repr(error))
        await asyncio.sleep(self._settings.stall_s)

    @asynccontextmanager
    async def _held(self) -> AsyncIterator[tuple[AIOKafkaProducer, FamilyLogs]]:
        """Hold the family, at its committed positions.

        The order is what exactly-once rests on: fence first, then read the positions; see `Lane`.
        """
        self._leave_the_lead()
        family = self._step.family(self._lead)
        await until_there(self._broker, family)
        async with (
            fenced(
                self._broker,
                f"{self._group}.{self._lead.topic}.{self._lead.partition}",
                transaction_s=self._settings.transaction_s,
                release_s=self._settings.release_s,
            ) as producer,
            FamilyLogs(self._broker, family) as logs,
        ):
            failpoint("joint.after_fence")
            try:
                await self._begin(producer, logs)
                yield producer, logs
            finally:
                self.is_at_work, self.oldest_ms = False, None
                self._step.released(self._lead)

    def _leave_the_lead(self) -> None:
        """See that the group's client fetches nothing of the lead: nobody would take it. See `PartitionReader`."""
        kafka.check_group(self._consumer, self._group)
        key = TopicPartition(*self._lead)
        if key not in self._consumer.assignment():
            raise IllegalStateError(f"{self._lead} is no longer assigned")
        self._consumer.pause(key)
        self._consumer.seek(key, 0)

    async def _begin(self, producer: AIOKafkaProducer, logs: FamilyLogs) -> None:
        """Lead the local state up to the committed positions, and read on from there."""
        found = await kafka.all_committed(self._consumer, [TopicPartition(*each) for each in logs.family])
        committed = {Partition(*key): one.offset for key, one in found.items()}
        bounds = await logs.bounds()
        self._positions = {each: committed.get(each, first) for each, (first, _) in bounds.items()}
        for each, (first, end) in bounds.items():
            if not first <= self._positions[each] <= end:
                raise OffsetOutOfRangeError({TopicPartition(*each): self._positions[each]})
        self.is_stopped, self.is_at_work = False, True
        spans = {each: LogSpan(at, at, bounds[each][1]) for each, at in self._positions.items()}
        beat_s = monotonic()
        async for _ in caught_up(self._step, self._lead, logs, committed):
            failpoint("joint.restoring")
            if monotonic() - beat_s >= self._settings.heartbeat_s:
                await self._transact(producer, self._step.heartbeat(self._lead, spans), self._positions)
                beat_s = monotonic()
        logs.begin_at(self._positions)
        self.is_at_work, self.moved_s = False, monotonic()

    async def _settle_next(self, producer: AIOKafkaProducer, logs: FamilyLogs) -> None:
        """Settle the chunk that comes next; where nothing comes for a while, a heartbeat."""
        self._count = await self._take(logs)
        spans = await logs.spans(self._positions)
        made = self._step.closing if self._count else self._step.heartbeat
        await self._settle(producer, made(self._lead, spans), spans)
        if self._count or any(each.first < each.next for each in spans.values()):
            self.moved_s = monotonic()
        self.oldest_ms = None
        self._retry_s, self._unreadable = self._settings.retry_s, 0
        self._limit = min(self._limit + self._limit // 8 + 1, self._settings.chunk_records)

    async def _take(self, logs: FamilyLogs) -> int:
        """Have judged what comes next, until that is a chunk; return how many records it has, 0 for a heartbeat."""
        count, until_s = 0, monotonic() + self._settings.heartbeat_s
        while count < self._limit and (left_s := until_s - monotonic()) > 0:
            kafka.check_group(self._consumer, self._group)
            blocks = await logs.take(self._limit - count, min(left_s, self._settings.wait_s))
            if blocks and not count:
                until_s = monotonic() + self._settings.commit_interval_s
                self.oldest_ms = min(block.timestamps_ms[0] for block in blocks)
            for block in blocks:
                await whole(self._step.judge(self._lead, block))
                count += len(block)
        return count

    async def _settle(
        self, producer: AIOKafkaProducer, outgoing: Sequence[Outgoing], spans: Mapping[Partition, LogSpan]
    ) -> None:
        """Write what the step says and all positions, in one transaction; then have the step write its own."""
        positions = {each: one.next for each, one in spans.items()}
        with (
            span(f"{self._group}/join", topic=self._lead.topic, partition=self._lead.partition, records=self._count),
            metrics.TRANSACTION_S.labels(self._group).time(),
        ):
            await self._transact(producer, outgoing, positions)
        failpoint("joint.after_commit")
        await whole(self._step.committed(self._lead, positions))
        self._positions = positions

    async def _transact(
        self, producer: AIOKafkaProducer, outgoing: Sequence[Outgoing], positions: Mapping[Partition, int]
    ) -> None:
        async def move() -> None:
            offsets = {TopicPartition(*each): position for each, position in positions.items()}
            await producer.send_offsets_to_transaction(offsets, self._group)

        try:
            async with asyncio.timeout(self._settings.transaction_s):  # aiokafka waits for a deleted topic for ever
                await producer.begin_transaction()
                await write(producer, outgoing, meanwhile=move)
                failpoint("joint.before_commit")
                await producer.commit_transaction()
        except TimeoutError as error:
            raise BrokerError("the broker did not take the transaction in time") from error


def joint_lanes(broker: str, step: JointStep, settings: JointSettings) -> Makes:
    """What a forwarder takes that is subscribed to lead topics, to have a joint lane for each partition."""
    return lambda group, lead, consumer: JointLane(broker, group, lead, consumer, step, settings)
