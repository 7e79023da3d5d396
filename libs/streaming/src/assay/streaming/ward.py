"""One partition in the hands of one process, which settles its records in any order: the other kind of lane."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import CorruptRecordException
from aiokafka.structs import TopicPartition

from assay.runtime import TransientError, failpoint
from assay.streaming.cursor import Cursor, Reader
from assay.streaming.errors import BrokerError, RefusedRecordError, TopicError
from assay.streaming.fencing import COPED, fenced, heed_cancellation
from assay.streaming.hold import Hold, Position, Progress, place
from assay.streaming.holder import Makes
from assay.streaming.lane import UNREADABLE_TRIES, LaneSettings
from assay.streaming.record import Partition
from assay.telemetry import get_logger, metrics

__all__ = ["Ward", "Warden", "wards"]


class Warden(Protocol):
    """What is done in a ward. It holds nothing that a crash may lose."""

    def is_wanted(self, position: Position) -> bool:
        """Whether something is to be done although no record waits at the position that was committed last."""
        ...

    async def tend(self, hold: Hold) -> None:
        """Settle what is there and what comes; return when nothing came for a while.

        Whatever it raises that can be coped with, it is called again, with a new hold.
        """
        ...


class Ward:
    """Runs one partition until cancelled.

    A lane goes through its partition once, from front to back; in a ward the warden reads where it wants, and notes
    outside the log what is settled. The producer is made when there is something to do and let go when there is nothing;
    each time it fences whoever else holds its id, before anything is read that must be final.
    """

    is_at_work = False
    oldest_ms: int | None = None

    def __init__(
        self,
        broker: str,
        group: str,
        partition: Partition,
        consumer: AIOKafkaConsumer,
        warden: Warden,
        settings: LaneSettings,
    ) -> None:
        self._broker = broker
        self._group = group
        self._partition = partition
        self._key = TopicPartition(*partition)
        self._consumer = consumer
        self._warden = warden
        self._settings = settings
        self.is_stopped = False
        """Whether what stands somewhere in its log can't be read."""
        self._progress = Progress()
        self._progress.rest()
        self._retry_s, self._transactions, self._unreadable = settings.retry_s, 0, 0
        self._log = get_logger().bind(group=group, topic=partition.topic, partition=partition.partition)

    @property
    def position(self) -> int | None:
        return self._progress.position

    @property
    def moved_s(self) -> float:
        return self._progress.moved_s

    @moved_s.setter
    def moved_s(self, at_s: float) -> None:
        self._progress.moved_s = at_s

    async def run(self) -> None:
        """Tend this partition until cancelled."""
        while True:
            try:
                await self._until_wanted()
                async with self._held() as hold:
                    await self._warden.tend(hold)
            except (*COPED, TopicError) as error:  # what is settled is read of a topic that may be made again
                heed_cancellation()
                await self._cope(error)

    async def _cope(self, error: Exception) -> None:
        metrics.TRANSACTIONS_ABANDONED.labels(self._group).inc()
        self._log.warning("transaction.abandoned", error=repr(error))
        if isinstance(error, TransientError) and not isinstance(error, BrokerError):
            self._progress.rest()  # the warden says that it can't go on yet
        if self._progress.transactions > self._transactions:
            self._retry_s, self._transactions = self._settings.retry_s, self._progress.transactions
            self._unreadable = 0
        if isinstance(error, CorruptRecordException):
            await self._read_again(error)
        if not isinstance(error, RefusedRecordError):
            await asyncio.sleep(self._retry_s)
            self._retry_s = min(2 * self._retry_s, self._settings.longest_retry_s)

    async def _read_again(self, error: CorruptRecordException) -> None:
        """Let it be tried again; where nothing is settled any more for it, stop this partition and no other; see `Lane`."""
        self._unreadable += 1
        self.is_stopped = self._unreadable >= UNREADABLE_TRIES
        while self.is_stopped:
            self._log.error("batch.unreadable", position=self.position, error=repr(error))
            await asyncio.sleep(self._settings.stall_s)

    @asynccontextmanager
    async def _held(self) -> AsyncIterator[Hold]:
        """Hold the partition. The order is what exactly-once rests on: fence first, then read what is settled."""
        async with fenced(
            self._broker,
            f"{self._group}.{self._partition.topic}.{self._partition.partition}",
            transaction_s=self._settings.transaction_s,
            release_s=self._settings.release_s,
        ) as producer:
            failpoint(f"{self._group.removeprefix('assay.')}.after_fence")
            hold = Hold(self._broker, self._group, self._partition, self._consumer, producer, self._progress)
            async with hold:
                yield hold

    async def _until_wanted(self) -> None:
        """Return when a record waits, or the warden has something to do."""
        *_, position = await place(self._consumer, self._key)
        waiting = Cursor(Reader(self._consumer, self._key), position.offset)
        self._progress.position = position.offset
        while not self._warden.is_wanted(position) and await waiting.ahead(1, self._settings.wait_s) is None:
            position = await self._go_past(position, waiting.position)
            self._progress.position = waiting.position  # there is no record before it

    async def _go_past(self, position: Position, passed: int) -> Position:
        """Commit a position that has only markers and aborted records before it; see `Lane`."""
        if not position.note or passed <= position.offset:
            return position
        await self._consumer.commit({self._key: (passed, position.note)})
        return position._replace(offset=passed)


def wards(broker: str, warden_of: Callable[[Partition], Warden], settings: LaneSettings) -> Makes:
    """What a forwarder takes to have a ward for each partition, with a warden of its own."""
    return lambda group, partition, consumer: Ward(broker, group, partition, consumer, warden_of(partition), settings)
