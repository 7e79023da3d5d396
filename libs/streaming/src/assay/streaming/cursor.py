"""Reads one partition a piece ahead, from where it is told; several cursors may share one client."""

from __future__ import annotations

from bisect import bisect_left

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import IllegalStateError, NoOffsetForPartitionError
from aiokafka.structs import TopicPartition

from assay.streaming.blocks import Block

__all__ = ["Cursor", "Reader"]


class Reader:
    """A client that reads one partition for cursors in turn."""

    def __init__(self, consumer: AIOKafkaConsumer, key: TopicPartition) -> None:
        self._consumer = consumer
        self._key = key
        self._reading: Cursor | None = None

    async def take(self, cursor: Cursor, offset: int, most: int, wait_s: float) -> tuple[Block | None, int]:
        """Return the records that come next from an offset, and where to go on: past transaction markers.

        Raises:
            KafkaError: they can't be read; the partition went elsewhere, or the offset is not in the log.
        """
        if self._reading is not cursor:
            if self._key not in self._consumer.assignment():  # aiokafka 0.14 asserts
                raise IllegalStateError(f"{self._key} is no longer assigned")
            self._consumer.seek(self._key, offset)
            self._reading = cursor
        try:
            found = await self._consumer.getmany(self._key, timeout_ms=int(wait_s * 1000), max_records=most)
        except NoOffsetForPartitionError:  # noted by the client before the first seek, told after it
            return None, offset
        return found.get(self._key), await self._consumer.position(self._key)

    def forget(self, cursor: Cursor) -> None:
        """Let a cursor say anew where it reads."""
        if self._reading is cursor:
            self._reading = None


class Cursor:
    """A place in one partition, between `start` and `end`. What it read counts for nothing until `advance`."""

    def __init__(self, reader: Reader, start: int, end: int | None = None) -> None:
        self._reader = reader
        self._next = start
        self._end = end
        self._ahead: Block | None = None
        self.position = start
        """All before it is done with."""

    @property
    def is_at_end(self) -> bool:
        """Whether nothing is left before the end; without one there always is."""
        return self._end is not None and self.position >= self._end

    async def ahead(self, most: int, wait_s: float) -> Block | None:
        """Return records that come next, `most` at most; None where none came in time, or none is left.

        Raises:
            KafkaError: as `Reader.take`.
        """
        if self._ahead is None and not self.is_at_end:
            found, self._next = await self._reader.take(self, self._next, most, wait_s)
            self._ahead = self._within(found)
            if self._ahead is None:
                self.position = self._next
        return self._ahead and self._ahead[:most]

    def after(self, offset: int) -> int:
        """Return where to go on once all before this offset is done with: past transaction markers where nothing is left.

        The offset is among what was read, or the one after it.
        """
        return self._next if self._ahead is None or offset > self._ahead.offsets[-1] else offset

    def advance(self, offset: int) -> None:
        """Be done with all before this offset, which is one that `after` takes."""
        self.position = self.after(offset)
        if self._ahead is not None:
            self._ahead = self._ahead[bisect_left(self._ahead.offsets, offset) :] or None

    def jump(self, offset: int) -> None:
        """Be done with all before this offset, which may be far ahead."""
        if self._ahead is not None and offset <= self._ahead.offsets[-1]:
            self.advance(offset)
        elif offset > self._next:
            self._ahead, self._next, self.position = None, offset, offset
            self._reader.forget(self)

    def _within(self, found: Block | None) -> Block | None:
        """Return what stands before the end."""
        if self._end is None or self._next < self._end:
            return found or None
        self._next = self._end
        spot = bisect_left(found.offsets, self._end) if found else 0
        return found[:spot] if found and spot else None
