from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from assay.monitoring.verdicts import STATES, Standings, State, Windowed, adjusted, false_raises, q_for
from assay.monitoring.verdicts.budget import MOST

HIT = (1e-6, 1e-5, 0.06)
CLEAN = (0.6, 0.9, 0.0)
BETWEEN = (0.05, 0.3, 0.03)
CRITICAL = (1e-12, 1e-11, 0.4)
SMALL = (1e-30, 1e-29, 0.009)
UNTESTED = (1.0, 1.0, -1.0)


def seen(*windows: tuple[float, float, float]) -> Windowed:
    """A window over as many features."""
    p, q, effect = np.array(windows, dtype=np.float64).T
    return Windowed(p, q, effect, effect > -1, threshold=0.01)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_adjusted_equals_scipy(p: list[float]) -> None:
    np.testing.assert_allclose(adjusted(np.array(p)), stats.false_discovery_control(p), rtol=1e-9, atol=1e-300)


def test_what_was_not_tested_counts_for_none() -> None:
    q = adjusted(np.array([[0.01, np.nan], [0.04, np.nan]]))

    np.testing.assert_allclose(q, [[0.02, np.nan], [0.04, np.nan]])


def states(*evidence: tuple[float, float, float]) -> list[State]:
    standings, told = Standings.fresh(1), []
    for each in evidence:
        standings, state = standings.step(seen(each))
        told.append(STATES[int(state[0])])
    return told


@pytest.mark.parametrize(
    ("evidence", "last"),
    [
        ((HIT,), State.PENDING),
        ((HIT, HIT), State.FIRING),
        ((HIT, CLEAN, HIT), State.FIRING),
        ((HIT, UNTESTED, HIT), State.FIRING),
        ((HIT, UNTESTED), State.INSUFFICIENT),
        ((SMALL, SMALL, SMALL), State.OK),
        ((HIT, CLEAN, CLEAN, HIT), State.PENDING),
        ((CRITICAL,), State.FIRING),
        ((HIT, HIT, CLEAN, CLEAN), State.FIRING),
        ((HIT, HIT, CLEAN, CLEAN, CLEAN), State.OK),
        ((HIT, HIT, CLEAN, CLEAN, BETWEEN, CLEAN, CLEAN), State.FIRING),
        ((CRITICAL, CLEAN, CLEAN, CLEAN, HIT), State.PENDING),
    ],
)
def test_two_of_three_raise_and_three_calm_ones_end(
    evidence: tuple[tuple[float, float, float], ...], last: State
) -> None:
    assert states(*evidence)[-1] == last


@given(st.lists(st.sampled_from([HIT, CLEAN, BETWEEN, CRITICAL, SMALL, UNTESTED]), max_size=30))
def test_the_states_are_those_of_the_rule_read_aloud(windows: list[tuple[float, float, float]]) -> None:
    told: list[State] = []
    hits: list[bool] = []
    calm, firing = 0, False
    for window in windows:
        hit = window in (HIT, CRITICAL)
        if window == UNTESTED:
            told.append(State.INSUFFICIENT)
        elif firing:
            calm = calm + 1 if window == CLEAN else 0
            firing = calm < 3
            hits = []
            told.append(State.FIRING if firing else State.OK)
        else:
            hits.append(hit)
            firing, calm = hit and (window == CRITICAL or sum(hits[-3:]) >= 2), 0
            told.append(State.FIRING if firing else State.PENDING if hit else State.OK)

    assert states(*windows) == told


@given(st.lists(st.lists(st.sampled_from([HIT, CLEAN, CRITICAL, UNTESTED]), min_size=4, max_size=4), max_size=12))
def test_features_stand_each_for_itself(windows: list[list[tuple[float, float, float]]]) -> None:
    standings, together = Standings.fresh(4), []
    for window in windows:
        standings, state = standings.step(seen(*window))
        together.append([STATES[int(each)] for each in state])

    alone = [states(*(window[line] for window in windows)) for line in range(4)]
    assert together == [list(row) for row in zip(*alone, strict=True)]


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
    raised, standings = 0, Standings.fresh(features)
    for p in rng.random((windows, features)):
        window = Windowed(p, adjusted(p), np.full(features, 0.06), np.ones(features, dtype=np.bool_), q)
        before = standings.calm
        standings, _ = standings.step(window)
        raised += int(((standings.calm >= 0) & (before < 0)).sum())

    expected = false_raises(q, features, windows)
    assert 0.4 * expected < raised < expected + 3 * np.sqrt(expected)
