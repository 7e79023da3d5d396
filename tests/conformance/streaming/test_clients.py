"""Clients end when they are told to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from struct import pack

import pytest
from aiokafka import AIOKafkaProducer, ConsumerRecord
from aiokafka.errors import NodeNotReadyError
from aiokafka.record.util import calc_crc32c

from assay.streaming import Outgoing, Publisher, TopicSpec, UnreadableHeaders, apply_topics, kafka, scan
from assay.streaming.publisher import send
from assay.testkit.clients import read_all

CRC = 17
"""Where a batch of records holds its checksum, which speaks of what comes after it."""


async def test_a_producer_stops_in_time_while_the_broker_is_away(
    bootstrap: str, unique: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = unique("away")
    await apply_topics(bootstrap, [TopicSpec(topic, 1)])
    producer = kafka.producer(bootstrap, transactional_id=unique("id"))
    await kafka.started(producer, bootstrap)
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


async def test_a_header_name_that_is_not_utf8_is_read_and_stops_nothing(
    bootstrap: str, unique: Callable[[str], str]
) -> None:
    topic = unique("names")
    await apply_topics(bootstrap, [TopicSpec(topic, 1)])
    async with Publisher(bootstrap) as publisher:
        await publisher.publish([Outgoing(topic, 0, b"k", b"good", (("name", b"1"),))])
    await _write_raw(bootstrap, topic, {b"ab\xff": b"2", b"c\xc3\xa9": None})
    async with Publisher(bootstrap) as publisher:
        await publisher.publish([Outgoing(topic, 0, b"k", b"after")])
    found = [record async for records in scan(bootstrap, [topic]) for record in records]
    assert [record.value for record in found] == [b"good", b"bad", b"after"]
    assert found[1].headers == (("ab\udcff", b"2"), ("c\u00e9", None))
    assert [type(record.headers) for record in found] == [tuple, UnreadableHeaders, tuple]
    assert isinstance((await read_all(bootstrap, topic))[1], ConsumerRecord)


async def _write_raw(bootstrap: str, topic: str, headers: dict[bytes, bytes | None]) -> None:
    """Write a record whose header names are these bytes; no client for Python would."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        batch = producer.create_batch()
        stand_ins = {chr(65 + place) * len(name): name for place, name in enumerate(headers)}
        named = list(zip(stand_ins, headers.values(), strict=True))
        batch.append(timestamp=None, key=b"k", value=b"bad", headers=named)
        encoded = bytes(batch._build())
        for stand_in, name in stand_ins.items():
            encoded = encoded.replace(stand_in.encode(), name)
        batch._buffer = encoded[:CRC] + pack(">I", calc_crc32c(encoded[CRC + 4 :])) + encoded[CRC + 4 :]
        await (await producer.send_batch(batch, topic, partition=0))
    finally:
        await producer.stop()
