"""What of a dead-letter partition is settled: from the store as far as it knows, the rest from the topic itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from assay.contracts import Topics
from assay.recovery.book import Book
from assay.recovery.letter import found
from assay.recovery.line import Line
from assay.recovery.offsets import OffsetSet
from assay.runtime import TransientError
from assay.streaming import HeaderError, Partition, Source, scan
from assay.telemetry import get_logger

__all__ = ["learn", "meet"]

TOGETHER = 100  # dead letters between two turns of the loop: to read the headers of one takes some 10 µs
MARGIN_MS = 60_000
"""Clocks of those who write may differ by so much."""


async def learn(
    broker: str,
    book: Book,
    topics: Topics,
    partition: int,
    is_settled: OffsetSet,
    known: int,
    tell: Callable[[], None],
) -> int:
    """Add all that is settled, to the end of the topic; `known` is up to where it is known already, as is what returns.

    To be asked once the partition is fenced: only then the end is final. `tell` is called as it goes on.

    Raises:
        BrokerError: the broker does not give the settlements.
    """
    try:
        stored, blocks = await book.settled(topics.dead_letters, partition)
    except TransientError as error:
        get_logger().warning("settled.unheard", topic=topics.settled, partition=partition, error=str(error))
        stored, blocks = None, {}
    if stored is not None and stored > known:
        is_settled.merge(blocks)
        known = stored
    async for records in scan(broker, [topics.settled], partition=partition, begin=known):
        tell()
        for record in records:
            _note(record.key, Partition(topics.dead_letters, partition), is_settled)
            known = max(known, record.offset + 1)
    return known


async def meet(
    broker: str, partition: Partition, line: Line, is_settled: OffsetSet, end: int, tell: Callable[[], None]
) -> None:
    """Let the line of an ordered contract know the open dead letters before `end` that others may wait for.

    `tell` is called as it goes on.

    Raises:
        BrokerError: the broker does not give them.
    """
    async for records in scan(
        broker, [partition.topic], partition=partition.partition, since_ms=line.since_ms - MARGIN_MS
    ):
        tell()
        for number, record in enumerate(records, 1):
            if number % TOGETHER == 0:
                await asyncio.sleep(0)
            if record.offset < end and record.offset not in is_settled and (letter := found(record)):
                line.meets(letter)


def _note(key: bytes | None, partition: Partition, is_settled: OffsetSet) -> None:
    try:
        place = Source.parse((key or b"").decode(errors="replace"))
    except HeaderError:  # written by nobody of ours
        return
    if Partition(place.topic, place.partition) == partition:
        is_settled.add(place.offset)
