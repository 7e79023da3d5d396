"""A member with a name of its own that comes back with other topics is given those, and none that it had before."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer

from assay.streaming import kafka
from assay.testkit import Broker, eventually
from assay.testkit.clients import create_topic

WITHIN_S = 60.0


@pytest.mark.parametrize("later", [[1], [0, 1]])
async def test_who_comes_back_with_other_topics_is_given_those(
    broker: Broker, unique: Callable[[str], str], later: Sequence[int]
) -> None:
    group, topics = unique("group"), await _topics(broker, unique)
    async with member(broker, group, topics[:1]) as first:
        await given(first, topics[:1])
    async with member(broker, group, [topics[place] for place in later]) as again:
        await given(again, [topics[place] for place in later])


async def test_who_comes_back_with_other_topics_leaves_the_ones_of_before_to_the_others(
    broker: Broker, unique: Callable[[str], str]
) -> None:
    group, topics = unique("group"), await _topics(broker, unique)
    async with member(broker, group, topics[:1], name="") as other:
        async with member(broker, group, topics[:1]) as first:
            await given(first, topics[:1])
        async with member(broker, group, topics[1:]) as again:
            await given(again, topics[1:])
            await given(other, topics[:1], partitions=2)


async def test_who_comes_back_with_the_same_topics_disturbs_nobody(
    broker: Broker, unique: Callable[[str], str]
) -> None:
    group, topics = unique("group"), await _topics(broker, unique)
    generations = set[int]()
    for _ in range(2):
        async with member(broker, group, topics) as one:
            await given(one, topics)
            generations.add(one._coordinator.generation)
    assert generations == {1}


async def _topics(broker: Broker, unique: Callable[[str], str]) -> list[str]:
    return [await create_topic(broker.bootstrap, unique(name), partitions=2) for name in ("one", "two")]


@asynccontextmanager
async def member(broker: Broker, group: str, topics: Sequence[str], name: str = "a") -> AsyncIterator[AIOKafkaConsumer]:
    """One that reads these topics for the block; it does not say when it goes."""
    consumer = kafka.consumer(broker.bootstrap, group=group, member=name, session_s=30.0)
    consumer.subscribe(topics=topics)
    await kafka.started(consumer, broker.bootstrap)
    try:
        yield consumer
    finally:
        await kafka.stopped(consumer)


async def given(consumer: AIOKafkaConsumer, topics: Sequence[str], partitions: int | None = None) -> None:
    """Return once it has partitions of exactly these topics, so many of them."""

    async def is_given() -> bool:
        held = consumer.assignment()
        many = partitions is None or len(held) == partitions
        return many and {each.topic for each in held} == {*topics}

    await eventually(is_given, WITHIN_S)
