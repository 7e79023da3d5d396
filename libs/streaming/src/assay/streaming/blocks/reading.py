"""Kafka's record batches as blocks: the records of a fetch are found together, column by column.

The format is magic 2 (https://kafka.apache.org/documentation/#messageformat). Tests hold this to aiokafka's own reader.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
from aiokafka.errors import CorruptRecordException
from numpy.typing import NDArray

from assay.streaming.blocks.block import Block
from assay.streaming.blocks.codecs import opened
from assay.streaming.blocks.layout import Layout, layout, names_of, spans
from assay.streaming.blocks.varint import Column, read_column

__all__ = ["HEADER", "RawBatch", "read_batches"]

HEADER = struct.Struct(">qiibIhiqqqhii")
"""Base offset, length, leader epoch, magic, crc, attributes, last offset delta, first and greatest timestamp, producer
id, producer epoch, base sequence, number of records."""

COMPRESSION = 0x07
LOG_APPEND_TIME = 0x08

MOST_RECORDS = 1_000_000
"""Records of one batch; more fit into none that is not made to fill the memory of who opens it."""

FEW, SHORT = 64, 256
"""Headers, and bytes of a name, that are read together for all records: a column costs more than a name where a record
has half a million of them (12 s in place of 0.7), and nine times the bytes of the names where they are long."""

Octets = NDArray[np.uint8]


class RawBatch(NamedTuple):
    """A record batch as it came, its checksum verified by whoever took it: `data[start:end]`.

    `offset` is that of its last record.
    """

    data: bytes
    start: int
    end: int
    base_offset: int
    offset: int
    attributes: int
    first_ms: int
    greatest_ms: int
    size: int
    """How many records it holds."""

    @classmethod
    def at(cls, data: bytes, start: int, end: int) -> RawBatch:
        """Read the header of the batch that stands there."""
        base, _, _, _, _, attributes, last, first_ms, greatest_ms, _, _, _, size = HEADER.unpack_from(data, start)
        return cls(data, start, end, base, base + last, attributes, first_ms, greatest_ms, size)

    def records(self) -> tuple[bytes, int, int]:
        """Return where its records stand: in what came, or in what that holds.

        Raises:
            ValueError: they are too many, or compressed and can't be opened.
        """
        if self.size > MOST_RECORDS:
            raise ValueError(f"it says that it has {self.size:,} records, more than {MOST_RECORDS:,}")
        if not self.attributes & COMPRESSION:
            return self.data, self.start + HEADER.size, self.end
        data = opened(self.attributes & COMPRESSION, self.data[self.start + HEADER.size : self.end])
        return data, 0, len(data)


def read_batches(topic: str, partition: int, batches: Sequence[RawBatch]) -> Block:
    """Return the records of some batches, one at least, in their order.

    Raises:
        CorruptRecordException: the bytes are not the records that their batch promises.
    """
    try:
        places = [(*batch.records(), batch) for batch in batches]
        together = [list(each) for _, each in groupby(places, key=lambda place: id(place[0]))]
        return Block.joined([_read(topic, partition, each) for each in together])
    except (IndexError, ValueError, OverflowError) as error:
        raise CorruptRecordException(f"a batch of {topic}/{partition} can't be read: {error}") from error


def _read(topic: str, partition: int, places: Sequence[tuple[bytes, int, int, RawBatch]]) -> Block:
    """Return the records of batches that stand in the same bytes."""
    data, batches = places[0][0], [batch for *_, batch in places]
    octets, counts = np.frombuffer(data, np.uint8), [batch.size for batch in batches]
    starts, ends = _bounds(places)
    end = np.array(ends, np.int64)
    delta_ms, at = read_column(octets, np.array(starts, np.int64) + 1)  # past the attributes, of which there are none
    delta, keyed_at = read_column(octets, at)
    key_size, key_at = _sizes(octets, keyed_at)
    value_size, value_at = _sizes(octets, key_at + np.maximum(key_size, 0))
    value_end = value_at + np.maximum(value_size, 0)
    count, headers_at = _sizes(octets, value_end)
    if (count < 0).any() or (headers_at > end).any():
        raise ValueError("a record is longer than it says")
    headers = _slices(data, headers_at, end)
    values: list[bytes | None] = list(_slices(data, value_at, value_end))
    for place in np.flatnonzero(value_size < 0).tolist():
        values[place] = None
    return Block(
        topic,
        partition,
        _offsets(batches, counts, delta),
        _timestamps_ms(batches, counts, delta_ms),
        _slices(data, keyed_at, value_at),
        values,
        _layouts(octets, headers, count, headers_at, end),
        headers,
    )


def _bounds(places: Sequence[tuple[bytes, int, int, RawBatch]]) -> tuple[list[int], list[int]]:
    """Return where each record begins, behind its length, and where it ends."""
    starts: list[int] = []
    ends: list[int] = []
    for data, start, stop, batch in places:
        at = start
        for _ in range(batch.size):
            byte = data[at]
            at += 1
            length, shift = byte & 0x7F, 7
            while byte > 0x7F:  # as varint.read does; a call for each record would double the price of finding it
                byte = data[at]
                at += 1
                length |= (byte & 0x7F) << shift
                shift += 7
            starts.append(at)
            at += length >> 1
            ends.append(at)
        if at != stop:
            raise ValueError(f"its records end {at - stop} bytes after it does")
    return starts, ends


def _sizes(octets: Octets, at: Column) -> tuple[Column, Column]:
    """Return numbers that say how much follows, and the places behind them."""
    found, after = read_column(octets, at)
    if found.size and int(found.max()) > octets.size:
        raise ValueError("a part is longer than its batch")
    return found, after


def _slices(data: bytes, starts: Column, ends: Column) -> list[bytes]:
    return [data[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]


def _offsets(batches: Sequence[RawBatch], counts: Sequence[int], delta: Column) -> list[int]:
    """Return the offsets: those that records say, where they ascend within their batch, else by their place in it.

    Only compaction leaves gaps. What the producer of a batch says of offsets no broker looks at (Kafka 4.4.0), unless the batch
    is compressed: two records might say the same one, or one that is beyond the log.
    """
    ends = np.cumsum(counts, dtype=np.int64)
    place = np.arange(delta.size) - np.repeat(ends - counts, counts)
    if not np.array_equal(delta, place):
        for batch, end in zip(batches, ends.tolist(), strict=True):
            said = delta[end - batch.size : end]
            if batch.size and not (said[0] >= 0 and said[-1] <= batch.offset - batch.base_offset and _ascends(said)):
                delta[end - batch.size : end] = np.arange(batch.size)
    found: list[int] = (delta + np.repeat([batch.base_offset for batch in batches], counts)).tolist()
    return found


def _ascends(numbers: Column) -> bool:
    return bool((numbers[1:] > numbers[:-1]).all())


def _timestamps_ms(batches: Sequence[RawBatch], counts: Sequence[int], delta_ms: Column) -> list[int]:
    """Return the timestamps: the producer's, or the broker's for the whole batch."""
    is_brokers = [bool(batch.attributes & LOG_APPEND_TIME) for batch in batches]
    base = [batch.greatest_ms if is_its else batch.first_ms for batch, is_its in zip(batches, is_brokers, strict=True)]
    if any(is_brokers):
        delta_ms = np.where(np.repeat(is_brokers, counts), 0, delta_ms)
    found: list[int] = (delta_ms + np.repeat(base, counts)).tolist()
    return found


def _layouts(octets: Octets, headers: Sequence[bytes], count: Column, at: Column, end: Column) -> list[Layout]:
    """Return which headers each record has; records of one producer have the same, and are read together."""
    if not count.size:
        return []
    number = int(count[0])
    if number <= FEW and (count == number).all() and (names := _shared(octets, number, at, end)) is not None:
        return [layout(names)] * count.size
    return [layout(names_of(each, spans(each, number))) for each, number in zip(headers, count.tolist(), strict=True)]


def _shared(octets: Octets, number: int, at: Column, end: Column) -> tuple[str, ...] | None:
    """Return the names that all have, None where they differ."""
    names: list[str] = []
    for _ in range(number):
        size, at = _sizes(octets, at)
        length = int(size[0])
        if not 0 <= length <= SHORT or (size != length).any() or int((at + length).max()) > octets.size:
            return None
        name = octets[at[:, None] + np.arange(length)]
        if (name != name[0]).any():
            return None
        names.append(name[0].tobytes().decode(errors="surrogateescape"))
        size, at = _sizes(octets, at + length)
        at = at + np.maximum(size, 0)
    if (at != end).any():
        raise ValueError("headers that end elsewhere than their record")
    return tuple(names)
