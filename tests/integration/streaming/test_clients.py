"""Clients end when they are told to, and what a producer wrote beside the value stops nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest
from aiokafka.errors import NodeNotReadyError

from assay.streaming import (
    Forwarder,
    Outgoing,
    Partition,
    Publisher,
    Record,
    Start,
    TopicSpec,
    apply_topics,
    kafka,
    scan,
)
from assay.streaming.publisher import send
from assay.testkit import Broker, eventually


class Copying:
    """Writes every record on."""

    start = Start.COMMITTED

    def __init__(self, topic: str) -> None:
        self._topic = topic

    async def assigned(self, partition: Partition) -> None: ...

    def judge(self, records: Sequence[Record]) -> list[Outgoing]:
        return [Outgoing(self._topic, one.partition, one.key, one.value, one.headers) for one in records]

    def stub(self, record: Record, refusal: str) -> list[Outgoing]:
        return []


async def read(broker: Broker, topic: str) -> list[Record]:
    return [record async for chunk in scan(broker.bootstrap, [topic]) for record in chunk]


async def test_a_null_header_goes_through_as_it_is(broker: Broker, unique: Callable[[str], str]) -> None:
    raw, out = unique("raw"), unique("out")
    await apply_topics(broker.bootstrap, [TopicSpec(raw, 1), TopicSpec(out, 1)])
    async with Publisher(broker.bootstrap) as publisher:
        await publisher.publish([Outgoing(raw, 0, b"k", b"v", (("traceparent", None),))])
    async with Forwarder(broker.bootstrap, unique("copy"), Copying(out), member="one") as forwarder:
        forwarder.subscribe([raw])
        found = await eventually(lambda: read(broker, out))
    assert found[0].headers == (("traceparent", None),)


async def test_a_producer_stops_in_time_while_the_broker_is_away(
    broker: Broker, unique: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = unique("away")
    await apply_topics(broker.bootstrap, [TopicSpec(topic, 1)])
    producer = kafka.producer(broker.bootstrap, transactional_id=unique("id"))
    await kafka.started(producer, broker.bootstrap)
    await producer.begin_transaction()
    await send(producer, [Outgoing(topic, 0, b"k", b"v")])

    async def away(*_given: object, **_more: object) -> None:
        await asyncio.sleep(0.01)
        raise NodeNotReadyError

    monkeypatch.setattr(producer.client, "send", away)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await send(producer, [Outgoing(topic, 0, b"k", b"v")])
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await kafka.abandon(producer)
    async with asyncio.timeout(5):
        await kafka.stopped(producer, within_s=0.2)
