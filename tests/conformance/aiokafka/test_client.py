"""What Assay relies on in aiokafka, held to the pinned version on a real broker."""

from __future__ import annotations

import asyncio
import importlib.metadata
from collections.abc import Callable, Collection, Sequence

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.protocol.api import Request

from assay.streaming import Forwarder, LaneSettings, Outgoing, Publisher, Record, Step
from assay.testkit import Broker, eventually
from assay.testkit.clients import consuming, create_topic, producing

Names = Callable[[str], str]

STOPS = 20
STOP_S = 10.0
SMALL = LaneSettings(chunk_records=20, wait_s=0.1, transaction_s=4, session_s=6)
SPOKEN = {
    "ProduceRequest": 7,
    "FetchRequest": 11,
    "JoinGroupRequest": 5,
    "SyncGroupRequest": 3,
    "OffsetFetchRequest": 3,
    "InitProducerIdRequest": 0,
    "AddPartitionsToTxnRequest": 0,
    "AddOffsetsToTxnRequest": 0,
    "TxnOffsetCommitRequest": 0,
    "EndTxnRequest": 0,
}
"""The offsets of a transaction go without the member that sends them: why each input partition has its own producer."""


class Copying(Step):
    """Writes every record on."""

    def __init__(self, topic: str) -> None:
        self._topic = topic

    async def judge(self, records: Sequence[Record]) -> list[Outgoing]:
        return [Outgoing(self._topic, record.partition, record.key, record.value) for record in records]

    def stub(self, record: Record, refusal: str) -> list[Outgoing]:
        return []


class Heard(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka carries no types
    """Keeps what it is told in order, and may fail at an assignment."""

    def __init__(self, *, fails: bool = False) -> None:
        self.said: list[tuple[str, int]] = []
        self._fails = fails

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        self.said.append(("revoked", len(revoked)))

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self.said.append(("assigned", len(assigned)))
        if self._fails:
            raise LookupError


def test_aiokafka_is_the_version_that_was_tried() -> None:
    assert importlib.metadata.version("aiokafka") == "0.14.0"


async def test_requests_are_spoken_in_the_versions_that_were_tried(
    broker: Broker, unique: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    if broker.kind == "embedded":
        pytest.skip("NOT PROVED: versions are negotiated with Apache Kafka")
    spoken: dict[str, int] = {}
    prepare = Request.prepare

    def noted(request: Request[object], versions: dict[int, tuple[int, int]]) -> object:
        struct = prepare(request, versions)
        spoken[type(request).__name__] = struct.API_VERSION
        return struct

    raw, out = [await create_topic(broker.bootstrap, unique(name)) for name in ("raw", "out")]
    async with producing(broker.bootstrap) as producer:
        await producer.send_and_wait(raw, b"1", partition=0)
    monkeypatch.setattr(Request, "prepare", noted)
    async with Forwarder(broker.bootstrap, unique("spoken"), Copying(out), settings=SMALL) as forwarder:
        forwarder.subscribe([raw])
        async with consuming(broker.bootstrap, out) as reader, asyncio.timeout(30):
            await reader.getone()
    assert {name: spoken[name] for name in SPOKEN} == SPOKEN


async def test_everything_is_revoked_before_anything_is_assigned(bootstrap: str, unique: Names) -> None:
    topic, group, heard = await create_topic(bootstrap, unique("topic"), partitions=2), unique("group"), Heard()
    async with consuming(bootstrap, group=group) as first:
        first.subscribe([topic], listener=heard)
        await eventually(lambda: _has(first, 2))
        async with consuming(bootstrap, topic, group=group) as second:
            await eventually(lambda: _share(first, second))
    assert heard.said[:4] == [("revoked", 0), ("assigned", 2), ("revoked", 2), ("assigned", 1)]


async def test_a_listener_that_fails_is_not_heard_of(bootstrap: str, unique: Names) -> None:
    """Why ours tries again in place of raising: the member would hold its partitions and read none."""
    topic, heard = await create_topic(bootstrap, unique("topic")), Heard(fails=True)
    async with producing(bootstrap) as producer:
        await producer.send_and_wait(topic, b"1", partition=0)
    async with consuming(bootstrap, group=unique("group")) as consumer, asyncio.timeout(20):
        consumer.subscribe([topic], listener=heard)
        assert (await consumer.getone()).value == b"1"
    assert ("assigned", 1) in heard.said


async def test_offsets_go_into_a_transaction_whoever_holds_the_partition(bootstrap: str, unique: Names) -> None:
    """The group fences nobody here: a worker that lost its partition can still move its position."""
    topic, group = await create_topic(bootstrap, unique("topic")), unique("group")
    partition = TopicPartition(topic, 0)
    async with consuming(bootstrap, topic, group=group) as owner:
        await eventually(lambda: _has(owner, 1))
        async with producing(bootstrap, unique("stranger")) as stranger, stranger.transaction():
            await stranger.send_offsets_to_transaction({partition: 7}, group)
        async with producing(bootstrap, unique("stranger")):  # its start waits for the end of the transaction
            assert await owner.committed(partition) == 7


async def test_a_forwarder_stops_in_time_under_load_every_time(bootstrap: str, unique: Names) -> None:
    raw, out = [await create_topic(bootstrap, unique(name), partitions=3) for name in ("raw", "out")]
    name = unique("stops")
    async with Publisher(bootstrap) as publisher:
        for _ in range(STOPS):
            await publisher.publish([Outgoing(raw, n % 3, None, b"%d" % n) for n in range(600)])
            await _started_and_stopped(Forwarder(bootstrap, name, Copying(out), member="one", settings=SMALL), raw)


async def _started_and_stopped(forwarder: Forwarder, raw: str) -> None:
    await forwarder.__aenter__()
    forwarder.subscribe([raw])
    await eventually(lambda: _moves(forwarder), within_s=30)
    async with asyncio.timeout(STOP_S):
        await forwarder.__aexit__(None, None, None)


async def _has(consumer: AIOKafkaConsumer, partitions: int) -> bool:
    await consumer.getmany(timeout_ms=10)
    return len(consumer.assignment()) == partitions


async def _share(*consumers: AIOKafkaConsumer) -> bool:
    return all([await _has(consumer, 1) for consumer in consumers])


async def _moves(forwarder: Forwarder) -> bool:
    return any(lane.position for lane in forwarder._lanes.values())
