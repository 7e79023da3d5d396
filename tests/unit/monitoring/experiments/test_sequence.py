from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from assay.monitoring.experiments.sequence import ConfidenceSequence, fixed_errors, fixed_p

ALPHAS = st.floats(0.0001, 0.5)
PLANS = st.integers(100, 1_000_000)


@given(ALPHAS, PLANS, st.integers(1, 1_000_000))
def test_the_half_width_is_the_published_one(alpha: float, planned: int, users: int) -> None:
    sequence = ConfidenceSequence(alpha, planned)
    r2 = sequence.weight()
    published = math.sqrt(2 * (users * r2 + 1) / (users**2 * r2) * math.log(math.sqrt(users * r2 + 1) / alpha))

    assert sequence.errors(users) / math.sqrt(users) == pytest.approx(published, rel=1e-9)


@given(ALPHAS, PLANS)
def test_no_other_plan_is_tighter_at_the_planned_users(alpha: float, planned: int) -> None:
    at_best = ConfidenceSequence(alpha, planned).errors(planned)

    assert at_best <= ConfidenceSequence(alpha, planned * 1.05).errors(planned)
    assert at_best <= ConfidenceSequence(alpha, planned / 1.05).errors(planned)


@given(ALPHAS, PLANS, st.integers(1, 1_000_000))
def test_p_is_alpha_where_the_interval_touches_0(alpha: float, planned: int, users: int) -> None:
    sequence = ConfidenceSequence(alpha, planned)

    assert sequence.p(sequence.errors(users), users) == pytest.approx(alpha, rel=1e-9)


@pytest.mark.parametrize("users", [100, 1_000, 20_000])
@pytest.mark.parametrize("statistic", [0.5, 2.0, 4.0])
def test_p_is_one_over_a_mixture_of_likelihoods(statistic: float, users: int) -> None:
    sequence = ConfidenceSequence(0.05, 1_000)
    width = math.sqrt(users * sequence.weight())

    def at(shift: float) -> float:
        return float(stats.norm.pdf(statistic, shift) / stats.norm.pdf(statistic) * stats.norm.pdf(shift, scale=width))

    mixture = integrate.quad(at, -60, 60, points=[0, statistic], epsabs=1e-13, limit=500)[0]

    assert sequence.p(statistic, users) == pytest.approx(min(1 / mixture, 1.0), rel=1e-9)


@given(st.floats(1e-6, 0.5), st.floats(-6, 6))
def test_a_fixed_horizon_is_that_of_the_normal_law(alpha: float, statistic: float) -> None:
    assert fixed_errors(alpha) == pytest.approx(stats.norm.isf(alpha / 2), rel=1e-9)
    assert fixed_p(statistic) == pytest.approx(2 * stats.norm.sf(abs(statistic)), rel=1e-9)


@pytest.mark.parametrize(("alpha", "planned"), [(0.0, 10), (1.0, 10), (0.05, 0), (0.05, math.inf), (math.nan, 10)])
def test_a_sequence_of_no_level_or_no_plan_is_refused(alpha: float, planned: float) -> None:
    with pytest.raises(ValueError, match=r"alpha|plan"):
        ConfidenceSequence(alpha, planned)
