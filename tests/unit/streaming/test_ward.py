"""A ward tells those who watch it the truth, and begins anew after what it can cope with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import CorruptRecordException, ProducerFenced
from aiokafka.structs import OffsetAndMetadata, TopicPartition
from structlog.testing import capture_logs

from assay.streaming import LaneSettings, Partition, TopicError, ward
from assay.streaming.hold import Hold, Position
from assay.streaming.ward import Ward

HERE = Partition("held", 0)
KEY = TopicPartition(*HERE)
SOON = LaneSettings(wait_s=0.0, retry_s=0.0, longest_retry_s=0.0)


class Markers:
    """A group's consumer over a log in which only transaction markers stand."""

    def __init__(self, committed: OffsetAndMetadata | None = None) -> None:
        self._committed = committed
        self._at = 0
        self._coordinator = self
        self.commits: list[tuple[int, str]] = []

    def assignment(self) -> set[TopicPartition]:
        return {KEY}

    async def fetch_committed_offsets(
        self, partitions: list[TopicPartition]
    ) -> dict[TopicPartition, OffsetAndMetadata]:
        return {} if self._committed is None else dict.fromkeys(partitions, self._committed)

    async def beginning_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, 0)

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, 7)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        assert partition == KEY
        self._at = offset

    async def getmany(
        self, partition: TopicPartition, timeout_ms: int, max_records: int
    ) -> dict[TopicPartition, object]:
        await asyncio.sleep(0)
        assert (partition, timeout_ms, max_records) == (KEY, 0, 1)
        self._at = 7
        return {}

    async def position(self, partition: TopicPartition) -> int:
        assert partition == KEY
        return self._at

    async def commit(self, offsets: dict[TopicPartition, tuple[int, str]]) -> None:
        self.commits += offsets.values()


class Told:
    """A warden that has something to do from the start, or never, and fails at it at first."""

    def __init__(self, *, is_wanted: bool, failures: int = 0, failure: Exception | None = None) -> None:
        self._is_wanted = is_wanted
        self._failures = failures
        self._failure = failure or ProducerFenced()
        self.held = 0
        self.has_tended = asyncio.Event()

    def is_wanted(self, position: Position) -> bool:
        assert position.offset >= 0
        return self._is_wanted

    async def tend(self, hold: Hold) -> None:
        assert hold.partition == HERE
        self.held += 1
        if self.held <= self._failures:
            raise self._failure
        self._is_wanted = False
        self.has_tended.set()


@asynccontextmanager
async def running(consumer: Markers, warden: Told) -> AsyncIterator[Ward]:
    here = Ward("broker", "assay.test", HERE, cast(AIOKafkaConsumer, consumer), warden, SOON)
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        task = group.create_task(here.run())
        yield here
        task.cancel()


@pytest.fixture
def _unfenced(monkeypatch: pytest.MonkeyPatch) -> None:
    @asynccontextmanager
    async def fenced(*_: object, **__: float) -> AsyncIterator[None]:
        yield

    monkeypatch.setattr(ward, "fenced", fenced)


async def test_a_partition_of_markers_has_nothing_that_waits() -> None:
    async with running(Markers(), Told(is_wanted=False)) as here:
        while here.position != 7:  # noqa: ASYNC110 -- it tells nobody
            await asyncio.sleep(0)


async def test_it_goes_past_markers_and_keeps_what_stands_beside_the_position() -> None:
    consumer = Markers(OffsetAndMetadata(3, "digest 0 3"))
    async with running(consumer, Told(is_wanted=False)):
        while not consumer.commits:  # noqa: ASYNC110 -- it tells nobody
            await asyncio.sleep(0)
    assert consumer.commits[0] == (7, "digest 0 3")


@pytest.mark.usefixtures("_unfenced")
async def test_a_warden_that_fails_is_given_a_new_hold_and_has_not_moved() -> None:
    warden = Told(is_wanted=True, failures=3)
    async with running(Markers(), warden) as here:
        here.moved_s = 0.0
        await warden.has_tended.wait()
        assert (warden.held, here.moved_s) == (4, 0.0)


@pytest.mark.usefixtures("_unfenced")
async def test_a_ward_whose_log_cannot_be_read_stands_still_and_says_so() -> None:
    warden = Told(is_wanted=True, failures=1_000_000, failure=CorruptRecordException())
    with capture_logs() as said:
        async with running(Markers(), warden) as here:
            while not here.is_stopped:  # noqa: ASYNC110 -- it tells nobody
                await asyncio.sleep(0)
    assert warden.held == 5
    assert said[-1]["event"] == "batch.unreadable"


@pytest.mark.usefixtures("_unfenced")
async def test_what_was_unreadable_for_a_moment_stops_no_ward() -> None:
    warden = Told(is_wanted=True, failures=4, failure=CorruptRecordException())
    async with running(Markers(), warden) as here:
        await warden.has_tended.wait()
        assert not here.is_stopped


@pytest.mark.usefixtures("_unfenced")
async def test_a_ward_waits_for_a_topic_that_is_not_there_and_takes_nobody_down() -> None:
    warden = Told(is_wanted=True, failures=3, failure=TopicError(["topic held.settled isn't there"]))
    async with running(Markers(), warden):
        await warden.has_tended.wait()
