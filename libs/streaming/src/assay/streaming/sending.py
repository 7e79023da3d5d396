"""Writes what a step made of a chunk, inside its transaction: the writing side of a lane."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from itertools import groupby
from time import time

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.structs import RecordMetadata

from assay.streaming import kafka
from assay.streaming.blocks import Block, Onward, PackedBatch, pack
from assay.streaming.errors import BrokerError, RefusedRecordError
from assay.streaming.publisher import REFUSALS, all_taken, partition_of_key
from assay.streaming.record import Outgoing, Partition, Record

__all__ = ["write"]


async def write(
    producer: AIOKafkaProducer, outgoing: Sequence[Outgoing | Onward], meanwhile: Callable[[], Awaitable[None]]
) -> None:
    """Write records through a started producer, those of one partition in order.

    `meanwhile` is done while the broker takes the last of them; afterwards every record is written, or this raises.

    Raises:
        BrokerError: it is not known that all were written.
        RefusedRecordError: the broker refuses one for its size or timestamp.
    """
    try:
        sent = [
            await producer.send_batch(batch, partition.topic, partition=partition.partition)
            for batch, partition in _batches(
                outgoing, await _counts(producer, outgoing), kafka.is_transactional(producer)
            )
        ]
        await _taken(sent, meanwhile)
    except REFUSALS as error:
        raise RefusedRecordError(f"the broker refuses a record: {error}") from error
    except KafkaError as error:
        raise BrokerError(f"the broker did not take the records: {error!r}") from error


async def _taken(sent: list[asyncio.Future[RecordMetadata]], meanwhile: Callable[[], Awaitable[None]]) -> None:
    """Wait until the broker has taken all that was sent, doing something else meanwhile; a failure of either ends both.

    After a refused batch aiokafka sends no offsets any more and tells nobody who waits for them.
    """

    async def other() -> None:
        await meanwhile()

    for one in sent:
        one.add_done_callback(_hear)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(other())
            await all_taken(sent)
    except BaseExceptionGroup as failed:
        raise next(
            (error for error in failed.exceptions if isinstance(error, REFUSALS)), failed.exceptions[0]
        ) from None


def _hear(sent: asyncio.Future[RecordMetadata]) -> None:
    """Take note of a failure that nobody may be left to wait for."""
    if not sent.cancelled():
        sent.exception()


async def _counts(producer: AIOKafkaProducer, outgoing: Sequence[Outgoing | Onward]) -> dict[str, int]:
    """Return how many partitions the topics have of records that name none."""
    topics = {each.topic for each in outgoing if each.partition is None}
    return {topic: len(await producer.partitions_for(topic)) for topic in topics}


def _batches(
    outgoing: Sequence[Outgoing | Onward], counts: Mapping[str, int], is_transactional: bool
) -> Iterator[tuple[PackedBatch, Partition]]:
    """Give what goes to each partition in as few batches as it fits in."""
    places: dict[Partition, list[Outgoing | Onward]] = defaultdict(list)
    for each in outgoing:
        number = partition_of_key(each.key or b"", counts[each.topic]) if each.partition is None else each.partition
        places[Partition(each.topic, number)].append(each)
    for place, found in places.items():
        block = Block.joined([*_blocks(found, place)])
        for batch in pack(block, kafka.BATCH_BYTES, is_transactional=is_transactional):
            yield batch, place


def _blocks(found: Sequence[Outgoing | Onward], place: Partition) -> Iterator[Block]:
    """Give what goes to one partition, in order."""
    now_ms = int(time() * 1000)
    for kind, run in groupby(found, type):
        if kind is Onward:
            yield from (each.block for each in run if isinstance(each, Onward))
        else:
            yield Block.of([_record(each, place, now_ms) for each in run if isinstance(each, Outgoing)])


def _record(outgoing: Outgoing, place: Partition, now_ms: int) -> Record:
    """Return a record as it will stand there; its offset is the broker's to say."""
    timestamp_ms = now_ms if outgoing.timestamp_ms is None else outgoing.timestamp_ms
    return Record(*place, 0, timestamp_ms, outgoing.key, outgoing.value, outgoing.headers)
