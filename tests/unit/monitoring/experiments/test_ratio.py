from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from assay.monitoring.experiments import Estimate, difference_of, estimate_of, sums_of
from assay.monitoring.experiments.ratio import skewness_of

ROWS = st.lists(st.tuples(st.floats(0, 1e4), st.floats(1, 1e3)), min_size=2, max_size=50)
AMOUNTS = st.lists(st.floats(0, 1e6).filter(lambda value: value == 0 or value > 1e-6), min_size=2, max_size=50)


def estimate(above: list[float], below: list[float] | None = None) -> Estimate:
    found = estimate_of(sums_of(above, below))
    assert found is not None
    return found


@given(ROWS)
def test_a_ratio_has_the_variance_of_the_delta_method(rows: list[tuple[float, float]]) -> None:
    above, below = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    assume(not ((above > 0) & (above < 1e-6)).any())
    ratio = above.sum() / below.sum()
    residuals = above - ratio * below
    assume(np.var(residuals) > 1e-12 * np.square(above).mean())

    found = estimate(above.tolist(), below.tolist())

    assert found.value == pytest.approx(ratio, rel=1e-12)
    assert found.variance == pytest.approx(
        np.square(residuals).sum() / (len(rows) - 1) / below.mean() ** 2 / len(rows), rel=1e-9
    )


@given(AMOUNTS)
def test_a_mean_per_user_has_the_standard_error_of_scipy(amounts: list[float]) -> None:
    assume(np.var(amounts) > 1e-12 * max(amounts) ** 2)

    found = estimate(amounts)

    assert found.value == pytest.approx(np.mean(amounts), rel=1e-12)
    assert math.sqrt(found.variance) == pytest.approx(stats.sem(amounts), rel=1e-9)


@given(AMOUNTS)
def test_the_third_moment_is_that_of_scipy(amounts: list[float]) -> None:
    assume(np.var(amounts) > 1e-6 * max(amounts) ** 2)

    assert estimate(amounts).third == pytest.approx(stats.moment(amounts, 3), rel=1e-6, abs=1e-9 * max(amounts) ** 3)


@given(ROWS)
def test_the_third_moment_of_a_ratio_is_that_of_its_residuals(rows: list[tuple[float, float]]) -> None:
    above, below = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    assume(not ((above > 0) & (above < 1e-6)).any())
    cubes = ((above - above.sum() / below.sum() * below) / below.mean()) ** 3

    found = estimate(above.tolist(), below.tolist()).third

    assert found == pytest.approx(cubes.mean(), rel=1e-6, abs=1e-9 * max(np.abs(above / below.mean()).max() ** 3, 1e-9))


def test_an_even_split_is_not_skewed_and_an_uneven_one_is() -> None:
    few, many = estimate([0.0] * 990 + [1.0] * 10), estimate([0.0] * 9_900 + [1.0] * 100)

    assert skewness_of(few, few) == 0
    pooled = stats.skew([0.0] * 990 + [1.0] * 10) * (1 / 1_000**2 - 1 / 10_000**2) / (1 / 1_000 + 1 / 10_000) ** 1.5
    assert skewness_of(few, many) == pytest.approx(pooled, rel=0.01)


def test_no_cancellation_costs_a_digit() -> None:
    assert estimate([1e15, 1e15 + 1, 1e15 + 2]).variance == pytest.approx(1 / 3, rel=1e-15)


@given(AMOUNTS, AMOUNTS)
def test_a_difference_has_the_statistic_of_welch(one: list[float], two: list[float]) -> None:
    assume(np.var(one) > 1e-12 * max(one) ** 2)
    assume(np.var(two) > 1e-12 * max(two) ** 2)

    found = difference_of(estimate(one), estimate(two))

    expected = stats.ttest_ind(one, two, equal_var=False).statistic
    assert found.value / found.standard_error == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_a_lift_is_a_share_of_the_control() -> None:
    assert difference_of(Estimate(10, 0.06, 0.0), Estimate(10, 0.05, 0.0)).lift == pytest.approx(0.2)


def test_a_control_of_nothing_has_no_lift() -> None:
    assert difference_of(Estimate(10, 0.06, 0.0), Estimate(10, 0.0, 0.0)).lift is None


@pytest.mark.parametrize(("above", "below"), [([], []), ([1.0], [1.0]), ([1.0, 2.0], [0.0, 0.0])])
def test_there_is_no_estimate_of_one_user_or_of_nothing_shown(above: list[float], below: list[float]) -> None:
    assert estimate_of(sums_of(above, below)) is None
