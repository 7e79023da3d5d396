"""Topics are made once, and each way in which they are not as specified is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assay.streaming import TopicError, TopicSpec, apply_topics, check_topics

Names = Callable[[str], str]


async def test_topics_that_are_missing_are_made_and_the_others_left(bootstrap: str, unique: Names) -> None:
    old, new = TopicSpec(unique("old"), 2), TopicSpec(unique("new"), 3, compacted=True)
    assert await apply_topics(bootstrap, [old]) == [old.name]
    assert await apply_topics(bootstrap, [old, new]) == [new.name]
    assert await apply_topics(bootstrap, [old, new]) == []
    assert await check_topics(bootstrap, [old, new]) == []


async def test_missing_topic_is_told_and_not_made(bootstrap: str, unique: Names) -> None:
    spec = TopicSpec(unique("missing"), 1)
    first, second = [await check_topics(bootstrap, [spec]) for _ in range(2)]
    assert first == second == [f"topic {spec.name} isn't there; `assay contract apply` creates it"]


async def test_wrong_partition_count_is_told_and_refused(bootstrap: str, unique: Names) -> None:
    name = unique("parted")
    await apply_topics(bootstrap, [TopicSpec(name, 2)])
    told = [f"topic {name} has 2 partitions, its contract says 3"]
    assert await check_topics(bootstrap, [TopicSpec(name, 3)]) == told
    with pytest.raises(TopicError) as raised:
        await apply_topics(bootstrap, [TopicSpec(name, 3)])
    assert raised.value.problems == told


async def test_topic_that_takes_too_little_is_told(bootstrap: str, unique: Names) -> None:
    name = unique("small")
    await apply_topics(bootstrap, [TopicSpec(name, 1, max_message_bytes=1_000)])
    told = await check_topics(bootstrap, [TopicSpec(name, 1, max_message_bytes=2_000)])
    assert told == [
        (
            f"topic {name} takes records of 1000 bytes, needed are 2000; set max.message.bytes, or a smaller maxRecordBytes in"
            " the contract"
        ),
    ]
