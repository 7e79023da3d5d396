"""Writes records in batches and answers with where each one stands."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import InvalidTimestampError, KafkaError, MessageSizeTooLargeError, RecordListTooLargeError
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import RecordMetadata

from assay.streaming import kafka
from assay.streaming.errors import BrokerError, RefusedRecordError
from assay.streaming.headers import Source
from assay.streaming.record import Outgoing, Partition

__all__ = ["REFUSALS", "Publisher", "all_taken", "partition_of_key", "send"]

RETIRE_S = 3.0
REFUSALS = (MessageSizeTooLargeError, RecordListTooLargeError, InvalidTimestampError)
"""A record is refused for what it is; trying again would help nobody."""


class Publisher:
    """An idempotent producer, open for the block.

    Records of one call and one partition are written in the order given. After a failure the producer is replaced: the
    broker counts the records of each, and would take none after one that was refused.

    Raises:
        BrokerUnreachableError: on entering, when no broker answers.
    """

    def __init__(self, broker: str) -> None:
        self._broker = broker
        self._producer: AIOKafkaProducer | None = None
        self._replacing = asyncio.Lock()

    async def __aenter__(self) -> Self:
        await self._current()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._producer is not None:
            await kafka.stopped(self._producer)

    async def publish(self, outgoing: Sequence[Outgoing]) -> list[Source]:
        """Write the records and return where each stands, in their order, once every replica in sync has them.

        Raises:
            BrokerError: it is not known that all were written; writing them again may repeat some.
            RefusedRecordError: the broker refuses one for its size or timestamp; others may be written.
        """
        producer = await self._current()
        try:
            return await send(producer, outgoing)
        except (BrokerError, RefusedRecordError):
            await self._retire(producer)
            raise

    async def _current(self) -> AIOKafkaProducer:
        async with self._replacing:
            if self._producer is None:
                producer = kafka.producer(self._broker)
                await kafka.started(producer, self._broker)
                self._producer = producer
            return self._producer

    async def _retire(self, producer: AIOKafkaProducer) -> None:
        if self._producer is producer:
            self._producer = None
            await kafka.stopped(producer, RETIRE_S)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Records of one partition that travel together, by their place among the outgoing ones."""

    partition: Partition
    builder: BatchBuilder
    places: list[int]


async def send(producer: AIOKafkaProducer, outgoing: Sequence[Outgoing]) -> list[Source]:
    """Write records through a started producer, in batches by partition; promises as `Publisher.publish` does."""
    sources: dict[int, Source] = {}
    try:
        sent = [
            (
                batch,
                await producer.send_batch(batch.builder, batch.partition.topic, partition=batch.partition.partition),
            )
            for batch in _batches(producer, outgoing, await _by_partition(producer, outgoing))
        ]
        for batch, metadata in zip(
            [batch for batch, _ in sent], await all_taken([future for _, future in sent]), strict=True
        ):
            for index, place in enumerate(batch.places):
                sources[place] = Source(*batch.partition, metadata.offset + index)
    except REFUSALS as error:
        raise RefusedRecordError(f"the broker refuses a record: {error}") from error
    except KafkaError as error:
        raise BrokerError(f"the broker did not take the records: {error!r}") from error
    return [sources[place] for place in range(len(outgoing))]


@lru_cache(maxsize=100_000)
def partition_of_key(key: bytes, partitions: int) -> int:
    """Return the partition of a key as Kafka's Java clients choose it (murmur2 of the key, positive, modulo)."""
    return int(murmur2(key) & 0x7FFFFFFF) % partitions


async def _by_partition(producer: AIOKafkaProducer, outgoing: Sequence[Outgoing]) -> dict[Partition, list[int]]:
    """Return the places of the records by the partition they go to; those without a key share one of this call."""
    counts = {topic: len(await producer.partitions_for(topic)) for topic in {record.topic for record in outgoing}}
    dice = random.random()  # noqa: S311 -- spreads load, guards nothing
    places: dict[Partition, list[int]] = {}
    for place, record in enumerate(outgoing):
        count = counts[record.topic]
        number = record.partition
        if number is None:
            number = int(dice * count) if record.key is None else partition_of_key(record.key, count)
        places.setdefault(Partition(record.topic, number), []).append(place)
    return places


def _batches(
    producer: AIOKafkaProducer, outgoing: Sequence[Outgoing], by_partition: dict[Partition, list[int]]
) -> Iterator[_Batch]:
    for partition, places in by_partition.items():
        batch = _Batch(partition, producer.create_batch(), [])
        for place in places:
            if not _append(batch.builder, outgoing[place]):
                yield _closed(batch)
                batch = _Batch(partition, producer.create_batch(), [])
                _append(batch.builder, outgoing[place])
            batch.places.append(place)
        yield _closed(batch)


def _append(builder: BatchBuilder, record: Outgoing) -> bool:
    """Add a record; say whether it fits. The first of a batch always does: the broker judges its size."""
    taken = builder.append(
        timestamp=record.timestamp_ms, key=record.key, value=record.value, headers=list(record.headers)
    )
    return taken is not None


def _closed(batch: _Batch) -> _Batch:
    batch.builder.close()
    return batch


async def all_taken(futures: list[asyncio.Future[RecordMetadata]]) -> list[RecordMetadata]:
    """Wait for every future, then return the results or raise the first failure: none is left unheard."""
    if futures:
        await asyncio.wait(futures)
    failed = [error for future in futures if (error := future.exception())]
    if failed:
        raise failed[0]
    return [future.result() for future in futures]
