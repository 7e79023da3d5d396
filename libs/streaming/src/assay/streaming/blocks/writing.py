"""Blocks as Kafka's record batches: what came is copied in whole pieces, and nothing is encoded twice.

Tests hold the bytes to those of aiokafka's own writer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.util import calc_crc32c

from assay.streaming.blocks.block import Block
from assay.streaming.blocks.reading import HEADER
from assay.streaming.blocks.varint import VARINTS, Column

__all__ = ["PackedBatch", "pack"]

MAGIC = 2
TRANSACTIONAL = 0x10
NO_ATTRIBUTES = b"\0"
NO_LEADER_EPOCH = -1
LENGTH_COVERS = 12
"""The length of a batch does not count its base offset and itself."""

CRC = slice(17, 21)
CHECKED = slice(21, None)
BESIDES = 10
"""Bytes of a record beside key, value and headers, as most have."""


class PackedBatch(BatchBuilder):  # type: ignore[misc]  # aiokafka carries no types
    """A record batch that lacks nothing but its header; aiokafka sends it as one that it made.

    `encoded` has room for the header, then the records.
    """

    def __init__(self, encoded: bytearray, timestamps_ms: Sequence[int], *, is_transactional: bool) -> None:
        self._encoded = encoded
        self._count = len(timestamps_ms)
        self._times = (timestamps_ms[0], max(timestamps_ms))
        self._attributes = TRANSACTIONAL if is_transactional else 0
        self._state = (-1, -1, 0)
        self._is_complete = False

    def append(self, **_: object) -> None:
        """Take no record: None is what a full batch answers."""

    def close(self) -> None:
        """Stay closed."""

    def closed(self) -> bool:
        return True

    def record_count(self) -> int:
        return self._count

    def size(self) -> int:
        return len(self._encoded)

    def _set_producer_state(self, producer_id: int, producer_epoch: int, base_sequence: int) -> None:
        self._state = (producer_id, producer_epoch, base_sequence)

    def _build(self) -> bytearray:
        """Return its bytes, the same for every try."""
        if not self._is_complete:
            self._head()
            self._is_complete = True
        return self._encoded

    def _head(self) -> None:
        length = self.size() - LENGTH_COVERS
        known = (0, length, NO_LEADER_EPOCH, MAGIC, 0, self._attributes, self._count - 1, *self._times, *self._state)
        HEADER.pack_into(self._encoded, 0, *known, self._count)
        self._encoded[CRC] = calc_crc32c(memoryview(self._encoded)[CHECKED]).to_bytes(4, "big")


def pack(block: Block, limit_bytes: int, *, is_transactional: bool) -> Iterator[PackedBatch]:
    """Give the records in batches of about `limit_bytes`; one that is larger stands alone: the broker judges it."""
    values = [value or b"" for value in block.values]  # of one that is null its length has told
    sizes = _lengths(block.keyed) + _lengths(values) + _lengths(block.headers)
    ends = np.cumsum(sizes + BESIDES)
    start = 0
    while start < len(block):
        before = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + limit_bytes - HEADER.size, side="right")))
        part = block[start:stop]
        encoded = _records(part, values[start:stop], sizes[start:stop])
        yield PackedBatch(encoded, part.timestamps_ms, is_transactional=is_transactional)
        start = stop


def _records(block: Block, values: Sequence[bytes], sizes: Column) -> bytearray:
    """Return the records as they stand in a batch, each behind its length, after room for the header of the batch.

    `sizes` are of key, value and headers.
    """
    varint, times_ms = VARINTS.__getitem__, np.array(block.timestamps_ms, np.int64)
    since_first_ms = times_ms - times_ms[0]  # beyond 64 bits it goes round, and back when it is read
    count_of = {layout: VARINTS[len(layout.names)] for layout in {*block.layouts}}
    times = list(map(varint, since_first_ms.tolist()))
    places = list(map(varint, range(len(block))))
    counts = list(map(count_of.__getitem__, block.layouts))
    sizes = sizes + _lengths(times) + _lengths(places) + _lengths(counts) + len(NO_ATTRIBUTES)
    leads, attributes = map(varint, sizes.tolist()), [NO_ATTRIBUTES] * len(block)
    parts = zip(leads, attributes, times, places, block.keyed, values, counts, block.headers, strict=True)
    return bytearray().join(chain([bytes(HEADER.size)], chain.from_iterable(parts)))


def _lengths(column: Sequence[bytes]) -> Column:
    return np.fromiter(map(len, column), np.int64, len(column))
