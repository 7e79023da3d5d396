"""Topics: made as asked, refused when wrong, changed and removed."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import NewPartitions, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    InvalidTimestampError,
    KafkaError,
    MessageSizeTooLargeError,
    OutOfOrderSequenceNumber,
    TopicAlreadyExistsError,
)

from assay.testkit import eventually
from assay.testkit.clients import admin, answers, consuming, create_topic, producing, read_all

Names = Callable[[str], str]


async def test_broker_answers_with_its_metadata(bootstrap: str) -> None:
    assert await answers(bootstrap)


async def test_topic_has_the_partitions_and_settings_asked_for(bootstrap: str, unique: Names) -> None:
    topic = await create_topic(bootstrap, unique("made"), partitions=3, cleanup_policy="compact", retention_ms="123456")
    async with admin(bootstrap) as client:
        described = await client.describe_topics([topic])
        configs = await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    settings = {entry[0]: entry[1] for entry in configs[0].resources[0][4]}
    assert len(described[0]["partitions"]) == 3
    assert (settings["cleanup.policy"], settings["retention.ms"]) == ("compact", "123456")


async def test_topic_that_exists_is_refused(bootstrap: str, unique: Names) -> None:
    topic = await create_topic(bootstrap, unique("twice"))
    with pytest.raises(TopicAlreadyExistsError):
        await create_topic(bootstrap, topic)


async def test_partitions_are_added(bootstrap: str, unique: Names) -> None:
    topic = await create_topic(bootstrap, unique("grows"), partitions=1)
    async with admin(bootstrap) as client:
        await client.create_partitions({topic: NewPartitions(3)})

        async def grown() -> bool:
            return len((await client.describe_topics([topic]))[0]["partitions"]) == 3

        assert await eventually(grown)


async def test_deleted_topic_is_gone(bootstrap: str, unique: Names) -> None:
    topic = await create_topic(bootstrap, unique("goes"))
    async with admin(bootstrap) as client:
        await client.delete_topics([topic])

        async def gone() -> bool:
            return topic not in await client.list_topics()

        assert await eventually(gone)


async def test_unknown_topic_is_not_made_by_asking(bootstrap: str, unique: Names) -> None:
    topic = unique("unasked")
    async with admin(bootstrap) as client:
        await client.describe_topics([topic])
        assert topic not in await client.list_topics()


async def test_deleted_records_move_the_beginning(bootstrap: str, unique: Names) -> None:
    topic = await create_topic(bootstrap, unique("trimmed"))
    partition = TopicPartition(topic, 0)
    async with producing(bootstrap) as producer:
        for number in range(10):
            await producer.send_and_wait(topic, b"%d" % number, partition=0)
    async with admin(bootstrap) as client:
        await client.delete_records({partition: RecordsToDelete(7)})
    async with consuming(bootstrap) as consumer:
        assert await consumer.beginning_offsets([partition]) == {partition: 7}
    assert [record.value for record in await read_all(bootstrap, topic)] == [b"7", b"8", b"9"]


async def test_record_above_the_limit_of_its_topic_is_refused(bootstrap: str, unique: Names) -> None:
    topic = await create_topic(bootstrap, unique("small"), max_message_bytes="10000")
    async with producing(bootstrap) as producer:
        with pytest.raises(MessageSizeTooLargeError):
            await producer.send_and_wait(topic, b"x" * 20_000)
    assert await read_all(bootstrap, topic) == []


async def test_refusal_spends_an_idempotent_producer_and_a_new_one_writes_on(bootstrap: str, unique: Names) -> None:
    topic = await create_topic(bootstrap, unique("small"), max_message_bytes="10000")
    async with producing(bootstrap) as producer:
        await producer.send_and_wait(topic, b"before")
        with pytest.raises(MessageSizeTooLargeError):
            await producer.send_and_wait(topic, b"x" * 20_000)
        with pytest.raises(OutOfOrderSequenceNumber):
            await producer.send_and_wait(topic, b"spent")
    async with producing(bootstrap) as successor:
        await successor.send_and_wait(topic, b"after")
    assert [record.value for record in await read_all(bootstrap, topic)] == [b"before", b"after"]


async def test_timestamp_given_by_the_producer_is_kept(bootstrap: str, unique: Names) -> None:
    topic = await create_topic(bootstrap, unique("stamped"), message_timestamp_type="CreateTime")
    given = int(time.time() * 1000) - 3_600_000
    async with producing(bootstrap) as producer:
        await producer.send_and_wait(topic, b"x", timestamp_ms=given)
    (record,) = await read_all(bootstrap, topic)
    assert (record.timestamp, record.timestamp_type) == (given, 0)


async def test_timestamp_outside_the_bounds_of_its_topic_is_refused(bootstrap: str, unique: Names) -> None:
    topic = await create_topic(bootstrap, unique("bounded"), message_timestamp_before_max_ms="60000")
    async with producing(bootstrap) as producer:
        with pytest.raises(InvalidTimestampError):
            await producer.send_and_wait(topic, b"x", timestamp_ms=int(time.time() * 1000) - 3_600_000)


async def test_unknown_setting_of_a_topic_is_refused(bootstrap: str, unique: Names) -> None:
    with pytest.raises(KafkaError):
        await create_topic(bootstrap, unique("wrong"), no_such_setting="1")


async def test_compaction_leaves_the_newest_of_each_key(bootstrap: str, unique: Names) -> None:
    topic = await create_topic(
        bootstrap,
        unique("compacted"),
        cleanup_policy="compact",
        segment_ms="100",
        min_cleanable_dirty_ratio="0.01",
        max_compaction_lag_ms="100",
    )
    written = 0
    async with producing(bootstrap) as producer:

        async def compacted() -> bool:
            nonlocal written
            written += 1
            await producer.send_and_wait(topic, b"%d" % written, key=b"same")
            return len(await read_all(bootstrap, topic)) < written

        await eventually(compacted, within_s=60)
    assert (await read_all(bootstrap, topic))[-1].value == b"%d" % written
