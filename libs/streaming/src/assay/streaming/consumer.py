"""A group member whose owner keeps the positions: the lake and the ledgers store them with their state."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Protocol, Self

from aiokafka.errors import IllegalStateError, KafkaError, NoOffsetForPartitionError
from aiokafka.structs import TopicPartition

from assay.streaming import kafka
from assay.streaming.errors import BrokerError
from assay.streaming.rebalance import Rebalance
from assay.streaming.record import Partition, Record
from assay.telemetry import get_logger, metrics

__all__ = ["PartitionOwner", "PartitionReader"]

REBALANCE_S = 5.0
RETRY_S = 0.5


class PartitionOwner(Protocol):
    """Keeps positions; is told which partitions come and go."""

    async def assigned(self, partitions: Collection[Partition]) -> Mapping[Partition, int | None]:
        """Return the offset to start at for each partition, None for its beginning.

        A partition that is left out stays stopped until `PartitionReader.start` is called for it. Must not raise:
        aiokafka would go on without an answer.
        """
        ...

    async def revoked(self, partitions: Collection[Partition]) -> None:
        """Give up what is not stored of these partitions; another member may own them next."""
        ...


class PartitionReader:
    """Reads committed records of the partitions that the group gives it, from where its owner says.

    A stored position that lies outside the log stops that partition and is logged; it never jumps.

    Raises:
        BrokerUnreachableError: on entering, when no broker answers.
    """

    def __init__(
        self, broker: str, group: str, owner: PartitionOwner, *, member: str = "", session_s: float = 20.0
    ) -> None:
        self._broker = broker
        self._group = group
        self._owner = owner
        self._member = member
        self._session_s = session_s

    async def __aenter__(self) -> Self:
        self._consumer = kafka.consumer(self._broker, group=self._group, member=self._member, session_s=self._session_s)
        await kafka.started(self._consumer, self._broker)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await kafka.stopped(self._consumer)
        metrics.PARTITIONS_ASSIGNED.labels(self._group).set(0)

    def subscribe(self, topics: Collection[str]) -> None:
        """Read these topics from now on; a change of the set costs the group one rebalance."""
        if topics and set(topics) != self._consumer.subscription():
            self._consumer.subscribe(topics=sorted(topics), listener=Rebalance(self._assigned, self._owner.revoked))

    async def chunk(self, *, max_records: int, wait_s: float) -> dict[Partition, list[Record]]:
        """Return records that are there, waiting for the first of them for `wait_s` at most.

        Raises:
            BrokerError: reading failed; the call may be repeated.
            GroupLostError: nothing will be read any more.
        """
        kafka.check_group(self._consumer, self._group)
        try:
            async with asyncio.timeout(wait_s + REBALANCE_S):  # while partitions are given out it waits without an end
                found = await self._consumer.getmany(timeout_ms=int(wait_s * 1000), max_records=max_records)
        except TimeoutError:
            return {}
        except NoOffsetForPartitionError:  # assigned this moment; its start is being looked up
            return {}
        except KafkaError as error:
            raise BrokerError(f"can't read {self._group}'s partitions: {error!r}") from error
        return {Partition(*partition): records for partition, records in found.items()}

    async def next_offset(self, partition: Partition) -> int:
        """Return the offset after the last record returned, past transaction markers.

        Raises:
            BrokerError: the partition is no longer assigned.
        """
        try:
            return int(await self._consumer.position(TopicPartition(*partition)))
        except KafkaError as error:
            raise BrokerError(f"{partition} has no position: {error!r}") from error

    def seek(self, partition: Partition, offset: int) -> None:
        """Go on at an offset; does nothing where the partition went elsewhere meanwhile."""
        with suppress(IllegalStateError):
            self._consumer.seek(TopicPartition(*partition), offset)

    async def hint(self, positions: Mapping[Partition, int]) -> None:
        """Tell the group how far its owner is, for tools that show lag; nothing starts from it."""
        try:
            await self._consumer.commit({TopicPartition(*key): offset for key, offset in positions.items()})
        except KafkaError as error:
            get_logger().debug("lag.hint_failed", group=self._group, error=repr(error))

    async def start(self, starts: Mapping[Partition, int | None]) -> None:
        """Read these partitions from their offsets on, None for the beginning of the log.

        One whose offset lies outside the log stays stopped; so does one that is no longer assigned.

        Raises:
            BrokerError: the broker does not say where the log begins and ends.
        """
        keys = [
            key for key in (TopicPartition(*partition) for partition in starts) if key in self._consumer.assignment()
        ]
        try:
            first = await self._consumer.beginning_offsets(keys)
            end = await self._consumer.end_offsets(keys)
        except KafkaError as error:
            raise BrokerError(f"can't find the bounds of {self._group}'s partitions: {error!r}") from error
        for key in keys:
            if key in self._consumer.assignment():
                self._start_one(key, starts[Partition(*key)], first[key], end[key])

    def _start_one(self, key: TopicPartition, start: int | None, first: int, end: int) -> None:
        if start is not None and not first <= start <= end:
            self._consumer.pause(key)
            get_logger().error(
                "position.lost", group=self._group, topic=key.topic, partition=key.partition,
                stored=start, first=first, end=end,
            )  # fmt: skip
            return
        self._consumer.seek(key, first if start is None else start)
        self._consumer.resume(key)

    async def _start_at_last(self, starts: Mapping[Partition, int | None]) -> None:
        """Start them once the broker answers: an error would be aiokafka's to swallow, and they would stay stopped."""
        while True:
            try:
                return await self.start(starts)
            except BrokerError as error:
                get_logger().warning("partitions.delayed", group=self._group, error=str(error))
                await asyncio.sleep(RETRY_S)

    async def _assigned(self, partitions: Collection[Partition]) -> None:
        """Nothing is read before its owner said from where: aiokafka would start at the hint.

        The offset that a stopped partition is given here is never read from; without one it would hold up the fetches
        of the others (aiokafka 0.14).
        """
        metrics.PARTITIONS_ASSIGNED.labels(self._group).set(len(partitions))
        get_logger().info("partitions.assigned", group=self._group, partitions=len(partitions))
        if not partitions:
            return
        for partition in partitions:
            self._consumer.pause(TopicPartition(*partition))
            self._consumer.seek(TopicPartition(*partition), 0)
        await self._start_at_last(await self._owner.assigned(partitions))
