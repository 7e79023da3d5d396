"""Answers of a model counted by status, class of error and latency."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from assay.monitoring.operations import (
    BOUNDS_MS,
    NOTHING,
    OTHER,
    PRECISION,
    OperationCounts,
    few,
    latency_at,
    latency_counts,
    operations_of,
)

LATENCIES = st.lists(st.floats(0.01, 1_200_000), max_size=60)
WORDS = st.lists(st.sampled_from(("ok", "error", "timeout", "refused")), max_size=20)


@st.composite
def counted(draw: st.DrawFn) -> OperationCounts:
    statuses, errors, latencies = draw(WORDS), draw(WORDS), draw(LATENCIES)
    return operations_of(statuses, errors, np.array(latencies, dtype=np.float64), draw(st.integers(0, 5)))


@given(counted(), counted(), counted())
def test_counts_merge_in_any_order_and_grouping(
    one: OperationCounts, two: OperationCounts, three: OperationCounts
) -> None:
    assert (one + two) + three == one + (two + three)
    assert one + two == two + one
    assert one + NOTHING == one


@given(LATENCIES, LATENCIES)
def test_latencies_counted_together_are_the_sum_of_those_counted_apart(one: list[float], two: list[float]) -> None:
    parts = [OperationCounts(latencies=latency_counts(np.array(each, dtype=np.float64))) for each in (one, two)]

    assert (parts[0] + parts[1]).latencies == latency_counts(np.array(one + two, dtype=np.float64))


@given(LATENCIES.filter(bool), st.floats(0.01, 1.0))
def test_a_quantile_is_never_too_low_and_less_than_the_precision_too_high(latencies: list[float], share: float) -> None:
    true = sorted(latencies)[max(1, math.ceil(share * len(latencies))) - 1]

    found = latency_at(latency_counts(np.array(latencies)), share)

    assert found is not None
    assert true <= found <= true * (1 + PRECISION) * (1 + 1e-12)


def test_what_is_above_all_bounds_has_no_upper_bound() -> None:
    assert latency_at(latency_counts(np.array([BOUNDS_MS[-1] * 1.01])), 0.5) == math.inf


def test_answers_without_a_latency_have_no_quantile() -> None:
    assert operations_of(["ok"], [], np.array([math.nan])).latency_ms(0.5) is None


def test_failures_are_those_that_were_not_the_callers_fault() -> None:
    counts = operations_of(["ok", "refused", "error", "timeout", "cancelled"], [], np.array([]))

    assert (counts.requests, counts.failed) == (5, 3)


@given(st.dictionaries(st.text(max_size=3) | st.just(OTHER), st.integers(1, 9), max_size=12), st.integers(2, 6))
def test_few_kinds_keep_the_sum(counts: dict[str, int], kinds: int) -> None:
    found = few(counts, kinds)

    assert len(found) <= kinds
    assert sum(found.values()) == sum(counts.values())
    assert OperationCounts(errors=found) == replace(NOTHING, errors=few(found, kinds))
