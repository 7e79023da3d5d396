"""Panes count records by the app that sent them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from assay.streaming import Block, Record, headers
from assay.validation.producers import MAX_PRODUCERS, Producers

APPS = st.sampled_from([b"shop", b"till", b"", None])


def block(names: Sequence[bytes | None]) -> Block:
    return Block.of(
        [Record("raw", 0, at, 0, None, b"{}", ((headers.PRODUCER, name),)) for at, name in enumerate(names)]
    )


@given(st.lists(st.lists(st.tuples(APPS, st.booleans()), min_size=1), min_size=1, max_size=4))
def test_every_record_of_an_app_counts_once_as_valid_or_refused(chunks: list[list[tuple[bytes | None, bool]]]) -> None:
    producers = Producers()
    for chunk in chunks:
        refused = [at for at, (_, is_refused) in enumerate(chunk) if is_refused]
        producers.add(block([name for name, _ in chunk]), refused)
    found = {one.producer.encode(): (one.valid, one.refused) for one in producers.counts()}
    sent = Counter(each for chunk in chunks for each in chunk)
    expected = {name: (sent[name, False], sent[name, True]) for name, _ in sent if name}
    assert found == expected


def test_a_record_without_the_header_is_of_nobody() -> None:
    producers = Producers()
    producers.add(Block.of([Record("raw", 0, 0, 0, None, b"{}", ())]), [0])
    assert producers.counts() == []


def test_of_too_many_apps_those_with_refused_records_are_kept_then_the_largest() -> None:
    producers = Producers()
    producers.add(block([b"app-%d" % number for number in range(MAX_PRODUCERS)] * 2), ())
    producers.add(block([b"broken", b"small"]), [0])
    found = producers.counts()
    assert len(found) == MAX_PRODUCERS
    assert (found[0].producer, found[0].refused) == ("broken", 1)
    assert "small" not in {one.producer for one in found}
