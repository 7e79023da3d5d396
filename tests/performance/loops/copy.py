"""The bare copier: reads a topic, writes it to another in transactions that carry its positions, changes nothing."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.producer.message_accumulator import BatchBuilder

from tests.performance.loops.bare import BATCH_BYTES, FETCH_BYTES, FETCH_WAIT_MS
from tests.performance.meter import Meter

__all__ = ["CHUNK_RECORDS"]

CHUNK_RECORDS = 500  # of a partition in one transaction, as recovery takes them; a test holds it so


async def copy(broker: str, source: str, target: str, group: str, partitions: int, records: int) -> None:
    """Copy so many, to the partitions they came from."""
    writer = AIOKafkaProducer(
        bootstrap_servers=broker, acks="all", linger_ms=0, max_batch_size=BATCH_BYTES, transactional_id=group,
        retry_backoff_ms=5,
    )  # fmt: skip
    reader = AIOKafkaConsumer(
        bootstrap_servers=broker, group_id=group, enable_auto_commit=False, isolation_level="read_committed",
        max_partition_fetch_bytes=FETCH_BYTES, fetch_max_wait_ms=FETCH_WAIT_MS,
    )  # fmt: skip
    await writer.start()
    await reader.start()
    try:
        reader.assign([TopicPartition(source, number) for number in range(partitions)])
        await reader.seek_to_beginning()
        meter = Meter(records)
        while not meter.is_through:
            meter.saw(await turn(reader, writer, target, group))
    finally:
        await reader.stop()
        await writer.stop()


async def turn(reader: AIOKafkaConsumer, writer: AIOKafkaProducer, target: str, group: str) -> int:
    """Take what is there of each partition and write it, a transaction each; return how many they were."""
    found = await reader.getmany(timeout_ms=500, max_records=CHUNK_RECORDS)
    for partition, records in found.items():
        async with writer.transaction():
            sent = [
                await writer.send_batch(batch, target, partition=partition.partition)
                for batch in batches(writer, records)
            ]
            for future in sent:
                await future
            await writer.send_offsets_to_transaction({partition: records[-1].offset + 1}, group)
    return sum(map(len, found.values()))


def batches(writer: AIOKafkaProducer, records: Sequence[ConsumerRecord]) -> Iterator[BatchBuilder]:
    """Give the records as they are in full batches, and the last one as it is."""
    batch = writer.create_batch()
    for one in records:
        while batch.append(timestamp=one.timestamp, key=one.key, value=one.value, headers=list(one.headers)) is None:
            yield batch
            batch = writer.create_batch()
    yield batch


if __name__ == "__main__":
    broker, source, target, group, *sizes = sys.argv[1:]
    asyncio.run(copy(broker, source, target, group, *map(int, sizes)))
