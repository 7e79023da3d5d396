"""Clients end when they are told to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from aiokafka.errors import NodeNotReadyError

from assay.streaming import Outgoing, TopicSpec, apply_topics, kafka
from assay.streaming.publisher import send


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
