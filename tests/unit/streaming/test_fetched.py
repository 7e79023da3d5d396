"""What a fetch brought is given out as blocks: every record once, and the position is always behind the last one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from aiokafka.errors import CorruptRecordException
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.legacy_records import LegacyRecordBatchBuilder
from aiokafka.structs import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from assay.streaming.fetched import _Batches, _PartitionRecords, as_blocks, as_records
from assay.streaming.record import Record

RAW = TopicPartition("raw", 0)
LIMIT = 1024 * 1024
PLAIN, CONTROL = 0, 0x20
GZIP = 1
OLD = [Record("raw", 0, 0, 5, b"k", b"v"), Record("raw", 0, 1, 6, None, None)]

batches = st.lists(st.tuples(st.integers(1, 9), st.sampled_from([PLAIN, PLAIN, CONTROL])), min_size=1, max_size=6)


def encoded(size: int, base_offset: int, attributes: int = PLAIN) -> bytes:
    """Return a batch of so many records, whose values are their offsets; a transaction marker where it is control."""
    builder = BatchBuilder(LIMIT, 0)
    for place in range(size):
        builder.append(timestamp=1, key=b"\0\0\0\1", value=b"%d" % (base_offset + place))
    batch = bytearray(builder._build())
    batch[:8] = base_offset.to_bytes(8, "big")
    batch[22] |= attributes
    return bytes(batch)


def answer(found: list[tuple[int, int]]) -> tuple[bytes, list[int], int]:
    """Return an answer with these batches, the offsets of its records, and the one after its end."""
    parts, offsets, end = list[bytes](), list[int](), 0
    for size, kind in found:
        parts.append(encoded(size, end, kind))
        offsets += range(end, end + size) if kind == PLAIN else []
        end += size
    return b"".join(parts), offsets, end


def records(data: bytes, start: int = 0, *, checks: bool = False) -> _PartitionRecords:
    return _PartitionRecords(RAW, _Batches(data), [], start, as_blocks, None, checks, 1)


@given(batches, st.data())
def test_every_record_is_given_once_and_the_position_follows(found: list[tuple[int, int]], data: st.DataObject) -> None:
    encoded_all, offsets, end = answer(found)
    start = data.draw(st.integers(0, end - 1))
    left, taken, is_over = records(encoded_all, start), list[int](), False
    while not is_over:
        limit = data.draw(st.none() | st.integers(1, 12))
        block, is_over = left.take(limit)
        taken += block.offsets if block else []
        assert limit is None or len(block or ()) <= limit
        assert not block or is_over or left.next_fetch_offset == block.offsets[-1] + 1
    assert taken == [offset for offset in offsets if offset >= start]
    assert left.next_fetch_offset == end


@given(st.integers(1, 9), st.integers(1, 9))
def test_a_corrupt_batch_takes_no_record_with_it(before: int, limit: int) -> None:
    whole, broken = encoded(before, 0), bytearray(encoded(5, before))
    broken[-1] ^= 1
    left = records(whole + bytes(broken), checks=True)

    def given_out() -> Iterator[int]:
        while True:
            block, _ = left.take(limit)
            yield from block.offsets if block else ()
            assert not block or left.next_fetch_offset == block.offsets[-1] + 1

    taken: list[int] = []
    with pytest.raises(CorruptRecordException):
        taken.extend(given_out())
    assert taken == [*range(len(taken))]
    assert left.next_fetch_offset == len(taken)
    assert left.take(limit) == (None, True)
    assert left.next_fetch_offset == len(taken)


@pytest.mark.parametrize("codec", [PLAIN, GZIP])
@pytest.mark.parametrize(("magic", "has_time"), [(0, False), (1, True)])
def test_records_from_before_there_were_headers_are_records_too(magic: int, codec: int, has_time: bool) -> None:
    builder = LegacyRecordBatchBuilder(magic, codec, LIMIT)
    for record in OLD:
        builder.append(record.offset, record.timestamp_ms, record.key, record.value)
    data = bytes(builder.build())
    expected = [record if has_time else record._replace(timestamp_ms=-1) for record in OLD]
    block, is_over = records(data, checks=True).take(9)
    assert is_over
    assert [*(block or ())] == expected
    assert [*_PartitionRecords(RAW, _Batches(data), [], 0, as_records, None, True, 1)] == expected
