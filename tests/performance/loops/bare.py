"""The bare client: takes records, writes them on in batches, commits; at least once, and no question asked."""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections.abc import Iterator, Sequence
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import ConsumerRecord

__all__ = ["BATCH_BYTES", "CHUNK_RECORDS", "FETCH_BYTES", "FETCH_WAIT_MS"]

# As ours are (a test holds them so), without ours being imported: they change the client for the whole process.
CHUNK_RECORDS = 4_000
BATCH_BYTES = 512 * 1024
FETCH_BYTES = 4 * 1024 * 1024
FETCH_WAIT_MS = 25

CONTRACT = b"bench@1.0.0"


async def forward(broker: str, source: str, target: str, group: str, *, with_headers: bool) -> None:
    """Forward until terminated; a round takes as many records of each partition as ours does."""
    writer = AIOKafkaProducer(bootstrap_servers=broker, acks="all", linger_ms=0, max_batch_size=BATCH_BYTES)
    reader = AIOKafkaConsumer(
        source,
        bootstrap_servers=broker,
        group_id=group,
        enable_auto_commit=False,
        isolation_level="read_committed",
        max_partition_fetch_bytes=FETCH_BYTES,
        fetch_max_wait_ms=FETCH_WAIT_MS,
    )
    await writer.start()
    await reader.start()
    try:
        while True:
            await turn(reader, writer, target, with_headers)
    finally:
        await reader.stop()
        await writer.stop()


async def turn(reader: AIOKafkaConsumer, writer: AIOKafkaProducer, target: str, with_headers: bool) -> None:
    """Take what is there, write it to the same partition numbers, wait for it, commit."""
    limit = CHUNK_RECORDS * max(1, len(reader.assignment()))
    found = await reader.getmany(timeout_ms=500, max_records=limit)
    sent = [
        await writer.send_batch(batch, target, partition=partition.partition)
        for partition, records in found.items()
        for batch in batches(writer, records, with_headers)
    ]
    for future in sent:
        await future
    if found:
        await reader.commit({partition: records[-1].offset + 1 for partition, records in found.items()})


def batches(writer: AIOKafkaProducer, records: Sequence[ConsumerRecord], with_headers: bool) -> Iterator[BatchBuilder]:
    """Give full batches, and the last one as it is."""
    batch = writer.create_batch()
    for record in records:
        headers = ours(record) if with_headers else []
        while batch.append(timestamp=record.timestamp, key=record.key, value=record.value, headers=headers) is None:
            yield batch
            batch = writer.create_batch()
    yield batch


def ours(record: ConsumerRecord) -> list[tuple[str, bytes]]:
    """Return the headers that Assay would write."""
    source = f"{record.topic}/{record.partition}/{record.offset}".encode()
    return [*record.headers, ("assay-contract", CONTRACT), ("assay-source", source)]


async def until_terminated(broker: str, source: str, target: str, group: str, *, with_headers: bool) -> None:
    """Forward until SIGTERM, then leave the group."""
    async with asyncio.TaskGroup() as tasks:
        forwarding = tasks.create_task(forward(broker, source, target, group, with_headers=with_headers))
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, forwarding.cancel)


def main() -> None:
    """Read the command line and forward."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("broker", "source", "target", "group"):
        parser.add_argument(name)
    parser.add_argument("--headers", action="store_true")
    told = parser.parse_args()
    with suppress(asyncio.CancelledError):
        asyncio.run(until_terminated(told.broker, told.source, told.target, told.group, with_headers=told.headers))


if __name__ == "__main__":
    main()
