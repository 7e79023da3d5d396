"""Records: come back as they went in, in order, from the offsets that were asked for."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.partitioner import murmur2

from assay.testkit.clients import consuming, create_topic, producing, read_all

Names = Callable[[str], str]


async def test_record_comes_back_as_it_went_in(bootstrap: str, unique: Names) -> None:
    topic = await create_topic(bootstrap, unique("whole"), partitions=2)
    headers = [("assay-contract", b"flights@1"), ("empty", b""), ("twice", b"1"), ("twice", b"2")]
    now = int(time.time() * 1000)
    async with producing(bootstrap) as producer:
        sent = await producer.send_and_wait(
            topic, b"\x00value\xff", key=b"\x00key", partition=1, timestamp_ms=now, headers=headers
        )
    (record,) = await read_all(bootstrap, topic)
    assert (record.partition, record.offset, record.timestamp) == (1, sent.offset, now)
    assert (record.key, record.value, list(record.headers)) == (b"\x00key", b"\x00value\xff", headers)


async def test_tombstone_and_missing_key_stay_missing(bootstrap: str, unique: Names) -> None:
    topic = await create_topic(bootstrap, unique("nulls"))
    async with producing(bootstrap) as producer:
        await producer.send_and_wait(topic, None, key=b"gone", headers=[("null", None)])
        await producer.send_and_wait(topic, b"keyless")
    tombstone, keyless = await read_all(bootstrap, topic)
    assert (tombstone.value, list(tombstone.headers)) == (None, [("null", None)])
    assert keyless.key is None


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
async def test_compressed_batch_comes_back(bootstrap: str, unique: Names, codec: str) -> None:
    topic = await create_topic(bootstrap, unique(codec))
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, compression_type=codec)
    await producer.start()
    try:
        for _ in range(5):
            await producer.send(topic, b"same again " * 100)
    finally:
        await producer.stop()
    assert [record.value for record in await read_all(bootstrap, topic)] == [b"same again " * 100] * 5


async def test_record_of_900_kb_comes_back(bootstrap: str, unique: Names) -> None:
    topic = await create_topic(bootstrap, unique("large"))
    async with producing(bootstrap) as producer:
        await producer.send_and_wait(topic, b"x" * 900_000)
    assert [len(record.value) for record in await read_all(bootstrap, topic)] == [900_000]


async def test_nothing_is_dropped_as_a_partition_grows(bootstrap: str, unique: Names) -> None:
    topic = await create_topic(bootstrap, unique("grown"))
    async with producing(bootstrap) as producer:
        for number in range(20):
            await producer.send_and_wait(topic, b"%d" % number + b" " * 500_000, partition=0)
    assert [int(record.value) for record in await read_all(bootstrap, topic)] == list(range(20))


async def test_batch_made_by_hand_keeps_its_headers_and_order(bootstrap: str, unique: Names) -> None:
    topic = await create_topic(bootstrap, unique("batch"))
    async with producing(bootstrap) as producer:
        batch = producer.create_batch()
        for number in range(500):
            batch.append(key=None, value=b"%d" % number, timestamp=None, headers=[("n", b"%d" % number)])
        batch.close()
        await (await producer.send_batch(batch, topic, partition=0))
    records = await read_all(bootstrap, topic)
    assert [record.value for record in records] == [b"%d" % number for number in range(500)]
    assert [record.headers[0][1] for record in records] == [record.value for record in records]


async def test_key_goes_to_its_murmur2_partition(bootstrap: str, unique: Names) -> None:
    topic = await create_topic(bootstrap, unique("keyed"), partitions=5)
    keys = [b"key-%d" % number for number in range(100)]
    async with producing(bootstrap) as producer:
        for key in keys:
            await producer.send_and_wait(topic, key, key=key)
    found = {record.key: record.partition for record in await read_all(bootstrap, topic)}
    assert found == {key: (murmur2(key) & 0x7FFFFFFF) % 5 for key in keys}


async def test_end_offset_is_one_past_the_last_record(bootstrap: str, unique: Names) -> None:
    topic = await create_topic(bootstrap, unique("ends"))
    partition = TopicPartition(topic, 0)
    async with producing(bootstrap) as producer:
        batch = producer.create_batch()
        for number in range(137):
            batch.append(key=None, value=b"%d" % number, timestamp=None)
        batch.close()
        await (await producer.send_batch(batch, topic, partition=0))
    async with consuming(bootstrap) as consumer:
        assert await consumer.end_offsets([partition]) == {partition: 137}
        assert await consumer.beginning_offsets([partition]) == {partition: 0}


async def test_offset_is_found_by_time(bootstrap: str, unique: Names) -> None:
    topic = await create_topic(bootstrap, unique("times"))
    partition = TopicPartition(topic, 0)
    start = int(time.time() * 1000) - 10_000
    async with producing(bootstrap) as producer:
        for number in range(5):
            await producer.send_and_wait(topic, b"x", partition=0, timestamp_ms=start + number * 1_000)
    async with consuming(bootstrap) as consumer:
        found = await consumer.offsets_for_times({partition: start + 2_500})
        beyond = await consumer.offsets_for_times({partition: start + 60_000})
    assert (found[partition].offset, found[partition].timestamp) == (3, start + 3_000)
    assert beyond[partition] is None


async def test_seek_reads_from_there(bootstrap: str, unique: Names) -> None:
    topic = await create_topic(bootstrap, unique("sought"))
    partition = TopicPartition(topic, 0)
    async with producing(bootstrap) as producer:
        for number in range(10):
            await producer.send_and_wait(topic, b"%d" % number, partition=0)
    async with consuming(bootstrap) as consumer:
        consumer.assign([partition])
        consumer.seek(partition, 6)
        assert (await consumer.getone()).value == b"6"


async def test_idempotent_producer_writes_each_record_once_and_in_order(bootstrap: str, unique: Names) -> None:
    topic = await create_topic(bootstrap, unique("once"))
    async with producing(bootstrap) as producer:
        acks = [await producer.send(topic, b"%d" % number, partition=0) for number in range(500)]
        offsets = [(await ack).offset for ack in acks]
    assert offsets == list(range(500))
    assert [int(record.value) for record in await read_all(bootstrap, topic)] == list(range(500))


async def test_fetch_answers_within_the_size_asked_for(bootstrap: str, unique: Names) -> None:
    topic = await create_topic(bootstrap, unique("backlog"))
    async with producing(bootstrap) as producer:
        for _ in range(20):
            await producer.send_and_wait(topic, b"x" * 100_000, partition=0)
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", max_partition_fetch_bytes=250_000
    )
    await consumer.start()
    try:
        first = await consumer.getmany(timeout_ms=10_000)
    finally:
        await consumer.stop()
    assert sum(len(records) for records in first.values()) <= 3
