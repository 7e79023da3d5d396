"""The bare reader: takes every committed record of a topic, its headers read by the client, and does nothing with it."""

from __future__ import annotations

import asyncio
import sys

from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.performance.loops.bare import FETCH_BYTES, FETCH_WAIT_MS
from tests.performance.meter import Meter

__all__ = ["CHUNK_RECORDS"]

CHUNK_RECORDS = 2_000  # as the index takes them; a test holds it so


async def read(broker: str, topic: str, partitions: int, records: int) -> None:
    """Read so many."""
    reader = AIOKafkaConsumer(
        bootstrap_servers=broker,
        enable_auto_commit=False,
        isolation_level="read_committed",
        max_partition_fetch_bytes=FETCH_BYTES,
        fetch_max_wait_ms=FETCH_WAIT_MS,
    )
    await reader.start()
    try:
        reader.assign([TopicPartition(topic, number) for number in range(partitions)])
        await reader.seek_to_beginning()
        meter = Meter(records)
        while not meter.is_through:
            found = await reader.getmany(timeout_ms=500, max_records=CHUNK_RECORDS)
            meter.saw(sum(map(len, found.values())))
    finally:
        await reader.stop()


if __name__ == "__main__":
    asyncio.run(read(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
