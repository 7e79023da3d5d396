"""Reads topics from their first record to their end, beside every group."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from assay.streaming import kafka
from assay.streaming.errors import TopicError
from assay.streaming.record import Record

__all__ = ["scan"]

CHUNK = 5_000
WAIT_MS = 200


async def scan(broker: str, topics: Collection[str]) -> AsyncIterator[list[Record]]:
    """Yield every committed record up to the end as it is at the call, chunk by chunk, in order by partition.

    Joins no group and commits nothing.

    Raises:
        BrokerUnreachableError: no broker answers.
        TopicError: a topic isn't there.
    """
    reader = kafka.consumer(broker)
    await kafka.started(reader, broker)
    try:
        ends = await _ends(reader, topics)
        reader.assign(list(ends))
        await reader.seek_to_beginning(*ends)
        while left := {partition: end for partition, end in ends.items() if await reader.position(partition) < end}:
            found = await reader.getmany(*left, timeout_ms=WAIT_MS, max_records=CHUNK)
            for partition, records in found.items():
                yield [kafka.record_of(record) for record in records if record.offset < ends[partition]]
    finally:
        await kafka.stopped(reader)


async def _ends(reader: AIOKafkaConsumer, topics: Collection[str]) -> Mapping[TopicPartition, int]:
    """Return the end of each partition; committed records and transaction markers lie before it."""
    partitions: list[TopicPartition] = []
    known = await reader.topics()
    missing = sorted(set(topics) - known)
    if missing:
        raise TopicError([f"topic {topic} isn't there; `assay contract apply` creates it" for topic in missing])
    for topic in topics:
        partitions.extend(TopicPartition(topic, number) for number in reader.partitions_for_topic(topic) or ())
    return dict(await reader.end_offsets(partitions))
