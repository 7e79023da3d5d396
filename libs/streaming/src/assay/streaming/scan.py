"""Reads topics from their first record to their end, beside every group."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Iterator, Mapping
from contextlib import contextmanager
from time import monotonic

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import CorruptRecordException, KafkaError, OffsetOutOfRangeError
from aiokafka.structs import TopicPartition

from assay.streaming import kafka
from assay.streaming.errors import BrokerError, TopicError
from assay.streaming.record import Partition, Record

__all__ = ["between", "partitions_of", "scan", "scan_back", "starts_of"]

CHUNK = 5_000
MOST = 40_000
"""Offsets looked at together on the way back: a record may have a megabyte."""
WAIT_MS = 200
SILENCE_S = 60.0


async def scan(
    broker: str,
    topics: Collection[str],
    *,
    partition: int | None = None,
    since_ms: int | None = None,
    last: int | None = None,
    begin: int | None = None,
) -> AsyncGenerator[list[Record]]:
    """Yield every committed record up to the end as it is at the call, chunk by chunk, in order by partition.

    Joins no group and commits nothing. With `partition`, only that one of each topic. With `since_ms`, from the first
    record on that is not older; with `last`, no more than so many offsets of each partition; with `begin`, from that
    offset of each, where the log has it.

    Raises:
        BrokerUnreachableError: no broker answers.
        BrokerError: the broker does not give them.
        TopicError: a topic isn't there.
    """
    there = await partitions_of(broker, topics)
    partitions = [each for each in there if partition in (None, each.partition)]
    reader = kafka.consumer(broker)
    await kafka.started(reader, broker)
    try:
        with _reading(broker):
            ends = await reader.end_offsets(partitions)
            reader.assign(partitions)
            starts = await starts_of(reader, ends, since_ms)
            if begin is not None:
                starts = {each: begin if start <= begin <= ends[each] else start for each, start in starts.items()}
            if last is not None:
                starts = {each: max(start, ends[each] - last) for each, start in starts.items()}
            async for records in between(reader, {each: (starts[each], end) for each, end in ends.items()}):
                yield records
    finally:
        await kafka.stopped(reader)


async def scan_back(broker: str, partition: Partition, *, since_ms: int | None = None) -> AsyncGenerator[list[Record]]:
    """Yield the committed records of one partition from the end backwards, in blocks, each in order.

    With `since_ms`, the first that is not older is the last that is looked at.

    Raises:
        BrokerUnreachableError: no broker answers.
        BrokerError: the broker does not give them.
    """
    each, size = TopicPartition(*partition), CHUNK
    reader = kafka.consumer(broker)
    await kafka.started(reader, broker)
    try:
        with _reading(broker):
            reader.assign([each])
            ends = await reader.end_offsets([each])
            begin, end = (await starts_of(reader, ends, since_ms))[each], ends[each]
            while end > begin:
                start = max(begin, end - size)
                yield [record async for records in between(reader, {each: (start, end)}) for record in records]
                end, size = start, MOST
    finally:
        await kafka.stopped(reader)


async def between(
    reader: AIOKafkaConsumer, spans: Mapping[TopicPartition, tuple[int, int]]
) -> AsyncGenerator[list[Record]]:
    """Yield what stands between two offsets of each partition."""
    for each, (start, _) in spans.items():
        reader.seek(each, start)
    heard_s = monotonic()
    while left := [each for each, (_, end) in spans.items() if await reader.position(each) < end]:
        found = await reader.getmany(*left, timeout_ms=WAIT_MS, max_records=CHUNK)
        if monotonic() - heard_s > SILENCE_S:
            raise BrokerError(f"the broker gives no records of {', '.join(map(str, left))}")
        heard_s = monotonic() if found else heard_s
        for each, records in found.items():
            yield [record for record in records if record.offset < spans[each][1]]


async def starts_of(
    reader: AIOKafkaConsumer, ends: Mapping[TopicPartition, int], since_ms: int | None
) -> dict[TopicPartition, int]:
    """Return where each partition begins: the log, or what is not older; its end where all is."""
    starts: dict[TopicPartition, int] = await reader.beginning_offsets(list(ends))
    if since_ms is None:
        return starts
    found = await reader.offsets_for_times(dict.fromkeys(ends, since_ms))
    return {each: ends[each] if (at := found.get(each)) is None else at.offset for each in starts}


async def partitions_of(broker: str, topics: Collection[str]) -> list[TopicPartition]:
    """Return the partitions of topics.

    Raises:
        BrokerUnreachableError: no broker answers.
        TopicError: a topic isn't there.
    """
    async with kafka.admin(broker) as admin:
        missing = sorted(set(topics) - set(await admin.list_topics()))  # to ask for one by name may make it
        if missing:
            raise TopicError([f"topic {topic} isn't there; `assay contract apply` creates it" for topic in missing])
        found = await admin.describe_topics(list(topics))
    return [TopicPartition(topic["topic"], entry["partition"]) for topic in found for entry in topic["partitions"]]


@contextmanager
def _reading(broker: str) -> Iterator[None]:
    """Say of what goes wrong that the broker does not give it; what the log has not, or can't be read, stays what it is."""
    try:
        yield
    except (CorruptRecordException, OffsetOutOfRangeError):
        raise
    except KafkaError as error:
        raise BrokerError(f"the broker at {broker} does not give its records: {error!r}") from error
