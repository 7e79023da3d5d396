"""Skew: values that differ are counted as such, merge by addition, and fire beyond what is tolerated alone."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from assay.monitoring.skew import Sample, SkewCounts, SkewRule, Value, agree, count_skew, is_sampled, judge_skew, wilson

VALUES: st.SearchStrategy[Value] = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.floats(-2, 2), st.sampled_from(["a", "b", "1"])
)
SAMPLES = st.lists(st.builds(Sample, VALUES, VALUES, st.tuples(VALUES)), max_size=20)


@settings(deadline=None)
@given(SAMPLES, SAMPLES)
def test_counts_merge(one: list[Sample], other: list[Sample]) -> None:
    whole = count_skew(one + other)
    assert count_skew(one) + count_skew(other) == count_skew(other) + count_skew(one) == whole
    assert SkewCounts.read(json.loads(json.dumps(whole.written()))) == whole


@settings(deadline=None)
@given(st.integers(0, 300), st.integers(1, 300), st.sampled_from([0.8, 0.95, 0.99]))
def test_wilsons_bounds_are_scipys(part: int, more: int, confidence: float) -> None:
    whole = max(part, more)
    wanted = stats.binomtest(part, whole).proportion_ci(2 * confidence - 1, method="wilson")
    low, high = wilson(part, whole, confidence)
    assert math.isclose(low, wanted.low, rel_tol=1e-9, abs_tol=1e-9)
    assert math.isclose(high, wanted.high, rel_tol=1e-9, abs_tol=1e-9)


@pytest.mark.parametrize(
    ("online", "offline", "same"),
    [
        (1.0, 1.0 + 1e-7, True),
        (1.0, 1.00001, False),
        (1, 2, False),
        (1, 1.0, True),
        (10**15, 10**15 + 1, False),
        ("1", 1, False),
        ("a", "a", True),
        (None, None, True),
        (None, 0.0, False),
        (math.nan, math.nan, True),
        (math.nan, 0.0, False),
        (math.inf, math.inf, True),
        (math.inf, -math.inf, False),
        (0.0, -0.0, True),
        (10**400, 1.0, False),
        (1e308, -1e308, False),
    ],
)
def test_values_agree_exactly_and_floats_to_a_millionth(online: Value, offline: Value, same: bool) -> None:
    assert agree(online, offline) is same
    assert agree(offline, online) is same


def test_3000_samples_without_a_mismatch_bound_the_rate_below_a_thousandth() -> None:
    found = judge_skew(count_skew([Sample(1, 1)] * 3_000))
    assert (found.state, found.rate, found.low) == ("ok", 0.0, 0.0)
    assert found.high < 0.001


def test_a_lone_mismatch_does_not_fire_where_enough_are_joined_to_speak() -> None:
    least = SkewRule().least_joined
    assert judge_skew(count_skew([Sample(1, 2)] + [Sample(1, 1)] * (least - 2))).state == "insufficient"
    assert judge_skew(count_skew([Sample(1, 2)] + [Sample(1, 1)] * (least - 1))).state == "ok"


def test_a_hundredth_of_mismatches_fires_and_permuted_values_do_though_their_distribution_is_the_same() -> None:
    assert judge_skew(count_skew([Sample(1, 2)] * 20 + [Sample(1, 1)] * 1_980)).state == "firing"
    values = np.random.default_rng(4).normal(size=1_000)
    found = judge_skew(
        count_skew([Sample(a, b) for a, b in zip(values.tolist(), np.roll(values, 1).tolist(), strict=True)])
    )
    assert (found.state, found.rate) == ("firing", 1.0)


def test_nothing_on_one_side_and_what_was_true_before_are_told_apart() -> None:
    samples = [Sample(None, 1.0), Sample(2.0, None), Sample(3.0, 4.0, (3.0,)), Sample(3.0, 5.0, (4.0,)), Sample(1, 1)]
    found = judge_skew(count_skew(samples))
    assert (found.mismatched, found.online_missing, found.offline_missing, found.stale) == (4, 0.2, 0.2, 0.25)


def test_relative_errors_are_told_to_a_tenth_of_a_decade() -> None:
    samples = [Sample(1.0, 1.0)] * 49 + [Sample(100.0, 99.0)] * 50 + [Sample(10.0, 5.0)]
    found = judge_skew(count_skew(samples))
    assert found.median_error is not None
    assert found.p99_error is not None
    assert 0.01 <= found.median_error <= 0.0126
    assert found.p99_error == found.median_error
    assert judge_skew(count_skew([Sample("a", "b")])).median_error is None


def test_the_same_predictions_are_sampled_everywhere_and_about_as_many_as_asked() -> None:
    names = [f"p-{number}" for number in range(10_000)]
    tenth = {each for each in names if is_sampled(each, 0.1)}
    assert 900 < len(tenth) < 1_100
    assert tenth < {each for each in names if is_sampled(each, 0.2)}
    assert not any(is_sampled(each, 0.0) for each in names)
    assert all(is_sampled(each, 1.0) for each in names)
