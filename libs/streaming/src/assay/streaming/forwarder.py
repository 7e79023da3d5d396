"""The hot loop: chunks of one input partition are judged, written and committed in one transaction each."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaConsumer

from assay.streaming import kafka
from assay.streaming.lane import Lane, LaneSettings, Step
from assay.streaming.rebalance import Rebalance
from assay.streaming.record import Partition
from assay.telemetry import get_logger, metrics

__all__ = ["Forwarder"]


class Forwarder:
    """Moves every record of its input topics through a step, exactly once for a `read_committed` reader.

    Each assigned partition has a lane of its own: a transactional producer whose id is made of group and partition, so
    that a successor fences its predecessor, and one input partition per transaction. A stalled worker that wakes after
    its partitions went elsewhere can write nothing that a reader would see. The group is `assay.<name>`.

    It forwards from entering until leaving, whatever it is subscribed to.

    Raises:
        BrokerUnreachableError: on entering, when no broker answers.
    """

    def __init__(
        self, broker: str, name: str, step: Step, *, member: str = "", settings: LaneSettings | None = None
    ) -> None:
        self._broker = broker
        self._group = f"assay.{name}"
        self._step = step
        self._member = member
        self._settings = settings or LaneSettings()
        self._lanes: dict[Partition, asyncio.Task[None]] = {}
        self._running = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        self._consumer: AIOKafkaConsumer = kafka.consumer(
            self._broker, group=self._group, member=self._member, session_s=self._settings.session_s
        )
        await kafka.started(self._consumer, self._broker)
        await self._running.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._close(list(self._lanes))
            await self._running.__aexit__(None, None, None)  # an error of the block leaves as it is, not in a group
        finally:
            await kafka.stopped(self._consumer)

    def subscribe(self, topics: Collection[str]) -> None:
        """Read these topics from now on; a change of the set costs the group one rebalance."""
        if topics and set(topics) != self._consumer.subscription():
            self._consumer.subscribe(topics=sorted(topics), listener=Rebalance(self._open, self._close))

    async def reopen(self, topics: Collection[str]) -> None:
        """Start the lanes of these topics afresh, from where the step starts."""
        partitions = [partition for partition in self._lanes if partition.topic in topics]
        await self._close(partitions)
        await self._open(partitions)

    async def _open(self, partitions: Collection[Partition]) -> None:
        for partition in partitions:
            lane = Lane(self._broker, self._group, partition, self._consumer, self._step, self._settings)
            self._lanes[partition] = self._running.create_task(lane.run(), name=str(partition))
        metrics.PARTITIONS_ASSIGNED.labels(self._group).set(len(self._lanes))
        get_logger().info("partitions.assigned", group=self._group, partitions=len(partitions))

    async def _close(self, partitions: Collection[Partition]) -> None:
        """Stop lanes where they are: what is uncommitted is judged again by the successor, who fences this one."""
        lanes = [lane for partition in partitions if (lane := self._lanes.pop(partition, None))]
        for lane in lanes:
            lane.cancel()
        if lanes:
            await asyncio.wait(lanes)
            get_logger().info("partitions.revoked", group=self._group, partitions=len(lanes))
        metrics.PARTITIONS_ASSIGNED.labels(self._group).set(len(self._lanes))
