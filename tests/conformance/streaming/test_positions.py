"""A position that is there is never taken for one that is not."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiokafka import TopicPartition

from assay.streaming import kafka
from assay.testkit import Broker
from assay.testkit.brokers.kafka import kafka_broker
from assay.testkit.clients import create_topic

COMMITS = 300
"""Positions that the coordinator has to read through when it comes up: it is asked meanwhile."""


async def test_a_restarted_coordinator_is_never_heard_to_know_no_position(broker: Broker, tmp_path: Path) -> None:
    del broker  # where Kafka can't be had, its fixture says so
    async with kafka_broker(tmp_path, lambda _line: None) as own:
        partition = TopicPartition(await create_topic(own.bootstrap, "read"), 0)
        await _commit(own, partition)
        assert await _told_over_a_restart(own, partition) == {COMMITS}


async def _commit(broker: Broker, partition: TopicPartition) -> None:
    producer = kafka.producer(broker.bootstrap, transactional_id="writer")
    await kafka.started(producer, broker.bootstrap)
    try:
        for offset in range(1, COMMITS + 1):
            async with producer.transaction():
                await producer.send_offsets_to_transaction({partition: offset}, "group")
    finally:
        await kafka.stopped(producer)


async def _told_over_a_restart(broker: Broker, partition: TopicPartition) -> set[int | None]:
    """Return every position that is told while the broker is killed and comes up again."""
    told: set[int | None] = set()
    consumer = kafka.consumer(broker.bootstrap, group="group")
    await kafka.started(consumer, broker.bootstrap)
    try:
        consumer.assign([partition])
        is_up = asyncio.create_task(_restart(broker))
        while not is_up.done():
            told.add(await consumer.committed(partition))
        await is_up
        told.add(await consumer.committed(partition))
    finally:
        await kafka.stopped(consumer)
    return told


async def _restart(broker: Broker) -> None:
    await broker.kill()
    await broker.start()
