"""How fetched bytes become records: straight as ours, and never stopped by the name of a header.

A consumer gives `Record`s (`as_records`), or `Block`s of them where that is all it is asked for (`as_blocks`).

aiokafka 0.14 reads header names as UTF-8 and fails on others, in the same place for ever: one such record on a raw topic
would stop its partition. Here our own reader takes the batch that holds it, with PEP 383 in place of the error. Held by
tests/conformance/streaming/test_clients.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatch, _DefaultRecordPy
from aiokafka.record.memory_records import _MemoryRecordsPy
from aiokafka.structs import TopicPartition

from assay.streaming.blocks import Block, RawBatch, pack, read_batches
from assay.streaming.record import Record

__all__ = ["as_blocks", "as_records", "install"]

NO_TIME_MS = -1
"""What Kafka says where a record has no timestamp."""


def as_records(key: bytes | None) -> bytes | None:
    """Leave a key as it is; a consumer with this for its key's deserializer returns `Record`s."""
    return key


def as_blocks(key: bytes | None) -> bytes | None:
    """Leave a key as it is; of a consumer with this `getmany` returns a `Block` for each partition."""
    return key


def install() -> None:
    """Let every consumer of this process read so; those of others get aiokafka's own records, as ever."""
    fetcher.MemoryRecords = _Batches
    fetcher.PartitionRecords = _PartitionRecords
    fetcher.FetchResult = _FetchResult


class _Batches:
    """The batches of one partition in an answer."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._batches = _MemoryRecordsPy(answer)
        self._end = 0
        self.of: TopicPartition | None = None
        """Whose records they are, where they are wanted as ours."""
        self.as_blocks = False
        self.has_next = self._batches.has_next
        self.size_in_bytes = self._batches.size_in_bytes

    def next_batch(self) -> object:
        """Return the next batch."""
        start, self._end = self._end, self._end + len(self._batches._next_slice or ())  # noqa: SLF001 -- where it stands
        batch = self._batches.next_batch()
        if not isinstance(batch, DefaultRecordBatch):
            return None if batch is None else _OldBatch(batch, self.of, as_blocks=self.as_blocks)
        return _Batch(batch, (self._answer, start, self._end), self.of, as_blocks=self.as_blocks)


class _Batch:
    """A batch in aiokafka's fast reader; in ours where a header's name is not UTF-8, or blocks are wanted."""

    def __init__(
        self, batch: Any, place: tuple[bytes, int, int], of: TopicPartition | None, *, as_blocks: bool
    ) -> None:
        self._batch = batch
        self._of = of
        self._place = place
        self._as_blocks = as_blocks
        self.validate_crc = batch.validate_crc
        self.base_offset = batch.base_offset
        self.next_offset = batch.next_offset
        self.producer_id = batch.producer_id
        self.is_transactional = batch.is_transactional
        self.is_control_batch = batch.is_control_batch

    def __next__(self) -> object:
        return next(self._batch)

    def __iter__(self) -> Iterator[object]:
        if self._as_blocks:
            return iter([RawBatch.at(*self._place)])
        try:
            found = list(self._batch)
        except UnicodeDecodeError:
            return iter(self._read())
        if self._of is None:
            return iter(found)
        (topic, partition), new = self._of, tuple.__new__
        return iter(
            [
                new(Record, (topic, partition, one.offset, one.timestamp, one.key, one.value, tuple(one.headers)))
                for one in found
            ]
        )

    def _read(self) -> list[Any]:
        """Return its records as our reader finds them."""
        topic, partition = self._of or ("", 0)
        block = read_batches(topic, partition, [RawBatch.at(*self._place)])
        if self._of:
            return list(block)
        kind = self._batch.timestamp_type
        return [_DefaultRecordPy(one.offset, one.timestamp_ms, kind, one.key, one.value, one.headers) for one in block]


class _OldBatch:
    """A batch of a format before headers, which a topic may hold that is older than Kafka 0.11; it needs not be fast."""

    def __init__(self, batch: Any, of: TopicPartition | None, *, as_blocks: bool) -> None:
        self._batch = batch
        self._of = of
        self._as_blocks = as_blocks
        self.validate_crc = batch.validate_crc
        self.next_offset = batch.next_offset
        self.producer_id = batch.producer_id
        self.is_transactional = batch.is_transactional
        self.is_control_batch = batch.is_control_batch

    def __iter__(self) -> Iterator[object]:
        if self._of is None:
            return iter(self._batch)
        topic, partition = self._of
        records = (
            Record(
                topic, partition, one.offset, NO_TIME_MS if one.timestamp is None else one.timestamp, one.key, one.value
            )
            for one in self._batch
        )
        return map(_alone, records) if self._as_blocks else records


class _PartitionRecords(fetcher.PartitionRecords):  # type: ignore[misc]  # aiokafka carries no types
    """The records of one partition in an answer; those of a transaction that was aborted are left out."""

    _records_iterator: Iterator[Any]
    next_fetch_offset: int

    def __init__(
        self, tp: TopicPartition, records: _Batches, aborted: object, fetch_offset: int, key: object, *more: Any
    ) -> None:
        super().__init__(tp, records, aborted, fetch_offset, key, *more)
        self._of = tp
        self.gives_blocks = records.as_blocks = key is as_blocks
        self._from = self._read_to = fetch_offset
        self._left: Block | None = None
        if key is as_records or key is as_blocks:
            records.of = tp
            self._consumer_record = _as_it_is

    def __iter__(self) -> Iterator[object]:
        records: Iterator[object] = self._records_iterator  # a call less for each record than to go through __next__
        return records

    def take(self, limit: int | None) -> tuple[Block | None, bool]:
        """Return as many records as there are, `limit` at most, and whether there are no more.

        `next_fetch_offset` is then the offset after the last one, past transaction markers where nothing is left.

        Raises:
            CorruptRecordException: one can't be read; none is taken, and the next fetch begins with them.
        """
        left, self._left = self._left, None
        begin = self.next_fetch_offset
        self.next_fetch_offset = self._read_to
        try:
            batches, is_over = self._batches(None if limit is None else limit - len(left or ()))
            found = self._joined(left, batches)
        except CorruptRecordException:
            self.next_fetch_offset = self._read_to = begin
            self._records_iterator = iter(())
            raise
        self._read_to = self.next_fetch_offset
        if found and limit is not None and len(found) > limit:
            found, self._left = found[:limit], found[limit:]
            self.next_fetch_offset = self._left.offsets[0]
        return found, is_over and not self._left

    def _batches(self, wanted: int | None) -> tuple[list[RawBatch], bool]:
        """Return batches that hold so many records at least, and whether there are no more."""
        batches: list[RawBatch] = []
        count = 0
        while wanted is None or count < wanted:
            batch = next(self._records_iterator, None)
            if batch is None:
                return batches, True
            batches.append(batch)
            count += batch.size
        return batches, False

    def _joined(self, left: Block | None, batches: list[RawBatch]) -> Block | None:
        if not batches:
            return left
        read = read_batches(self._of.topic, self._of.partition, batches)
        if read.offsets and read.offsets[0] < self._from:  # a fetch answers with whole batches
            read = read[sum(offset < self._from for offset in read.offsets) :]
        return Block.joined([left, read]) if left else read


class _FetchResult(fetcher.FetchResult):  # type: ignore[misc]  # aiokafka carries no types
    """What is left of an answer, given out as blocks where they are wanted."""

    _partition_records: _PartitionRecords | None

    def getall(self, max_records: int | None = None) -> Any:
        records = self._partition_records
        if records is None or not records.gives_blocks:
            return super().getall(max_records)
        if not self.check_assignment(self._topic_partition):
            return []
        found, is_over = records.take(max_records)
        self._update_position()
        if is_over:
            self._partition_records = None
        return found or []


def _alone(record: Record) -> RawBatch:
    """Return a batch of one record, where it stands."""
    (packed,) = pack(Block.of([record]), 0, is_transactional=False)
    data = bytes(packed._build())  # noqa: SLF001 -- aiokafka's name for it
    return RawBatch.at(data, 0, len(data))._replace(base_offset=record.offset, offset=record.offset)


def _as_it_is(_tp: TopicPartition, record: object) -> object:
    return record
