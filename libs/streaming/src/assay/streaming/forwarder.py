"""The hot loop: chunks of one input partition are judged, written and committed in one transaction each."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from assay.runtime import failpoint
from assay.streaming import kafka
from assay.streaming.gate import TopicGate
from assay.streaming.holder import Holder, Makes
from assay.streaming.lane import Lane, LaneSettings
from assay.streaming.rebalance import Rebalance
from assay.streaming.record import Partition
from assay.streaming.step import Step
from assay.streaming.watch import Standing, Watch
from assay.telemetry import get_logger, metrics

__all__ = ["Forwarder"]

ATTEND_S = 1.0
NOWHERE = TopicPartition("", 0)


class Forwarder:
    """Moves every record of its input topics through a step, exactly once for a `read_committed` reader.

    Each assigned partition has a lane of its own: a transactional producer whose id is made of group and partition, so
    that a successor fences its predecessor, and one input partition per transaction. A stalled worker that wakes after
    its partitions went elsewhere can write nothing that a reader would see. The group is `assay.<name>`.

    It forwards from entering until leaving, whatever it is subscribed to. With a gate, a partition is taken only while
    the topics of its contract stand. In place of a step it takes what makes another holder of a partition than a lane.

    Raises:
        BrokerUnreachableError: on entering, when no broker answers.
    """

    def __init__(
        self,
        broker: str,
        name: str,
        step: Step | Makes,
        *,
        member: str = "",
        settings: LaneSettings | None = None,
        gate: TopicGate | None = None,
    ) -> None:
        self._broker = broker
        self._group = f"assay.{name}"
        self._make = self._lane_of(step) if isinstance(step, Step) else step
        self._member = member
        self._settings = settings or LaneSettings()
        self._gate = gate
        self._lanes: dict[Partition, Holder] = {}
        self._tasks: dict[Partition, asyncio.Task[None]] = {}
        self._changing = asyncio.Lock()
        self._is_leaving = False
        self._running = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        self._consumer: AIOKafkaConsumer = kafka.consumer(
            self._broker,
            group=self._group,
            member=self._member,
            session_s=self._settings.session_s,
            idle_s=kafka.FOREVER_S,  # one that stands by asks for nothing, and must be there when it is needed
            blocks=True,
        )
        await kafka.started(self._consumer, self._broker)
        await self._running.__aenter__()
        self._watch = Watch(self._group, self._consumer, self._lanes, self._settings.watch_s, self._settings.stall_s)
        self._attending = [self._running.create_task(self._attend()), self._running.create_task(self._watch.run())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_leaving = True
        try:
            for task in self._attending:
                task.cancel()
            await self._close(list(self._lanes))
            await self._running.__aexit__(None, None, None)  # an error of the block leaves as it is, not in a group
        finally:
            await kafka.stopped(self._consumer)

    @property
    def standing(self) -> Mapping[Partition, Standing]:
        """Where each partition stands and where its log ends, as it was some seconds ago."""
        return self._watch.standing

    def subscribe(self, topics: Collection[str]) -> None:
        """Read these topics from now on; a change of the set costs the group one rebalance."""
        if topics and set(topics) != self._consumer.subscription():
            self._consumer.subscribe(topics=sorted(topics), listener=Rebalance(self._open, self._close))

    async def reopen(self, topics: Collection[str]) -> None:
        """Start the lanes of these topics afresh, from where the step starts."""
        async with self._changing:
            partitions = [partition for partition in self._lanes if partition.topic in topics]
            await self._stop(partitions)
            self._begin(partitions)

    async def _attend(self) -> None:
        """End everything when the group is lost, also while there is no lane that would notice.

        aiokafka tells of trouble only where someone asks for records, and joins again only after it told.
        """
        while True:
            kafka.check_group(self._consumer, self._group)
            try:
                async with asyncio.timeout(ATTEND_S):
                    await self._consumer.getmany(NOWHERE, timeout_ms=0)
            except TimeoutError:  # an assignment is under way
                continue
            except KafkaError as error:
                get_logger().warning("group.disturbed", group=self._group, error=repr(error))
            await asyncio.sleep(ATTEND_S)

    async def _open(self, partitions: Collection[Partition]) -> None:
        async with self._changing:
            self._begin(partitions)
            failpoint("forwarder.after_assignment")

    async def _close(self, partitions: Collection[Partition]) -> None:
        """Stop lanes where they are: what is uncommitted is judged again by the successor, who fences this one."""
        failpoint("forwarder.before_revoke")
        async with self._changing:
            await self._stop(partitions)

    def _lane_of(self, step: Step) -> Makes:
        return lambda group, partition, consumer: Lane(self._broker, group, partition, consumer, step, self._settings)

    def _begin(self, partitions: Collection[Partition]) -> None:
        """Start a lane for each partition; a partition never has two, and none begins while we leave."""
        if self._is_leaving:
            return
        for partition in partitions:
            lane = self._make(self._group, partition, self._consumer)
            self._lanes[partition] = lane
            self._tasks[partition] = self._running.create_task(self._run(lane, partition), name=str(partition))
        metrics.PARTITIONS_ASSIGNED.labels(self._group).set(len(self._lanes))
        get_logger().info("partitions.assigned", group=self._group, partitions=len(partitions))

    async def _run(self, lane: Holder, partition: Partition) -> None:
        """Run a lane, once the topics that it writes to are as their contract says."""
        if self._gate is not None:
            await self._gate.stands(partition)
        await lane.run()

    async def _stop(self, partitions: Collection[Partition]) -> None:
        tasks = [task for partition in partitions if (task := self._tasks.pop(partition, None))]
        for partition in partitions:
            self._lanes.pop(partition, None)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
            get_logger().info("partitions.revoked", group=self._group, partitions=len(tasks))
        metrics.PARTITIONS_ASSIGNED.labels(self._group).set(len(self._lanes))
