"""A scan reads the committed records of topics, all of them and no others."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assay.streaming import Outgoing, Publisher, TopicError, TopicSpec, apply_topics, scan
from assay.testkit.clients import producing

Names = Callable[[str], str]


async def values(bootstrap: str, topic: str, partition: int | None = None) -> list[bytes | None]:
    found = scan(bootstrap, [topic], partition=partition)
    return [record.value async for records in found for record in records]


async def test_only_committed_records_are_read(bootstrap: str, unique: Names) -> None:
    topic = unique("scanned")
    await apply_topics(bootstrap, [TopicSpec(topic, 1)])
    async with producing(bootstrap, unique("writer")) as producer:
        for value in (b"one", b"two"):
            async with producer.transaction():
                await producer.send_and_wait(topic, value)
        await producer.begin_transaction()
        await producer.send_and_wait(topic, b"aborted")
        await producer.abort_transaction()
    async with producing(bootstrap, unique("writer")) as producer:  # its start waits for the markers
        await producer.begin_transaction()
        await producer.send_and_wait(topic, b"open")
        assert await values(bootstrap, topic) == [b"one", b"two"]
        await producer.abort_transaction()


async def test_one_partition_is_read_alone(bootstrap: str, unique: Names) -> None:
    topic = unique("parted")
    await apply_topics(bootstrap, [TopicSpec(topic, 3)])
    async with Publisher(bootstrap) as publisher:
        await publisher.publish([Outgoing(topic, number, None, b"%d" % number) for number in range(3)])
    assert sorted(await values(bootstrap, topic), key=str) == [b"0", b"1", b"2"]
    assert await values(bootstrap, topic, partition=1) == [b"1"]


async def test_no_more_is_read_than_the_last_offsets(bootstrap: str, unique: Names) -> None:
    topic = unique("last")
    await apply_topics(bootstrap, [TopicSpec(topic, 1)])
    async with Publisher(bootstrap) as publisher:
        await publisher.publish([Outgoing(topic, 0, None, b"%d" % number) for number in range(5)])
    found = [record.value async for records in scan(bootstrap, [topic], last=2) for record in records]
    assert found == [b"3", b"4"]


async def test_empty_topic_has_no_records(bootstrap: str, unique: Names) -> None:
    topic = unique("empty")
    await apply_topics(bootstrap, [TopicSpec(topic, 2)])
    assert await values(bootstrap, topic) == []


async def test_missing_topic_is_an_error(bootstrap: str, unique: Names) -> None:
    with pytest.raises(TopicError, match="isn't there"):
        await values(bootstrap, unique("missing"))
