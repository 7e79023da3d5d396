"""Panes count every record once, in the minute it belongs to."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from assay.api.validation.v1.pane_pb2 import Pane
from assay.contracts import Judged, Reason, ServiceLevel, Verdict, Violation, Window, load
from assay.contracts.judge import NO_ROW
from assay.streaming import Partition
from assay.testkit.builders import contract_text
from assay.validation.judges import Seat
from assay.validation.panes import LATENESS_BOUNDS_MS, MAX_RULES, Tally, heartbeat, written

ACCEPTED = Verdict()
CONTRACT = load(contract_text("orders", version="1.2.0"))
FIELDS = ("id", "amount")
COUNTED = (("ids", 0), ("odd_amounts", 2), ("odd_amounts_a_day", 2))
SEAT = cast(Seat, SimpleNamespace(contract=CONTRACT, judge=SimpleNamespace(promised=FIELDS, counted=COUNTED)))
HERE = Partition("orders.raw.app", 2)
REFUSED = Verdict(Reason.SCHEMA, (Violation("/amount", "type", "integer", "string"),))
MINUTE = 60_000

RECORDS = st.lists(
    st.tuples(
        st.builds(
            Judged,
            st.sampled_from([ACCEPTED, REFUSED, Verdict(Reason.DUPLICATE)]),
            st.none() | st.integers(-MINUTE, 5 * MINUTE),
            st.integers(0, 7) | st.just(NO_ROW),
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
def test_nulls_and_values_of_a_field_sum_to_the_rows(records: list[tuple[Judged, int]]) -> None:
    (counts,) = pane_of(records).slices
    rows = [one for one, _ in records if one.verdict.accepted and one.marks != NO_ROW]
    assert sum(minute.rows for minute in counts.minutes) == len(rows)
    for place, _ in enumerate(FIELDS):
        nulls = sum(minute.nulls[place] for minute in counts.minutes)
        assert nulls == sum(one.marks >> place & 1 for one in rows)
        assert nulls + sum(minute.present[place] for minute in counts.minutes) == len(rows)


@given(RECORDS)
def test_rows_that_fail_are_counted_by_promise_also_where_two_ask_the_same(records: list[tuple[Judged, int]]) -> None:
    (counts,) = pane_of(records).slices
    rows = [one for one, _ in records if one.verdict.accepted and one.marks != NO_ROW]
    assert list(counts.promises) == [name for name, _ in COUNTED]
    for spot, (_, place) in enumerate(COUNTED):
        assert sum(minute.failing[spot] for minute in counts.minutes) == sum(one.marks >> place & 1 for one in rows)


def test_the_bound_of_each_level_of_latency_is_a_bucket() -> None:
    levels = tuple(ServiceLevel(str(ms), "latency", ms, 99.0, Window("PT5M")) for ms in (1_500, 60_000))
    seat = cast(Seat, SimpleNamespace(contract=replace(CONTRACT, levels=levels), judge=SEAT.judge))
    tally = Tally(CONTRACT.id, HERE)
    tally.add(seat, [Judged(ACCEPTED, 0, 0)] * 2, [1_500, 1_501], is_observed=False)
    (counts,) = tally.pane(0, 2, 2, 7).slices
    assert list(counts.lateness_bounds_ms) == sorted({*LATENESS_BOUNDS_MS, 1_500})
    place = list(counts.lateness_bounds_ms).index(1_500)
    assert list(counts.minutes[0].lateness[place : place + 2]) == [1, 1]


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
