"""A forwarder moves every record once, in order by key, whoever stops, fails, stalls or joins on the way."""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import RecordsToDelete
from aiokafka.record.util import calc_crc32c
from aiokafka.structs import TopicPartition

from assay.runtime import TransientError
from assay.streaming import (
    Forwarder,
    LaneSettings,
    Outgoing,
    Partition,
    Publisher,
    Record,
    Step,
    TopicSpec,
    apply_topics,
    kafka,
    lane,
    scan,
)
from assay.streaming.blocks.varint import varint
from assay.streaming.blocks.writing import CHECKED, CRC
from assay.streaming.errors import GroupLostError
from assay.streaming.headers import SOURCE, source_of
from assay.telemetry import metrics
from assay.testkit import eventually
from assay.testkit.clients import producing, read_all

Names = Callable[[str], str]

PARTITIONS = 3
KEYS = 7
SMALL = LaneSettings(chunk_records=40, wait_s=0.1, transaction_s=4, session_s=6, watch_s=0.2)
BEFORE_COMMIT = "forwarder.before_commit"
WITHIN_S = 40.0


class Copying(Step):
    """Writes every record on, beside where it came from; a value may ask for trouble."""

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self.unready = 0

    async def judge(self, records: Sequence[Record]) -> list[Outgoing]:
        if self.unready:
            self.unready -= 1
            raise TransientError("not yet")
        return [self._written(record, b"x" * 200_000 if record.value == b"big" else record.value) for record in records]

    def stub(self, record: Record, refusal: str) -> list[Outgoing]:
        return [self._written(record, b"stub")]

    def _written(self, record: Record, value: bytes | None) -> Outgoing:
        source = (SOURCE, str(source_of(record)).encode())
        return Outgoing(self._topic, record.partition, record.key, value, (*record.headers, source))


class Route:
    """A topic to read and one to write, and what went where."""

    def __init__(self, bootstrap: str, unique: Names) -> None:
        self.bootstrap = bootstrap
        self.raw, self.out, self.name = unique("raw"), unique("out"), unique("copy")
        self.step = Copying(self.out)
        self._written = 0

    async def write(self, count: int) -> None:
        """Number the records that come next, by turns of their keys."""
        numbers = range(self._written, self._written + count)
        self._written += count
        await self.put([Outgoing(self.raw, None, b"k%d" % (n % KEYS), b"%d" % n) for n in numbers])

    async def put(self, outgoing: Sequence[Outgoing]) -> None:
        async with Publisher(self.bootstrap) as publisher:
            await publisher.publish(outgoing)

    async def abort(self, count: int) -> None:
        """Write records in a transaction that is aborted."""
        async with producing(self.bootstrap, self.name) as producer:
            await producer.begin_transaction()
            await asyncio.wait([await producer.send(self.raw, b"aborted", partition=0) for _ in range(count)])
            await producer.abort_transaction()

    @asynccontextmanager
    async def forwarding(self, member: str = "one") -> AsyncIterator[Forwarder]:
        async with Forwarder(self.bootstrap, self.name, self.step, member=member, settings=SMALL) as forwarder:
            forwarder.subscribe([self.raw])
            yield forwarder

    async def forward(self) -> None:
        """Forward until something ends it."""
        async with asyncio.timeout(WITHIN_S), self.forwarding():
            await asyncio.Event().wait()

    async def some(self) -> bool:
        return bool(await self.read(self.out))

    async def all(self) -> bool:
        """Say whether every record went through at least once."""
        return set(await self.sources()) == set(await self.expected())

    async def expected(self) -> list[str]:
        return sorted(str(source_of(record)) for record in await self.read(self.raw))

    async def sources(self) -> list[str]:
        return sorted(record.header(SOURCE) or "" for record in await self.read(self.out))

    async def by_key(self) -> dict[bytes | None, list[int]]:
        found = defaultdict(list)
        for record in await self.read(self.out):
            found[record.key].append(int(record.value or b""))
        return found

    def expected_by_key(self) -> dict[bytes, list[int]]:
        return {b"k%d" % key: list(range(key, self._written, KEYS)) for key in range(KEYS)}

    async def read(self, topic: str) -> list[Record]:
        return [record async for records in scan(self.bootstrap, [topic]) for record in records]


@pytest.fixture
async def route(bootstrap: str, unique: Names) -> Route:
    made = Route(bootstrap, unique)
    await apply_topics(bootstrap, [TopicSpec(made.raw, PARTITIONS), TopicSpec(made.out, PARTITIONS, 100_000)])
    return made


class Stall:
    """Holds the first transaction that is about to be committed, and with it the whole loop, until it is woken."""

    def __init__(self) -> None:
        self._stalled = threading.Event()
        self._woken = threading.Event()

    def __call__(self, place: str) -> None:
        if place == BEFORE_COMMIT and not self._stalled.is_set():
            self._stalled.set()
            self._woken.wait(2 * WITHIN_S)

    async def stalled(self) -> None:
        assert await asyncio.to_thread(self._stalled.wait, WITHIN_S)

    def wake(self) -> None:
        self._woken.set()


class Worker:
    """Forwards in a thread with a loop of its own, which may stall while the test goes on."""

    def __init__(self, route: Route) -> None:
        self._route = route
        self._told = threading.Event()

    def run(self) -> None:
        """Forward until told to stop, or until the group has another member of our name."""
        try:
            asyncio.run(self._forward())
        except* GroupLostError:
            pass

    def stop(self) -> None:
        self._told.set()

    async def _forward(self) -> None:
        async with self._route.forwarding():
            await asyncio.to_thread(self._told.wait)


@asynccontextmanager
async def stalled_worker(route: Route, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stall]:
    """A worker that stands still with its records written and not committed."""
    stall, worker = Stall(), Worker(route)
    monkeypatch.setattr(lane, "failpoint", stall)
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.to_thread(worker.run))
        try:
            await stall.stalled()
            yield stall
        finally:
            stall.wake()
            worker.stop()


async def test_every_record_goes_through_once_and_in_order_across_a_restart(route: Route) -> None:
    await route.write(500)
    async with route.forwarding():
        await eventually(route.some, WITHIN_S)
    await route.write(500)
    async with route.forwarding():
        await eventually(route.all, WITHIN_S)
    assert await route.sources() == await route.expected()
    assert await route.by_key() == route.expected_by_key()


async def test_every_record_goes_through_once_while_a_second_member_joins_and_leaves(route: Route) -> None:
    await route.write(500)
    async with route.forwarding("one"):
        await eventually(route.some, WITHIN_S)
        async with route.forwarding("two"):
            await route.write(500)
            await eventually(route.all, WITHIN_S)
    assert await route.sources() == await route.expected()
    assert await route.by_key() == route.expected_by_key()


async def test_transaction_that_was_never_committed_is_not_seen_and_its_records_are_settled_once(
    route: Route, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(place: str) -> None:
        if place == BEFORE_COMMIT:
            raise OSError("the power is gone")

    await route.write(100)
    with monkeypatch.context() as patch:
        patch.setattr(lane, "failpoint", fail)
        with pytest.raises(ExceptionGroup) as raised:
            await route.forward()
    assert raised.group_contains(OSError)
    assert await read_all(route.bootstrap, route.out, isolation="read_uncommitted")
    assert await route.sources() == []
    async with route.forwarding():
        await eventually(route.all, WITHIN_S)
    assert await route.sources() == await route.expected()


async def test_stalled_worker_is_fenced_by_the_next_of_its_name(route: Route, monkeypatch: pytest.MonkeyPatch) -> None:
    await route.write(100)
    async with stalled_worker(route, monkeypatch) as stall, route.forwarding("one"):
        await eventually(route.all, WITHIN_S)
        stall.wake()
        await route.write(100)
        await eventually(route.all, WITHIN_S)
    assert await route.sources() == await route.expected()
    assert len(await read_all(route.bootstrap, route.out, isolation="read_uncommitted")) > len(await route.sources())


async def test_output_that_the_broker_refuses_becomes_its_stub_and_its_neighbours_go_on(route: Route) -> None:
    values = [b"0", b"1", b"big", b"3", b"big", b"5"]
    await route.put([Outgoing(route.raw, 0, b"k", value) for value in values])
    async with route.forwarding():
        await eventually(route.all, WITHIN_S)
    assert [record.value for record in await route.read(route.out)] == [b"0", b"1", b"stub", b"3", b"stub", b"5"]
    assert await route.sources() == await route.expected()


async def test_records_that_cannot_be_judged_yet_are_judged_later(route: Route) -> None:
    route.step.unready = 2
    await route.write(100)
    async with route.forwarding():
        await eventually(route.all, WITHIN_S)
    assert await route.sources() == await route.expected()


async def test_a_log_that_ends_with_what_nobody_may_read_leaves_nothing_waiting(route: Route) -> None:
    async with route.forwarding() as forwarder:

        async def is_idle() -> bool:
            standing = forwarder.standing.get(Partition(route.raw, 0))
            return standing is not None and standing.position == standing.log_end == 4

        await route.put([Outgoing(route.raw, 0, b"k", b"0")])
        await eventually(route.all, WITHIN_S)
        await route.abort(2)
        await eventually(is_idle, WITHIN_S)
    assert len(await route.sources()) == 1


async def test_a_position_does_not_stay_before_what_is_deleted_without_being_read(route: Route) -> None:
    async def has_gone_past() -> bool:
        async with kafka.admin(route.bootstrap) as admin:
            found = await admin.list_consumer_group_offsets(f"assay.{route.name}")
        return {partition.partition: one.offset for partition, one in found.items()} == {0: 3}

    await route.abort(2)
    async with route.forwarding():
        await eventually(has_gone_past, WITHIN_S)


async def test_a_position_that_the_log_no_longer_has_stops_its_partition_and_no_other(route: Route) -> None:
    await route.put([Outgoing(route.raw, 0, b"k", b"first")])
    async with route.forwarding():
        await eventually(route.all, WITHIN_S)
    await route.put([Outgoing(route.raw, 0, b"k", b"lost"), Outgoing(route.raw, 0, b"k", b"there")])
    await route.put([Outgoing(route.raw, 1, b"k", b"other")])
    async with kafka.admin(route.bootstrap) as admin:
        await admin.delete_records({TopicPartition(route.raw, 0): RecordsToDelete(before_offset=2)})
    stopped = metrics.PARTITIONS_STOPPED.labels(f"assay.{route.name}")

    async def is_done() -> bool:
        return stopped._value.get() == 1 and len(await route.sources()) == 2

    async with route.forwarding():
        await eventually(is_done, WITHIN_S)
    assert await route.sources() == [f"{route.raw}/0/0", f"{route.raw}/1/0"]


async def test_offsets_that_a_producer_makes_up_are_not_believed(route: Route) -> None:
    await write_saying(route, [60, -1, 0])
    await route.put([Outgoing(route.raw, 0, b"k", b"after")])
    async with route.forwarding() as forwarder:

        async def is_done() -> bool:
            standing = forwarder.standing.get(Partition(route.raw, 0))
            return len(await route.sources()) == standing.position if standing and standing.position else False

        await eventually(is_done, WITHIN_S)
    assert await route.sources() == [f"{route.raw}/0/{offset}" for offset in range(4)]
    assert [record.value for record in await route.read(route.out)] == [b"0", b"1", b"2", b"after"]


async def write_saying(route: Route, deltas: Sequence[int]) -> None:
    """Write a batch whose records say that they stand at these places of it; no client would."""
    async with AIOKafkaProducer(bootstrap_servers=route.bootstrap) as producer:
        batch = producer.create_batch()
        for place in range(len(deltas)):
            batch.append(timestamp=0, key=None, value=b"%d" % place)
        encoded = bytearray(batch._build())
        for place, delta in enumerate(deltas):
            encoded[61 + 8 * place + 3 : 61 + 8 * place + 4] = varint(delta)
        encoded[CRC] = calc_crc32c(memoryview(encoded)[CHECKED]).to_bytes(4, "big")
        batch._buffer = bytes(encoded)
        await (await producer.send_batch(batch, route.raw, partition=0))


async def test_null_header_goes_through_as_it_is(route: Route) -> None:
    await route.put([Outgoing(route.raw, 0, b"k", b"0", (("traceparent", None),))])
    async with route.forwarding():
        await eventually(route.all, WITHIN_S)
    assert (await route.read(route.out))[0].headers[0] == ("traceparent", None)
