"""A publisher answers after the broker, and lives through what the broker refuses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assay.streaming import Outgoing, Publisher, RefusedRecordError, TopicSpec, apply_topics, scan


async def test_a_refused_record_does_not_shut_its_partition(bootstrap: str, unique: Callable[[str], str]) -> None:
    topic = unique("refused")
    await apply_topics(bootstrap, [TopicSpec(topic, 1, max_message_bytes=100_000)])
    async with Publisher(bootstrap) as publisher:
        await publisher.publish([Outgoing(topic, 0, b"k", b"before")])
        with pytest.raises(RefusedRecordError):
            await publisher.publish([Outgoing(topic, 0, b"k", b"x" * 200_000)])
        for number in range(3):
            await publisher.publish([Outgoing(topic, 0, b"k", b"after %d" % number)])
    values = [record.value async for records in scan(bootstrap, [topic]) for record in records]
    assert values == [b"before", b"after 0", b"after 1", b"after 2"]


async def test_each_record_is_told_where_it_stands(bootstrap: str, unique: Callable[[str], str]) -> None:
    topic = unique("placed")
    await apply_topics(bootstrap, [TopicSpec(topic, 3)])
    outgoing = [Outgoing(topic, None, f"k{number}".encode(), str(number).encode()) for number in range(2_000)]
    async with Publisher(bootstrap) as publisher:
        places = await publisher.publish(outgoing)
    found = {(r.topic, r.partition, r.offset): r.value async for rs in scan(bootstrap, [topic]) for r in rs}
    assert [found[place] for place in places] == [record.value for record in outgoing]
