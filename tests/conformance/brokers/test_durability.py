"""Durability: what was acknowledged is there after a stop, and after a kill where that is promised."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from aiokafka import TopicPartition

from assay.testkit import Broker
from assay.testkit.clients import consuming, create_topic, producing, read_all

Opening = Callable[[], contextlib.AbstractAsyncContextManager[Broker]]
RECORDS = 2_000


async def test_acked_records_survive_a_sigkill_of_the_broker(own_broker: Opening) -> None:
    async with own_broker() as broker:
        topic = await create_topic(broker.bootstrap, "kept", partitions=3)
        acked = await _write(broker, topic)
        await broker.kill()
        await broker.start()
        assert {int(record.value) for record in await read_all(broker.bootstrap, topic)} == acked


async def test_acked_records_and_offsets_survive_a_graceful_restart(own_broker: Opening) -> None:
    async with own_broker() as broker:
        topic = await create_topic(broker.bootstrap, "kept", partitions=3)
        acked = await _write(broker, topic)
        partition = TopicPartition(topic, 0)
        async with producing(broker.bootstrap, "writer") as producer, producer.transaction():
            await producer.send_offsets_to_transaction({partition: 11}, "group")
        await broker.stop()
        await broker.start()
        async with producing(broker.bootstrap, "writer"), consuming(broker.bootstrap, group="group") as consumer:
            consumer.assign([partition])
            assert await consumer.committed(partition) == 11
        assert {int(record.value) for record in await read_all(broker.bootstrap, topic)} == acked


async def _write(broker: Broker, topic: str) -> set[int]:
    async with producing(broker.bootstrap) as producer:
        acks = {number: await producer.send(topic, b"%d" % number) for number in range(RECORDS)}
        return {number for number, ack in acks.items() if await ack}
