"""A log reader finds single records, reads back from the end, and follows what comes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing

import pytest

from assay.streaming import LogReader, Outgoing, Partition, Publisher, Source, TopicError, TopicSpec, apply_topics
from assay.testkit.clients import producing

Names = Callable[[str], str]

MINUTE_MS = 60_000
BEGAN_MS = int(time.time() * 1000) - 2_000 * MINUTE_MS
"""A little over a day ago: what is older than the retention of a topic may go while it is read."""


async def filled(bootstrap: str, topic: str, records: int, partitions: int = 1) -> None:
    """Write so many records to each partition, a minute apart, each with its number as value."""
    await apply_topics(bootstrap, [TopicSpec(topic, partitions)])
    async with Publisher(bootstrap) as publisher:
        await publisher.publish(
            [
                Outgoing(topic, partition, None, b"%d" % number, (), BEGAN_MS + number * MINUTE_MS)
                for partition in range(partitions)
                for number in range(records)
            ]
        )


async def test_records_are_found_at_their_places_and_nothing_elsewhere(bootstrap: str, unique: Names) -> None:
    topic = unique("placed")
    await filled(bootstrap, topic, 2_000, partitions=2)
    wanted = [Source(topic, 0, 3), Source(topic, 0, 1_999), Source(topic, 1, 700), Source(topic, 1, 2_000)]
    async with LogReader(bootstrap) as reader:
        found = await reader.at([*wanted, Source(topic, 9, 0), Source(topic, 0, 10**17)])
    assert {place: record.value for place, record in found.items()} == {
        wanted[0]: b"3", wanted[1]: b"1999", wanted[2]: b"700",
    }  # fmt: skip


async def test_nothing_stands_where_a_transaction_ended(bootstrap: str, unique: Names) -> None:
    topic = unique("marked")
    await apply_topics(bootstrap, [TopicSpec(topic, 1)])
    async with producing(bootstrap, unique("writer")) as producer:
        for value in (b"one", b"two"):
            async with producer.transaction():
                await producer.send_and_wait(topic, value)
    async with LogReader(bootstrap) as reader:
        found = await reader.at([Source(topic, 0, offset) for offset in range(4)])
        assert {place.offset: record.value for place, record in found.items()} == {0: b"one", 2: b"two"}
        assert await reader.at([Source(topic, 0, 1)]) == {}


async def test_the_way_back_has_every_record_once_and_the_newest_first(bootstrap: str, unique: Names) -> None:
    topic = unique("back")
    await filled(bootstrap, topic, 1_700, partitions=2)
    async with LogReader(bootstrap) as reader:
        chunks = [[int(record.value or b"") for record in records] async for records in reader.back(topic)]
        since = [
            int(record.value or b"")
            async for records in reader.back(topic, since_ms=BEGAN_MS + 1_690 * MINUTE_MS)
            for record in records
        ]
    assert sorted(number for chunk in chunks for number in chunk) == sorted([*range(1_700)] * 2)
    assert chunks[0][-1] >= 1_200
    assert sorted(since) == sorted([*range(1_690, 1_700)] * 2)


@pytest.mark.parametrize(
    ("since", "numbers"), [({"since_ms": BEGAN_MS + 3 * MINUTE_MS}, [3, 4]), ({"since_offset": 4}, [4])]
)
async def test_a_partition_is_read_forward_from_a_time_or_an_offset(
    bootstrap: str, unique: Names, since: dict[str, int], numbers: Sequence[int]
) -> None:
    topic = unique("forward")
    await filled(bootstrap, topic, 5)
    async with LogReader(bootstrap) as reader:
        chunks = reader.forward(Partition(topic, 0), **since)
        assert [int(record.value or b"") async for records in chunks for record in records] == numbers


async def test_what_comes_is_followed_and_what_was_there_is_not(bootstrap: str, unique: Names) -> None:
    topic = unique("followed")
    await filled(bootstrap, topic, 3)
    async with LogReader(bootstrap) as reader, aclosing(reader.follow(topic)) as chunks, asyncio.timeout(20):
        assert await anext(chunks) == ([], 0)
        async with Publisher(bootstrap) as publisher:
            await publisher.publish([Outgoing(topic, 0, None, b"new")])
        records, missed = await anext(chunks)
        assert ([record.value for record in records], missed) == ([b"new"], 0)


async def test_who_follows_too_slowly_goes_on_at_the_end_and_is_told_what_was_missed(
    bootstrap: str, unique: Names
) -> None:
    topic = unique("slow")
    await filled(bootstrap, topic, 1)
    async with (
        LogReader(bootstrap) as reader,
        aclosing(reader.follow(topic, max_behind=100)) as chunks,
        asyncio.timeout(20),
    ):
        await anext(chunks)
        await filled(bootstrap, topic, 2_000)
        records, missed = await anext(chunks)
        assert len(records) + missed == 2_000
        assert missed > 100


async def test_the_ends_are_those_after_the_last_record(bootstrap: str, unique: Names) -> None:
    topic = unique("ended")
    await filled(bootstrap, topic, 3, partitions=2)
    async with LogReader(bootstrap) as reader:
        assert await reader.ends(topic) == {0: 3, 1: 3}
        with pytest.raises(TopicError):
            await reader.ends(unique("nowhere"))
