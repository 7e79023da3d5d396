"""Watches where each partition stands: what waits, since when, and who does not move although something waits."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic, time

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from assay.streaming.errors import StalledError
from assay.streaming.holder import Holder
from assay.streaming.record import Partition
from assay.telemetry import get_logger, metrics

__all__ = ["Standing", "Watch"]

ASK_S = 10.0


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a partition stood when the broker was last asked."""

    position: int
    log_end: int


class Watch:
    """Looks at every lane, or ward, each `every_s`: sets the gauges, and ends the process where a restart is the only help.

    A partition stalls when something waits on it and nothing was committed for `stall_s`, while the step did not say that
    it can't judge yet or is at work, and the position is in the log. That is told once; after as long again `run` raises.
    """

    def __init__(
        self, group: str, consumer: AIOKafkaConsumer, lanes: Mapping[Partition, Holder], every_s: float, stall_s: float
    ) -> None:
        self._group = group
        self._consumer = consumer
        self._lanes = lanes
        self._every_s = every_s
        self._stall_s = stall_s
        self._shown: set[Partition] = set()
        self._told: set[Partition] = set()
        self.standing: Mapping[Partition, Standing] = {}
        """Where every partition stands whose lane runs, as it was at most `every_s` ago while the broker answers."""

    async def run(self) -> None:
        """Watch until cancelled.

        Raises:
            StalledError: a partition did not move in twice `stall_s`.
        """
        while True:
            await asyncio.sleep(self._every_s)
            try:
                async with asyncio.timeout(ASK_S):
                    await self._look()
            except (KafkaError, TimeoutError) as error:
                get_logger().warning("partitions.unwatched", group=self._group, error=repr(error))

    async def _look(self) -> None:
        lanes = {partition: lane for partition, lane in self._lanes.items() if lane.position is not None}
        ends = await self._consumer.end_offsets([TopicPartition(*partition) for partition in lanes]) if lanes else {}
        self.standing = {
            partition: Standing(lane.position or 0, max(lane.position or 0, ends[TopicPartition(*partition)]))
            for partition, lane in lanes.items()
            if TopicPartition(*partition) in ends
        }
        metrics.PARTITIONS_STOPPED.labels(self._group).set(sum(lane.is_stopped for lane in self._lanes.values()))
        for partition, standing in self.standing.items():
            self._judge(partition, lanes[partition], standing.log_end - standing.position)
        for partition in self._shown - self.standing.keys():
            self._forget(partition)

    def _judge(self, partition: Partition, lane: Holder, lag: int) -> None:
        if (lag == 0 or lane.is_at_work) and not lane.is_stopped:
            lane.moved_s = monotonic()
        still_s = monotonic() - lane.moved_s
        self._show(partition, lane, lag, still_s)
        if lane.is_stopped or still_s < self._stall_s:
            self._told.discard(partition)
            return
        error = StalledError(self._group, str(partition), lag, still_s)
        if still_s >= 2 * self._stall_s:
            raise error
        if partition not in self._told:
            self._told.add(partition)
            get_logger().error("partition.stalled", group=self._group, error=str(error))

    def _show(self, partition: Partition, lane: Holder, lag: int, still_s: float) -> None:
        self._shown.add(partition)
        labels = (self._group, partition.topic, str(partition.partition))
        since_s = time() - lane.oldest_ms / 1000 if lane.oldest_ms is not None else still_s if lag else 0.0
        metrics.LAG_RECORDS.labels(*labels).set(lag)
        metrics.OLDEST_UNJUDGED_S.labels(*labels).set(max(0.0, since_s))
        metrics.PARTITION_STALLED_S.labels(*labels).set(still_s if still_s >= self._stall_s else 0.0)

    def _forget(self, partition: Partition) -> None:
        self._shown.discard(partition)
        self._told.discard(partition)
        for gauge in (metrics.LAG_RECORDS, metrics.OLDEST_UNJUDGED_S, metrics.PARTITION_STALLED_S):
            gauge.remove(self._group, partition.topic, str(partition.partition))
