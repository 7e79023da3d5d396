"""A partition that does not move although records wait is told of, then ends the process; an idle one is neither."""

from __future__ import annotations

from collections.abc import Collection
from types import SimpleNamespace
from typing import cast

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from assay.streaming import Partition
from assay.streaming.errors import StalledError
from assay.streaming.lane import Lane
from assay.streaming.watch import Standing, Watch
from assay.telemetry import metrics

HERE = Partition("watched", 0)
LABELS = {"loop": "assay.test", "topic": "watched", "partition": "0"}


class Log:
    """A broker that says where the log ends."""

    def __init__(self, end: int) -> None:
        self.end = end

    async def end_offsets(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, self.end)


def lane(position: int, moved_s: float = 0.0, *, is_stopped: bool = False, is_at_work: bool = False) -> Lane:
    facts = {"position": position, "moved_s": moved_s, "is_stopped": is_stopped, "is_at_work": is_at_work}
    return cast(Lane, SimpleNamespace(**facts, oldest_ms=None))


async def look(here: Lane, end: int, *, stall_s: float) -> Watch:
    watch = Watch("assay.test", cast(AIOKafkaConsumer, Log(end)), {HERE: here}, every_s=0, stall_s=stall_s)
    await watch._look()
    return watch


async def test_it_says_where_a_partition_stands_and_what_waits() -> None:
    watch = await look(lane(4), 9, stall_s=1e9)
    assert watch.standing == {HERE: Standing(4, 9)}
    assert metrics.LAG_RECORDS.labels(**LABELS)._value.get() == 5


async def test_a_partition_that_does_not_move_while_records_wait_ends_the_process() -> None:
    with pytest.raises(StalledError, match="watched/0"):
        await look(lane(4), 9, stall_s=0.001)


async def test_a_partition_at_the_end_of_its_log_is_idle() -> None:
    here = lane(9)
    await look(here, 9, stall_s=0.001)
    assert here.moved_s > 0


async def test_a_partition_whose_step_is_at_work_is_slow_and_ends_nothing() -> None:
    await look(lane(4, is_at_work=True), 9, stall_s=0.001)
    assert metrics.PARTITION_STALLED_S.labels(**LABELS)._value.get() == 0


async def test_a_partition_whose_position_is_lost_ends_nothing() -> None:
    await look(lane(4, is_stopped=True), 9, stall_s=0.001)
    assert metrics.PARTITIONS_STOPPED.labels("assay.test")._value.get() == 1
