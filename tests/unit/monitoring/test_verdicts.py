from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from assay.monitoring.verdicts import Evidence, Standing, State, adjusted, false_raises, q_for, step
from assay.monitoring.verdicts.budget import MOST

HIT = Evidence(p=1e-6, q=1e-5, effect=0.06, threshold=0.01)
CLEAN = Evidence(p=0.6, q=0.9, effect=0.0, threshold=0.01)
BETWEEN = Evidence(p=0.05, q=0.3, effect=0.03, threshold=0.01)
CRITICAL = Evidence(p=1e-12, q=1e-11, effect=0.4, threshold=0.01)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_adjusted_equals_scipy(p: list[float]) -> None:
    np.testing.assert_allclose(adjusted(np.array(p)), stats.false_discovery_control(p), rtol=1e-9, atol=1e-300)


def test_what_was_not_tested_counts_for_none() -> None:
    q = adjusted(np.array([[0.01, np.nan], [0.04, np.nan]]))

    np.testing.assert_allclose(q, [[0.02, np.nan], [0.04, np.nan]])


def states(*evidence: Evidence) -> list[State]:
    standing, seen = Standing(), []
    for each in evidence:
        standing, state = step(standing, each)
        seen.append(state)
    return seen


@pytest.mark.parametrize(
    ("evidence", "last"),
    [
        ((HIT,), State.PENDING),
        ((HIT, HIT), State.FIRING),
        ((HIT, CLEAN, HIT), State.FIRING),
        ((HIT, CLEAN, CLEAN, HIT), State.PENDING),
        ((CRITICAL,), State.FIRING),
        ((HIT, HIT, CLEAN, CLEAN), State.FIRING),
        ((HIT, HIT, CLEAN, CLEAN, CLEAN), State.OK),
        ((HIT, HIT, CLEAN, CLEAN, BETWEEN, CLEAN, CLEAN), State.FIRING),
        ((CRITICAL, CLEAN, CLEAN, CLEAN, HIT), State.PENDING),
    ],
)
def test_two_of_three_raise_and_three_calm_ones_end(evidence: tuple[Evidence, ...], last: State) -> None:
    assert states(*evidence)[-1] == last


def test_what_is_sure_but_small_is_no_hit() -> None:
    assert not Evidence(p=1e-30, q=1e-29, effect=0.009, threshold=0.01).hit


@given(st.floats(1e-3, 100), st.integers(1, 1_000), st.floats(1, 1e6))
def test_the_q_of_a_budget_keeps_to_it(budget: float, features: int, windows: float) -> None:
    q = q_for(budget, features, windows)

    assert q == MOST or false_raises(q, features, windows) == pytest.approx(budget)
    assert false_raises(q, features, windows) <= budget * (1 + 1e-9)


@pytest.mark.parametrize(("q", "features"), [(0.1, 5), (0.05, 10)])
def test_false_raises_without_drift_stay_within_the_formula(q: float, features: int) -> None:
    """The hysteresis over uniform chances, as no drift has them: the rate is below the formula and not far below."""
    rng = np.random.default_rng(7)
    windows = 40_000
    raised = 0
    standings = [Standing()] * features
    for p in rng.random((windows, features)):
        q_values = adjusted(p)
        for line in np.flatnonzero((q_values <= q) | [each != Standing() for each in standings]):
            evidence = Evidence(float(p[line]), float(q_values[line]), 0.06, q)
            before = standings[line]
            standings[line], state = step(before, evidence)
            raised += state == State.FIRING and not before.firing

    expected = false_raises(q, features, windows)
    assert 0.4 * expected < raised < expected + 3 * np.sqrt(expected)
