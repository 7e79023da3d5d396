"""Small Kafka clients for tests and checks: does it answer, make a topic, write, read all."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError, for_code
from aiokafka.protocol.admin import DeleteGroupsRequest

__all__ = ["admin", "answers", "consuming", "create_topic", "delete_group", "producing", "read_all"]

_ANSWER_S = 5.0
_READ_S = 30.0


async def answers(bootstrap: str) -> bool:
    """Whether something that speaks Kafka answers there and knows a broker."""
    host, _, port = bootstrap.rpartition(":")
    try:
        async with asyncio.timeout(_ANSWER_S):
            _, writer = await asyncio.open_connection(host, int(port))
            writer.close()
            return await _knows_a_broker(bootstrap)
    except (OSError, TimeoutError, KafkaError):
        return False


async def _knows_a_broker(bootstrap: str) -> bool:
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    try:
        await client.bootstrap()
        return bool(client.cluster.brokers())
    finally:
        await client.close()


@contextlib.asynccontextmanager
async def admin(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """An admin client, closed on exit."""
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await client.start()
    try:
        yield client
    finally:
        await client.close()


async def create_topic(bootstrap: str, name: str, *, partitions: int = 1, **configs: str) -> str:
    """Create a topic and return its name; dots in names of settings are written as underscores.

    Raises:
        KafkaError: the broker refused.
    """
    settings = {key.replace("_", "."): value for key, value in configs.items()}
    async with admin(bootstrap) as client:
        answer = await client.create_topics([NewTopic(name, partitions, 1, topic_configs=settings)])
    code = answer.topic_errors[0][1]
    if code:
        raise for_code(code)(name)
    return name


async def delete_group(bootstrap: str, group: str) -> None:
    """Delete a group that has no member, and with it all positions that it committed, as the broker does in time.

    Raises:
        KafkaError: the broker refused.
    """
    async with admin(bootstrap) as client:
        node = await client.find_coordinator(group)
        answer = await client._send_request(DeleteGroupsRequest([group]), node)  # noqa: SLF001 -- it has no call for it
    code = answer.results[0][1]
    if code:
        raise for_code(code)(group)


@contextlib.asynccontextmanager
async def producing(bootstrap: str, transactional_id: str | None = None) -> AsyncIterator[AIOKafkaProducer]:
    """An idempotent producer, transactional if it has an id, stopped on exit."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, enable_idempotence=True, transactional_id=transactional_id, linger_ms=0
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


@contextlib.asynccontextmanager
async def consuming(
    bootstrap: str,
    *topics: str,
    group: str | None = None,
    member: str | None = None,
    isolation: str = "read_committed",
    session_ms: int = 10_000,
) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer from the earliest record that commits nothing by itself, stopped on exit.

    `member` is its static membership; without one it has a dynamic membership.
    """
    consumer = AIOKafkaConsumer(
        *topics,
        bootstrap_servers=bootstrap,
        group_id=group,
        group_instance_id=member,
        isolation_level=isolation,
        session_timeout_ms=session_ms,
        heartbeat_interval_ms=min(1_000, session_ms // 3),
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def read_all(bootstrap: str, topic: str, *, isolation: str = "read_committed") -> list[ConsumerRecord]:
    """Every record of the topic to its end as it is now, by partition and offset; joins no group."""
    async with consuming(bootstrap, isolation=isolation) as consumer:
        partitions = [TopicPartition(topic, p) for p in sorted(consumer.partitions_for_topic(topic) or ())]
        if not partitions:
            partitions = [TopicPartition(topic, p) for p in sorted(await _partitions(bootstrap, topic))]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        return await _read_to(consumer, ends)


async def _partitions(bootstrap: str, topic: str) -> list[int]:
    async with admin(bootstrap) as client:
        described = await client.describe_topics([topic])
    return [partition["partition"] for partition in described[0]["partitions"]]


async def _read_to(consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> list[ConsumerRecord]:
    records: list[ConsumerRecord] = []
    async with asyncio.timeout(_READ_S):
        for partition, end in ends.items():
            await consumer.seek_to_beginning(partition)
            while await consumer.position(partition) < end:
                for chunk in (await consumer.getmany(partition, timeout_ms=200)).values():
                    records += chunk
    return sorted(records, key=lambda record: (record.partition, record.offset))
