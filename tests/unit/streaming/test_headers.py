"""What our headers say, and whose are believed."""

from __future__ import annotations

import pytest

from assay.streaming import HeaderError, Headers, Record, Source, headers


def record(*pairs: tuple[str, bytes | None]) -> Record:
    return Record("flights.raw.app", 1, 7, 1_000, b"UA1", b"{}", pairs)


def test_a_source_reads_back_as_it_was_written() -> None:
    source = Source("flights.raw.app", 2, 31)
    assert Source.parse(str(source)) == source


@pytest.mark.parametrize(
    "text", ["", "flights", "flights/1", "flights/x/1", "flights/1/-4", "/1/2", "f/1/" + "9" * 5_000]
)
def test_a_text_that_is_no_source_is_refused(text: str) -> None:
    with pytest.raises(HeaderError, match="topic/partition/offset"):
        Source.parse(text)


def test_headers_of_ours_that_come_from_outside_are_removed() -> None:
    outside: Headers = ((headers.SOURCE, b"forged"), (headers.EVENT_ID, b"e1"), ("traceparent", b"t"))
    assert headers.from_outside(outside) == (("traceparent", b"t"),)
    assert headers.from_outside(outside, [headers.EVENT_ID]) == ((headers.EVENT_ID, b"e1"), ("traceparent", b"t"))


def test_the_last_header_of_a_name_counts() -> None:
    assert record(("a", b"1"), ("a", b"2")).header("a") == "2"
    assert record().header("a") is None


def test_a_null_header_is_none_and_stays_null() -> None:
    assert record(("traceparent", None)).header("traceparent") is None
    assert headers.from_outside((("traceparent", None),)) == (("traceparent", None),)


def test_a_record_without_attempt_was_never_replayed() -> None:
    assert headers.attempt_of(record()) == 0
    assert headers.attempt_of(record((headers.ATTEMPT, b"2"))) == 2


@pytest.mark.parametrize("text", [b"many", b"-1", b"", b"9" * 19, b"9" * 5_000])
def test_an_attempt_that_is_no_number_is_refused_with_its_place(text: bytes) -> None:
    with pytest.raises(HeaderError, match=r"flights\.raw\.app/1/7"):
        headers.attempt_of(record((headers.ATTEMPT, text)))


def test_a_replay_keeps_the_order_it_first_had() -> None:
    assert headers.order_of(record((headers.ORDER, b"12")), default=99) == 12
    assert headers.order_of(record(), default=99) == 99
