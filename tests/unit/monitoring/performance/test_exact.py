"""Sums of doubles are as exact as counts."""

from __future__ import annotations

import json
import math
import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.monitoring.performance import Exact, Moments, UnreadableCountsError

FINITE = st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=40)
USUAL = st.lists(st.floats(-1e100, 1e100).filter(lambda x: not x or abs(x) > 1e-100), max_size=40)


@settings(deadline=None)
@given(FINITE)
def test_a_sum_is_that_of_the_doubles_without_rounding(values: list[float]) -> None:
    assert Exact.of(np.array(values, dtype=np.float64)).fraction == sum(map(Fraction, values))


@settings(deadline=None)
@given(FINITE, st.randoms(use_true_random=False))
def test_a_sum_does_not_depend_on_order_or_grouping(values: list[float], chance: random.Random) -> None:
    shuffled = chance.sample(values, len(values))
    at = chance.randint(0, len(values))
    parts = [Exact.of(np.array(part, dtype=np.float64)) for part in (shuffled[:at], shuffled[at:])]
    assert parts[0] + parts[1] == parts[1] + parts[0] == Exact.of(np.array(values, dtype=np.float64))


@settings(deadline=None)
@given(USUAL)
def test_moments_hold_the_squares_without_rounding(values: list[float]) -> None:
    found = Moments.of(np.array(values, dtype=np.float64))
    assert (found.n, found.squares.fraction) == (len(values), sum(Fraction(each) ** 2 for each in values))


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40), st.floats(-1e9, 1e9))
def test_the_variance_of_a_small_spread_around_a_large_mean_is_right(values: list[float], around: float) -> None:
    moved = np.array(values) + around
    exact = [Fraction(each) for each in moved.tolist()]
    mean = sum(exact) / len(exact)
    wanted = float(sum((each - mean) ** 2 for each in exact) / (len(exact) - 1))
    assert math.isclose(Moments.of(moved).variance, wanted, rel_tol=1e-9, abs_tol=1e-250)


@settings(deadline=None)
@given(FINITE)
def test_a_sum_that_is_written_is_read_again(values: list[float]) -> None:
    found = Exact.of(np.array(values, dtype=np.float64))
    assert Exact.read(json.loads(json.dumps(found.written()))) == found


@pytest.mark.parametrize("text", ["", "1", "xp0", "1p9999999999", "1p-9999", "1p0p0"])
def test_what_is_no_sum_is_refused(text: str) -> None:
    with pytest.raises(UnreadableCountsError):
        Exact.read(text)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_has_no_sum_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Exact.of(np.array([1.0, value]))
