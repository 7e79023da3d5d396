"""Counts of a window: they add up however they are parted, and mean what a plain recount means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from functools import reduce
from operator import add
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.contracts import Counts, Promise, ServiceLevel, Window, budget, measure, measure_age
from assay.contracts.promise import OPERATORS

HOUR = Window("PT1H")
BOUNDS = (0, 1_000, 60_000)
VALUES = [None, "", "N/A", "a", "b"]


class Record(NamedTuple):
    """A record as its producer knows it: refused, a delete, or a row with a value; and how late it came."""

    reason: str | None
    is_row: bool
    value: object
    late_ms: int | None
    event_ms: int


RECORDS = st.lists(
    st.builds(
        Record,
        st.sampled_from([None, None, None, "schema", "rule"]),
        st.sampled_from([True, True, True, False]),
        st.sampled_from(VALUES),
        st.none() | st.sampled_from([-5, 0, 1, 999, 1_000, 1_001, 60_000, 10**9]),
        st.integers(0, 10**6),
    ),
    max_size=40,
)

LIMITS = st.sampled_from([0, 1, 2.5, 5, 20, 33.3, 50, 99.9, 100])
PROMISES = st.builds(
    lambda metric, operator, low, high, unit, values: Promise(
        "p",
        None if metric == "rowCount" else "x",
        metric,
        operator,
        (min(low, high), max(low, high)) if operator.endswith("Between") else (low,),
        "rows" if metric == "rowCount" else unit,
        HOUR,
        tuple(values),
    ),
    st.sampled_from(["nullValues", "missingValues", "invalidValues", "rowCount"]),
    st.sampled_from(sorted(OPERATORS)),
    LIMITS,
    LIMITS,
    st.sampled_from(["rows", "percent"]),
    st.lists(st.sampled_from(VALUES[1:]), max_size=3),
)
LEVELS = st.builds(
    lambda kind, bound_ms, percent: ServiceLevel("l", kind, bound_ms, percent, HOUR),
    st.sampled_from(["latency", "errorRate"]),
    st.sampled_from(BOUNDS),
    st.sampled_from([0.0, 1.0, 33.3, 50.0, 99.0, 99.9]),
)


def counted(records: Sequence[Record], promise: Promise | None = None) -> Counts:
    valid = [each for each in records if each.reason is None]
    rows = [each for each in valid if each.is_row]
    timed = [each for each in valid if each.is_row and each.late_ms is not None]
    return Counts(
        rows=len(rows),
        valid=len(valid),
        refused=Counter(each.reason for each in records if each.reason),
        failing={promise.id: sum(promise.fails(each.value) for each in rows)} if promise else {},
        lateness={bound: sum(each.late_ms <= bound for each in timed if each.late_ms is not None) for bound in BOUNDS},
        timed=len(timed),
        last_event_ms=max((each.event_ms for each in timed), default=None),
    )


def parted(records: Sequence[Record], at: int, promise: Promise | None = None) -> Counts:
    parts = [records[start : start + at] for start in range(0, len(records), at)]
    return reduce(add, (counted(part, promise) for part in parts), Counts())


def holds(operator: str, value: Fraction, threshold: Sequence[float]) -> bool:
    low, high = Fraction(str(threshold[0])), Fraction(str(threshold[-1]))
    inside = low <= value <= high
    return {
        "mustBe": value == low,
        "mustNotBe": value != low,
        "mustBeGreaterThan": value > low,
        "mustBeGreaterOrEqualTo": value >= low,
        "mustBeLessThan": value < low,
        "mustBeLessOrEqualTo": value <= low,
        "mustBeBetween": inside,
        "mustNotBeBetween": not inside,
    }[operator]


def is_bad(promise: Promise, value: object) -> bool:
    if promise.metric == "nullValues":
        return value is None
    if promise.metric == "missingValues":
        return value is None or value in promise.values
    return value is not None and value not in promise.values


@given(RECORDS, st.integers(1, 9), PROMISES)
def test_a_promise_comes_to_what_a_plain_recount_comes_to(records: list[Record], at: int, promise: Promise) -> None:
    rows = [each.value for each in records if each.reason is None and each.is_row]
    bad = 0 if promise.metric == "rowCount" else sum(is_bad(promise, value) for value in rows)
    measured = measure(promise, parted(records, at, promise))

    if not rows and promise.metric != "rowCount":
        assert (measured.kept, measured.records, measured.bad) == (None, 0, 0)
        return
    number = Fraction(len(rows) if promise.metric == "rowCount" else bad)
    value = 100 * number / len(rows) if promise.unit == "percent" else number
    assert (measured.records, measured.bad, measured.value) == (len(rows), bad, float(value))
    assert measured.kept == holds(promise.operator, value, promise.threshold)


@given(RECORDS, st.integers(1, 9), LEVELS)
def test_a_level_comes_to_what_a_plain_recount_comes_to(records: list[Record], at: int, level: ServiceLevel) -> None:
    measured = measure(level, parted(records, at))
    late = [each.late_ms for each in records if each.reason is None and each.is_row and each.late_ms is not None]
    all_of = late if level.kind == "latency" else records
    if level.kind == "latency":
        bad = sum(each > (level.bound_ms or 0) for each in late)
    else:
        bad = sum(each.reason is not None for each in records)

    assert (measured.records, measured.bad) == (len(all_of), bad)
    if not all_of:
        assert measured.kept is None
    elif level.kind == "latency":
        assert measured.kept == (Fraction(100 * (len(all_of) - bad), len(all_of)) >= Fraction(str(level.percent)))
    else:
        assert measured.kept == (Fraction(100 * bad, len(all_of)) <= Fraction(str(level.percent)))


@given(RECORDS, st.integers(1, 9), st.integers(1, 9), PROMISES)
def test_counts_add_up_however_they_are_parted(records: list[Record], one: int, other: int, promise: Promise) -> None:
    assert parted(records, one, promise) == parted(list(reversed(records)), other, promise) or not records


def test_a_promise_that_a_version_did_not_count_is_not_counted_in_both() -> None:
    before, after = Counts(rows=3, valid=3), Counts(rows=2, valid=2, failing={"p": 2}, lateness={5: 1}, timed=1)
    promise = Promise("p", "x", "nullValues", "mustBe", (0,))

    assert measure(promise, before + after).kept is None
    assert measure(promise, Counts() + after).kept is False
    assert measure(ServiceLevel("l", "latency", 7, 99.0, HOUR), before + after).words == "not counted"
    assert measure(ServiceLevel("l", "latency", 5, 99.0, HOUR), before + after).kept is True


def test_a_record_that_waits_behind_another_is_not_refused_yet() -> None:
    level = ServiceLevel("e", "errorRate", None, 10.0, HOUR)
    assert measure(level, Counts(valid=9, refused={"schema": 1, "held": 99})).words == (
        "records refused: 10 % (1 of 10 records), promised at most 10 % an hour"
    )


@pytest.mark.parametrize(
    ("level", "age_ms", "kept", "words"),
    [
        (
            ServiceLevel("f", "frequency", 3_600_000),
            5_000_000,
            False,
            "the last valid record was 83 minutes ago, promised a valid record at least every hour",
        ),
        (
            ServiceLevel("f", "frequency", 300_000),
            None,
            False,
            "no valid record yet, promised a valid record at least every 5 minutes",
        ),
        (
            ServiceLevel("f", "freshness", 172_800_000),
            172_800_000,
            True,
            "the last event was 2 days ago, promised the newest event at most 2 days old",
        ),
        (
            ServiceLevel("f", "freshness", 90_000),
            90_500,
            False,
            "the last event was 90 seconds ago, promised the newest event at most 90 seconds old",
        ),
    ],
)
def test_an_age_is_held_to_a_level_by_the_clock(
    level: ServiceLevel,
    age_ms: int | None,
    kept: bool,
    words: str,
) -> None:
    measured = measure_age(level, age_ms)
    assert (measured.kept, measured.words) == (kept, words)


@pytest.mark.parametrize(
    ("promise", "share"),
    [
        (Promise("p", "x", "nullValues", "mustBeLessOrEqualTo", (2,), "percent"), 0.02),
        (Promise("p", "x", "nullValues", "mustBeLessThan", (0.5,), "percent"), 0.005),
        (Promise("p", "x", "nullValues", "mustBeBetween", (0, 3), "percent"), 0.03),
        (Promise("p", "x", "nullValues", "mustBe", (0,), "rows"), 0.0),
        (Promise("p", "x", "nullValues", "mustBeBetween", (1, 3), "percent"), None),
        (Promise("p", "x", "nullValues", "mustBeGreaterThan", (3,), "percent"), None),
        (Promise("p", "x", "nullValues", "mustBeLessThan", (3,), "rows"), None),
        (Promise("p", None, "rowCount", "mustBe", (0,), "rows"), None),
        (ServiceLevel("l", "latency", 1, 99.9, HOUR), 0.001),
        (ServiceLevel("l", "errorRate", None, 1.0, HOUR), 0.01),
        (ServiceLevel("l", "frequency", 1), None),
    ],
)
def test_the_budget_is_the_share_that_may_be_bad(promise: Promise | ServiceLevel, share: float | None) -> None:
    assert budget(promise) == share


@pytest.mark.parametrize(
    ("level", "words"),
    [
        (
            ServiceLevel("l", "latency", 90_000, 99.5, HOUR),
            "at least 99.5 % of records arrive within 90 seconds of their event, over an hour",
        ),
        (ServiceLevel("e", "errorRate", None, 1.0, Window("PT5M")), "at most 1 % of records refused in 5 minutes"),
        (ServiceLevel("e", "errorRate", None, 0.0, Window("P1D")), "at most 0 % of records refused a day"),
        (ServiceLevel("f", "frequency", 86_400_000), "a valid record at least every day"),
        (ServiceLevel("f", "frequency", 1_500), "a valid record at least every 1,500 milliseconds"),
        (ServiceLevel("f", "freshness", 3_600_000), "the newest event at most 1 hour old"),
    ],
)
def test_a_level_reads_as_a_person_would_say_it(level: ServiceLevel, words: str) -> None:
    assert level.promised == words


@given(st.integers(1, 10**9), st.integers(0, 10**9))
def test_a_share_in_words_is_never_all_or_nothing_where_it_is_not(records: int, bad: int) -> None:
    refused = min(bad, records)
    words = measure(
        ServiceLevel("e", "errorRate", None, 1.0, HOUR), Counts(valid=records - refused, refused={"schema": refused})
    ).words
    assert ("refused: 100 %" in words) == (refused == records)
    assert ("refused: 0 %" in words) == (refused == 0)
