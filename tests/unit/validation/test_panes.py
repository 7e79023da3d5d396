"""Panes count every record once, in the minute it belongs to."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from assay.api.validation.v1.pane_pb2 import Pane
from assay.contracts import Judged, Reason, Verdict, Violation, load
from assay.contracts.judge import NO_ROW
from assay.streaming import Partition
from assay.testkit.builders import contract_text
from assay.validation.judges import Seat
from assay.validation.panes import LATENESS_BOUNDS_MS, MAX_RULES, Tally, heartbeat, written

ACCEPTED = Verdict()
CONTRACT = load(contract_text("orders", version="1.2.0"))
FIELDS = ("id", "amount")
SEAT = cast(Seat, SimpleNamespace(contract=CONTRACT, judge=SimpleNamespace(promised=FIELDS, counted=())))
HERE = Partition("orders.raw.app", 2)
REFUSED = Verdict(Reason.SCHEMA, (Violation("/amount", "type", "integer", "string"),))
MINUTE = 60_000

RECORDS = st.lists(
    st.tuples(
        st.builds(
            Judged,
            st.sampled_from([ACCEPTED, REFUSED, Verdict(Reason.DUPLICATE)]),
            st.none() | st.integers(-MINUTE, 5 * MINUTE),
            st.integers(0, 3),
        ),
        st.integers(0, 5 * MINUTE),
    ),
    min_size=1,
)


def pane_of(records: list[tuple[Judged, int]]) -> Pane:
    tally = Tally(CONTRACT.id, HERE)
    tally.add(SEAT, [one for one, _ in records], [ms for _, ms in records], is_observed=False)
    return tally.pane(40, 40 + len(records), 99, 7)


@given(RECORDS)
def test_every_record_is_counted_once_in_its_minute(records: list[tuple[Judged, int]]) -> None:
    (counts,) = pane_of(records).slices
    expected = Counter((ms if one.event_ms is None else one.event_ms) // MINUTE for one, ms in records)
    assert {m.minute: m.valid + sum(r.count for r in m.refused) for m in counts.minutes} == expected


@given(RECORDS)
def test_nulls_and_values_of_a_field_sum_to_the_valid_records(records: list[tuple[Judged, int]]) -> None:
    (counts,) = pane_of(records).slices
    valid = [one for one, _ in records if one.verdict.accepted]
    for place, _ in enumerate(FIELDS):
        nulls = sum(minute.nulls[place] for minute in counts.minutes)
        assert nulls == sum(one.marks >> place & 1 for one in valid)
        assert nulls + sum(minute.present[place] for minute in counts.minutes) == len(valid)


@given(RECORDS)
def test_lateness_counts_every_record_that_has_an_event_time(records: list[tuple[Judged, int]]) -> None:
    (counts,) = pane_of(records).slices
    late_ms = [ms - one.event_ms for one, ms in records if one.event_ms is not None]
    assert list(counts.lateness_bounds_ms) == list(LATENESS_BOUNDS_MS)
    for place, bound_ms in enumerate(LATENESS_BOUNDS_MS):
        within = sum(sum(list(minute.lateness)[: place + 1]) for minute in counts.minutes)
        assert within == sum(ms <= bound_ms for ms in late_ms)
    assert sum(sum(minute.lateness) for minute in counts.minutes) == len(late_ms)


def test_a_pane_says_which_records_it_counts_and_what_time_it_was() -> None:
    pane = pane_of([(Judged(ACCEPTED, 5_000, 0), 6_000), (Judged(ACCEPTED, None, 0), 9_000)])
    assert (pane.contract, pane.topic, pane.partition) == ("orders", HERE.topic, HERE.partition)
    assert (pane.first_offset, pane.next_offset, pane.log_end, pane.at_ms) == (40, 42, 99, 7)
    assert (pane.max_event_ms, pane.max_arrived_ms) == (5_000, 9_000)


def test_refused_records_are_told_apart_by_rule_up_to_a_bound() -> None:
    many = [
        (Judged(Verdict(Reason.RULE, (Violation("", f"rule-{n}", "", ""),)), None, 0), 0) for n in range(MAX_RULES + 9)
    ]
    ((minute,),) = [counts.minutes for counts in pane_of(many).slices]
    assert len(minute.refused) == MAX_RULES + 1
    assert {one.rule: one.count for one in minute.refused}[""] == 9
    assert sum(one.count for one in minute.refused) == len(many)


def test_a_version_that_observes_no_more_is_counted_apart_in_the_same_transaction() -> None:
    tally = Tally(CONTRACT.id, HERE)
    tally.add(SEAT, [Judged(REFUSED, None, 0)], [0], is_observed=True)
    tally.add(SEAT, [Judged(REFUSED, None, 0)] * 2, [0, 0], is_observed=False)
    counted = {one.observed: one.minutes[0].refused[0].count for one in tally.pane(40, 43, 99, 7).slices}
    assert counted == {True: 1, False: 2}


def test_a_heartbeat_counts_nothing_and_says_where_validation_stands() -> None:
    pane = heartbeat("orders", HERE, 41, 41, 7)
    assert (pane.first_offset, pane.next_offset, pane.log_end, len(pane.slices)) == (41, 41, 41, 0)
    assert not pane.HasField("max_event_ms")
    assert written(pane).key == b"orders.raw.app/2"


def test_what_states_no_row_is_valid_and_neither_has_a_field_nor_lacks_it() -> None:
    (minute,) = pane_of([(Judged(ACCEPTED, None, NO_ROW), 0), (Judged(ACCEPTED, None, 1), 0)]).slices[0].minutes
    assert (minute.valid, list(minute.nulls), list(minute.present)) == (2, [1, 0], [0, 1])
