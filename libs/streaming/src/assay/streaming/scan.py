"""Reads topics from their first record to their end, beside every group."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection

from aiokafka.structs import TopicPartition

from assay.streaming import kafka
from assay.streaming.errors import TopicError
from assay.streaming.record import Record

__all__ = ["scan"]

CHUNK = 5_000
WAIT_MS = 200


async def scan(broker: str, topics: Collection[str], *, partition: int | None = None) -> AsyncGenerator[list[Record]]:
    """Yield every committed record up to the end as it is at the call, chunk by chunk, in order by partition.

    Joins no group and commits nothing. With `partition`, only that one of each topic.

    Raises:
        BrokerUnreachableError: no broker answers.
        TopicError: a topic isn't there.
    """
    there = await _partitions(broker, topics)
    partitions = [each for each in there if partition in (None, each.partition)]
    reader = kafka.consumer(broker)
    await kafka.started(reader, broker)
    try:
        ends = await reader.end_offsets(partitions)
        reader.assign(partitions)
        await reader.seek_to_beginning(*partitions)
        while left := [each for each, end in ends.items() if await reader.position(each) < end]:
            found = await reader.getmany(*left, timeout_ms=WAIT_MS, max_records=CHUNK)
            for each, records in found.items():
                yield [record for record in records if record.offset < ends[each]]
    finally:
        await kafka.stopped(reader)


async def _partitions(broker: str, topics: Collection[str]) -> list[TopicPartition]:
    async with kafka.admin(broker) as admin:
        missing = sorted(set(topics) - set(await admin.list_topics()))  # to ask for one by name may make it
        if missing:
            raise TopicError([f"topic {topic} isn't there; `assay contract apply` creates it" for topic in missing])
        found = await admin.describe_topics(list(topics))
    return [TopicPartition(topic["topic"], entry["partition"]) for topic in found for entry in topic["partitions"]]
