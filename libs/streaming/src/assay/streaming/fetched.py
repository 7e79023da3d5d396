"""How fetched bytes become records: straight as ours, and never stopped by the name of a header.

aiokafka 0.14 reads header names as UTF-8 and fails on others, in the same place for ever: one such record on a raw topic
would stop its partition. Here the batch that holds it is read again by aiokafka's own slow reader, with PEP 383 in place
of the error. Held by tests/conformance/streaming/test_clients.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, SupportsIndex

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatch, _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy
from aiokafka.structs import TopicPartition

from assay.streaming.record import Headers, Record, UnreadableHeaders

__all__ = ["as_records", "install"]


def as_records(key: bytes | None) -> bytes | None:
    """Leave a key as it is; a consumer with this for its key's deserializer returns `Record`s."""
    return key


def install() -> None:
    """Let every consumer of this process read so; those of others get aiokafka's own records, as ever."""
    fetcher.MemoryRecords = _Batches
    fetcher.PartitionRecords = _PartitionRecords


class _Batches:
    """The batches of one partition in an answer."""

    def __init__(self, answer: bytes) -> None:
        self._batches = _MemoryRecordsPy(answer)
        self.of: TopicPartition | None = None
        """Whose records they are, where they are wanted as ours."""
        self.has_next = self._batches.has_next
        self.size_in_bytes = self._batches.size_in_bytes

    def next_batch(self) -> object:
        """Return the next batch; of old formats, which have no headers, as it is."""
        encoded = self._batches._next_slice  # noqa: SLF001 -- what was read is needed again where reading fails
        batch = self._batches.next_batch()
        return _Batch(batch, encoded, self.of) if isinstance(batch, DefaultRecordBatch) else batch


class _Batch:
    """A batch in aiokafka's fast reader, and in its slow one where a header's name is not UTF-8."""

    def __init__(self, batch: Any, encoded: memoryview, of: TopicPartition | None) -> None:
        self._batch = batch
        self._of = of
        self._encoded = encoded
        self.validate_crc = batch.validate_crc
        self.base_offset = batch.base_offset
        self.next_offset = batch.next_offset
        self.producer_id = batch.producer_id
        self.is_transactional = batch.is_transactional
        self.is_control_batch = batch.is_control_batch

    def __next__(self) -> object:
        return next(self._batch)

    def __iter__(self) -> Iterator[object]:
        try:
            found = list(self._batch)
        except UnicodeDecodeError:
            return iter(self._slowly())
        if self._of is None:
            return iter(found)
        (topic, partition), new = self._of, tuple.__new__
        return iter(
            [
                new(Record, (topic, partition, one.offset, one.timestamp, one.key, one.value, tuple(one.headers)))
                for one in found
            ]
        )

    def _slowly(self) -> list[Any]:
        batch: Any = iter(_DefaultRecordBatchPy(self._encoded))
        batch._buffer = _Lenient(batch._buffer)  # noqa: SLF001 -- it slices and decodes this, header by header
        if self._of is None:
            return list(batch)
        topic, partition = self._of
        return [
            Record(topic, partition, one.offset, one.timestamp, one.key, one.value, _headers(one.headers))
            for one in batch
        ]


class _Lenient(bytearray):
    """Bytes that decode whatever they are; so do their slices."""

    def __getitem__(self, at: SupportsIndex | slice) -> Any:
        found = super().__getitem__(at)
        return _Lenient(found) if isinstance(found, bytearray) else found

    def decode(self, encoding: str = "utf-8", errors: str = "surrogateescape") -> str:
        return super().decode(encoding, errors)


class _PartitionRecords(fetcher.PartitionRecords):  # type: ignore[misc]  # aiokafka carries no types
    def __init__(self, tp: TopicPartition, records: _Batches, *more: Any) -> None:
        super().__init__(tp, records, *more)
        if self._key_deserializer is as_records:
            records.of = tp
            self._consumer_record = _as_it_is

    def __iter__(self) -> Iterator[object]:
        records: Iterator[object] = self._records_iterator  # a call less for each record than to go through __next__
        return records


def _as_it_is(_tp: TopicPartition, record: Record) -> Record:
    return record


def _headers(found: list[tuple[str, bytes | None]]) -> Headers:
    return tuple(found) if all(_encodes(name) for name, _ in found) else UnreadableHeaders(found)


def _encodes(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
