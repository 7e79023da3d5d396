"""What validated and dead letters say of one raw partition: how far it is settled, and which event ids went by."""

from __future__ import annotations

from contextlib import aclosing
from typing import NamedTuple

from assay.contracts import Contract, Reason
from assay.streaming import HeaderError, Partition, Record, Source, headers, scan, scan_back
from assay.validation.dedup import MAX_IDS, Window

__all__ = ["event_id_of", "next_raw_offset", "seeded"]


LOOKED_AT = 2 * MAX_IDS
"""Offsets of each topic that a window is seeded from: more ids than it remembers, whatever markers are between."""


class _Seen(NamedTuple):
    """A raw record that was settled, in the order of its log."""

    offset: int
    event_id: bytes
    arrived_ms: int


def event_id_of(record: Record) -> bytes | None:
    """Return the event id of a record, None where it has none; of several the last, as everywhere."""
    for name, value in reversed(record.headers):
        if name == headers.EVENT_ID:
            return value
    return None


async def seeded(broker: str, contract: Contract, partition: Partition, since_ms: int) -> Window:
    """Return the window of a raw partition as its settled records fill it; the next record arrives at `since_ms`.

    Only the end of the topics is read, from the window's length before that, and no more than a window remembers.

    Raises:
        BrokerError: the broker does not give them.
    """
    window_ms = (contract.dedup_s or 0) * 1000
    topics = [contract.topics.validated, contract.topics.dead_letters]
    seen: list[_Seen] = []
    begin_ms = _time(since_ms - window_ms)
    async for records in scan(broker, topics, partition=partition.partition, since_ms=begin_ms, last=LOOKED_AT):
        seen += [one for record in records if (one := _seen(record, partition))]
        if len(seen) > LOOKED_AT:
            seen = sorted(seen)[-MAX_IDS:]
    window = Window(window_ms)
    for one in sorted(seen):
        window.repeats(one.event_id, one.arrived_ms)
    return window


async def next_raw_offset(broker: str, contract: Contract, partition: Partition, since_ms: int | None) -> int | None:
    """Return the offset after the last raw record of this partition that is settled, None where none is.

    For a group that was away for longer than the broker keeps its position. The topics are read from their end
    backwards, as far as it takes: with `since_ms`, the arrival of the first raw record, to where that would stand.

    Raises:
        BrokerError: the broker does not give them.
    """
    found = [
        offset
        for topic in (contract.topics.validated, contract.topics.dead_letters)
        if (offset := await _last(broker, topic, partition, since_ms)) is not None
    ]
    return max(found) + 1 if found else None


async def _last(broker: str, topic: str, partition: Partition, since_ms: int | None) -> int | None:
    """Return the highest raw offset of this partition in a topic."""
    async with aclosing(scan_back(broker, Partition(topic, partition.partition), since_ms=_time(since_ms))) as blocks:
        async for records in blocks:
            offsets = [source.offset for record in records if (source := _source(record, partition))]
            if offsets:
                return max(offsets)  # their order is kept, so no block before holds a higher one
    return None


def _time(since_ms: int | None) -> int | None:
    """Return a time that the broker can look for: one before 1970 has a meaning of its own there."""
    return since_ms if since_ms is not None and since_ms > 0 else None


def _seen(record: Record, partition: Partition) -> _Seen | None:
    """Read a settled record; one that was refused as a repeat is no first of its id."""
    event_id = event_id_of(record)
    if event_id is None or record.header(headers.REASON) == Reason.DUPLICATE:
        return None
    source = _source(record, partition)
    return _Seen(source.offset, event_id, record.timestamp_ms) if source else None


def _source(record: Record, partition: Partition) -> Source | None:
    """Return where a settled record came from, None where that is not this partition or can't be read."""
    try:
        source = Source.parse(record.header(headers.SOURCE) or "")
    except HeaderError:
        return None
    return source if Partition(source.topic, source.partition) == partition else None
