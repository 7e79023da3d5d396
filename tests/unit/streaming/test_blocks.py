"""Blocks read and write Kafka's record batches as aiokafka does, byte for byte."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from aiokafka.errors import CorruptRecordException
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from hypothesis import given
from hypothesis import strategies as st

from assay.streaming import Block, Headers, Outgoing, Record, UnreadableHeaders
from assay.streaming.blocks import RawBatch, pack, read_batches, reading
from assay.streaming.blocks.layout import layout
from assay.streaming.blocks.varint import varint
from assay.streaming.sending import _batches

NO_COMPRESSION, GZIP, SNAPPY, LZ4, ZSTD = range(5)
FIRST_MS = 1_700_000_000_000
LIMIT = 16 * 1024 * 1024
SMALLEST = 7
"""Bytes of a record without key, value or headers; its offset is the fourth."""

texts = st.none() | st.binary(max_size=300)
names = st.sampled_from(["traceparent", "assay-event-id", "", "é" * 100]) | st.text(max_size=5)
header_lists = st.lists(st.tuples(names, texts), max_size=4).map(tuple)
times = st.integers(FIRST_MS - 2**40, FIRST_MS + 2**40)
records = st.builds(Record, st.just("raw"), st.just(3), st.just(0), times, texts, texts, header_lists)
runs = st.lists(records, min_size=1, max_size=80).map(
    lambda found: [record._replace(offset=place) for place, record in enumerate(found)]
)
codecs = st.sampled_from([NO_COMPRESSION, GZIP, SNAPPY, LZ4, ZSTD])


def theirs(found: Sequence[Record], codec: int = NO_COMPRESSION, base_offset: int = 0) -> bytes:
    """Return records as aiokafka writes them in a batch."""
    builder = BatchBuilder(LIMIT, codec, is_transactional=1)
    for record in found:
        builder.append(timestamp=record.timestamp_ms, key=record.key, value=record.value, headers=list(record.headers))
    return base_offset.to_bytes(8, "big") + bytes(builder._build())[8:]


def read(*batches: bytes) -> Block:
    data, places, end = b"".join(batches), [], 0
    for batch in batches:
        places.append(RawBatch.at(data, end, end + len(batch)))
        end += len(batch)
    return read_batches("raw", 3, places)


@given(runs, codecs)
def test_a_block_has_the_records_that_aiokafka_wrote(found: list[Record], codec: int) -> None:
    assert list(read(theirs(found, codec))) == found


@given(runs, runs, st.integers(0, 2**40), codecs)
def test_batches_of_one_answer_become_one_block(
    first: list[Record], second: list[Record], base_offset: int, codec: int
) -> None:
    block = read(theirs(first), theirs(second, codec, base_offset))
    assert [*block] == first + [record._replace(offset=record.offset + base_offset) for record in second]


@given(runs)
def test_a_packed_block_is_the_batch_that_aiokafka_would_have_made(found: list[Record]) -> None:
    (batch,) = pack(Block.of(found), LIMIT, is_transactional=True)
    assert batch._build() == theirs(found)
    assert (batch.size(), batch.record_count()) == (len(theirs(found)), len(found))


@given(runs, st.integers(0, 2**40), st.integers(0, 2**15 - 1), st.integers(0, 2**31 - 1))
def test_a_packed_batch_takes_the_state_of_its_producer_and_keeps_it(
    found: list[Record], producer: int, epoch: int, sequence: int
) -> None:
    (batch,) = pack(Block.of(found), LIMIT, is_transactional=False)
    batch._set_producer_state(producer, epoch, sequence)
    read_again = DefaultRecordBatch(bytes(batch._build()))
    assert read_again.validate_crc()
    assert (read_again.producer_id, read_again.is_transactional) == (producer, False)
    assert batch._build() is batch._build()


@given(runs, st.integers(100, 2_000))
def test_batches_split_by_size_hold_every_record_in_order(found: list[Record], limit: int) -> None:
    batches = [bytes(batch._build()) for batch in pack(Block.of(found), limit, is_transactional=True)]
    parts = [[*read(batch)] for batch in batches]
    assert [record._replace(offset=0) for part in parts for record in part] == [
        record._replace(offset=0) for record in found
    ]
    assert all(
        len(batch) <= limit + 20 * len(part) or len(part) == 1 for batch, part in zip(batches, parts, strict=True)
    )


@given(runs, st.data())
def test_slices_remainders_and_joins_are_those_of_a_list(found: list[Record], data: st.DataObject) -> None:
    block = Block.of(found)
    cut = data.draw(st.integers(0, len(found)))
    gone = data.draw(st.sets(st.integers(0, len(found) - 1)))
    assert [*block[:cut], *block[cut:]] == found
    assert [*Block.joined([block[:cut], block[cut:]])] == found
    assert [*block.but([*gone])] == [record for place, record in enumerate(found) if place not in gone]


@given(runs, names)
def test_a_header_is_the_last_of_its_name(found: list[Record], name: str) -> None:
    expected = [dict(record.headers).get(name) for record in found]
    assert Block.of(found).header(name) == expected


SAID = st.sampled_from([b"shop", b"north", b"x" * 200, b"", None])
EVENT_IDS = st.sampled_from([b"e1", b"e22", b"y" * 200, None])


@given(
    st.lists(st.tuples(EVENT_IDS, SAID, st.booleans(), st.booleans()), min_size=1, max_size=40),
    st.data(),
)
def test_what_producers_say_is_counted_as_it_is_read_one_by_one(
    given_headers: list[tuple[bytes | None, bytes | None, bool, bool]], data: st.DataObject
) -> None:
    found = []
    for place, (event_id, said, is_silent, is_last) in enumerate(given_headers):
        more = () if is_silent else (("assay-producer", said),)
        theirs_headers = (("assay-event-id", event_id), *more, *(() if is_last else (("traceparent", b"00"),)))
        found.append(Record("raw", 3, place, FIRST_MS, None, b"{}", theirs_headers))
    block = Block.of(found)
    places = data.draw(st.none() | st.sets(st.integers(0, len(found) - 1)).map(sorted))
    expected = Counter(filter(None, (block.header("assay-producer")[at] for at in places or range(len(found)))))
    assert block.counted("assay-producer", places) == (expected if places is None or places else Counter())


@given(runs)
def test_headers_are_left_out_and_added_without_touching_the_others(found: list[Record]) -> None:
    block = Block.of(found).without(lambda name: name.startswith("assay-"))
    marked = block.with_headers((("contract", b"a@1"), ("null", None)), ("source", b"raw/3/"))
    assert [*marked] == [
        record._replace(
            headers=(
                *(pair for pair in record.headers if not pair[0].startswith("assay-")),
                ("contract", b"a@1"),
                ("null", None),
                ("source", b"raw/3/%d" % record.offset),
            )
        )
        for record in found
    ]


@given(st.lists(st.builds(Outgoing, st.just("out"), st.just(0), texts, texts, header_lists, times), min_size=1))
def test_what_is_written_one_by_one_and_as_a_block_keeps_its_order(outgoing: list[Outgoing]) -> None:
    ((batch, place),) = _batches(outgoing, {}, is_transactional=True)
    assert place == ("out", 0)
    assert [(one.key, one.value, one.headers) for one in read(bytes(batch._build()))] == [
        (one.key, one.value, one.headers) for one in outgoing
    ]


@given(st.lists(st.sampled_from([-(2**63), -1, 0, FIRST_MS, 2**63 - 1]), min_size=1, max_size=5))
def test_a_timestamp_stays_what_it_is_however_far_it_is_from_the_first(found: list[int]) -> None:
    block = Block.of([Record("raw", 3, place, ms, None, b"") for place, ms in enumerate(found)])
    (batch,) = pack(block, LIMIT, is_transactional=False)
    encoded = bytes(batch._build())
    assert [one.timestamp for one in DefaultRecordBatch(encoded)] == found
    assert read(encoded).timestamps_ms == found


@pytest.mark.parametrize("names", [("n" * 5_000,), ("",) * 5_000])
def test_names_that_are_large_together_are_not_kept(names: tuple[str, ...]) -> None:
    assert layout(names) is not layout(names)


def test_names_that_are_not_utf8_are_kept_as_they_are() -> None:
    headers = UnreadableHeaders((("a\udcff", b"1"), ("b", None)))
    block = Block.of([Record("raw", 3, 0, 0, None, b"", headers)])
    (batch,) = pack(block, LIMIT, is_transactional=False)
    (record,) = read(bytes(batch._build()))
    assert (record.headers, type(record.headers)) == (headers, UnreadableHeaders)
    assert b"\x04a\xff\x021" in batch._build()


@pytest.mark.parametrize("said", [(0, 0, 0), (2, 1, 0), (-1, 0, 1), (0, 1, 63), (-64, -1, 63)])
def test_offsets_that_no_log_gives_are_those_of_their_place(said: tuple[int, ...]) -> None:
    batch = bytearray(theirs([Record("raw", 3, 0, FIRST_MS, None, b"")] * 3, base_offset=40))
    for place, delta in enumerate(said):
        batch[61 + place * SMALLEST + 3 : 61 + place * SMALLEST + 4] = varint(delta)
    assert read(bytes(batch)).offsets == [40, 41, 42]


def test_offsets_keep_the_gaps_that_compaction_left() -> None:
    builder = DefaultRecordBatchBuilder(
        2, NO_COMPRESSION, is_transactional=0, producer_id=-1, producer_epoch=-1, base_sequence=0, batch_size=LIMIT
    )
    for offset in (1, 4, 9):
        builder.append(offset, FIRST_MS, None, b"", [])
    whole = theirs([Record("raw", 3, 0, FIRST_MS, None, b"")] * 2)
    assert read(whole, bytes(builder.build())).offsets == [0, 1, 1, 4, 9]


@pytest.mark.parametrize("theirs_headers", [(("n" * 300, b"1"),), (("", None),) * 70])
def test_headers_that_are_long_or_many_are_read_as_others_are(theirs_headers: Headers) -> None:
    found = [Record("raw", 3, place, FIRST_MS, None, b"", theirs_headers) for place in range(3)]
    assert list(read(theirs(found))) == found


def test_a_record_of_half_a_million_headers_takes_no_column_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    many = Record("raw", 3, 0, FIRST_MS, None, b"", (("", None),) * 500_000)
    (batch,) = pack(Block.of([many]), LIMIT, is_transactional=False)
    monkeypatch.setattr(reading, "_shared", lambda *_given: pytest.fail("read as a column"))
    assert len(read(bytes(batch._build()))[0].headers) == 500_000


def test_the_brokers_timestamp_is_every_records_where_the_topic_says_so() -> None:
    found = [Record("raw", 3, place, FIRST_MS + place, None, b"") for place in range(3)]
    batch = bytearray(theirs(found))
    batch[22] |= 0x08
    assert [record.timestamp_ms for record in read(bytes(batch))] == [FIRST_MS + 2] * 3


def test_a_batch_that_compaction_has_emptied_is_no_record() -> None:
    builder = DefaultRecordBatchBuilder(
        2, NO_COMPRESSION, is_transactional=0, producer_id=-1, producer_epoch=-1, base_sequence=0, batch_size=LIMIT
    )
    assert len(read(bytes(builder.build()))) == 0


@given(runs, st.data())
def test_damaged_bytes_are_corrupt_or_other_records_and_nothing_worse(found: list[Record], data: st.DataObject) -> None:
    batch = bytearray(theirs(found))
    for _ in range(data.draw(st.integers(1, 4))):
        batch[data.draw(st.integers(61, len(batch) - 1))] = data.draw(st.integers(0, 255))
    try:
        block = read(bytes(batch))
    except CorruptRecordException:
        return
    assert len([*block]) == len(found)


@pytest.mark.parametrize("length", [2**31, 2**62, -(2**63)])
def test_a_length_beyond_the_batch_is_corrupt(length: int) -> None:
    body = b"\0" + varint(0) + varint(0) + varint(length)
    record = varint(len(body)) + body
    header = bytearray(theirs([Record("raw", 3, 0, 0, None, b"")])[:61])
    with pytest.raises(CorruptRecordException):
        read(bytes(header) + record)


@pytest.mark.parametrize("codec", [GZIP, ZSTD])
def test_a_batch_that_holds_more_than_it_may_is_corrupt(codec: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.streaming.blocks.codecs.MOST_BYTES", 100_000)
    whole = theirs([Record("raw", 3, 0, FIRST_MS, None, bytes(90_000))], codec)
    assert len(read(whole)) == 1
    with pytest.raises(CorruptRecordException, match="more than 100,000 bytes"):
        read(theirs([Record("raw", 3, 0, FIRST_MS, None, bytes(110_000))], codec))


@pytest.mark.parametrize("codec", [GZIP, SNAPPY, LZ4, ZSTD])
def test_a_batch_that_does_not_open_is_corrupt(codec: int) -> None:
    batch = bytearray(theirs([Record("raw", 3, 0, FIRST_MS, None, b"x" * 1_000)], codec))
    batch[61:] = b"?" * (len(batch) - 61)
    with pytest.raises(CorruptRecordException):
        read(bytes(batch))


def test_a_batch_of_more_records_than_memory_has_room_for_is_corrupt() -> None:
    batch = bytearray(theirs([Record("raw", 3, 0, FIRST_MS, None, b"x")]))
    batch[57:61] = (2_000_000).to_bytes(4, "big")
    with pytest.raises(CorruptRecordException, match="2,000,000 records"):
        read(bytes(batch))
