from __future__ import annotations

import pytest

from assay.cli.demo.census import Census, fingerprint
from assay.contracts import Topics
from assay.streaming import Record, headers

TOPICS = Topics("f.raw.app", None, "f.raw.replay", "f.validated", "f.dead-letters", "f.settled")


def record(topic: str, offset: int, **named: str) -> Record:
    pairs = tuple((f"assay-{name.replace('_', '-')}", value.encode()) for name, value in named.items())
    return Record(topic, 0, offset, 1, b"k", b"{}", pairs)


def census(*records: Record) -> Census:
    taken = Census(TOPICS)
    for each in records:
        taken.take(each)
    return taken


def test_a_repaired_record_counts_twice_in_raw_and_once_in_each_verdict() -> None:
    found = census(
        record("f.raw.app", 0),
        record("f.dead-letters", 4, source="f.raw.app/0/0"),
        record("f.raw.replay", 7, dead_letter="f.dead-letters/0/4"),
        record("f.validated", 9, source="f.raw.replay/0/7"),
    )

    assert (len(found.raw), found.source_rows, found.repaired) == (2, 1, {"f.raw.replay/0/7"})
    assert not found.unjudged | found.twice | found.strangers


def test_a_record_without_a_verdict_is_seen() -> None:
    assert census(record("f.raw.app", 3)).unjudged == {"f.raw.app/0/3"}


@pytest.mark.parametrize("second", ["f.validated", "f.dead-letters"])
def test_a_second_verdict_is_seen(second: str) -> None:
    found = census(
        record("f.raw.app", 0),
        record("f.validated", 0, source="f.raw.app/0/0"),
        record(second, 1, source="f.raw.app/0/0"),
    )

    assert found.twice == {"f.raw.app/0/0"}


def test_a_verdict_about_nothing_is_seen() -> None:
    assert census(record("f.validated", 0, source="f.raw.app/0/9")).strangers == {"f.raw.app/0/9"}


def test_a_verdict_that_names_no_source_is_a_stranger() -> None:
    assert len(census(record("f.validated", 0)).strangers) == 1


def test_equal_json_has_one_fingerprint() -> None:
    assert fingerprint(b'{"a":1,"b":null}') == fingerprint(b'{ "b": null, "a": 1 }')


def test_the_headers_of_the_platform_are_the_ones_read_here() -> None:
    assert (headers.SOURCE, headers.DEAD_LETTER) == ("assay-source", "assay-dead-letter")
