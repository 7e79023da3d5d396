"""Raises without drift, within the budget; and with a drift that must be found. `tests/long.py` runs the full sizes."""

from __future__ import annotations

import os

import numpy as np
import pytest
from scipy import stats

from assay.monitoring.checking import Monitor, check, windows_of_rows
from assay.monitoring.profiles import Numbers, Profile, profile_of
from assay.monitoring.profiles.columns import Ints, Table
from assay.monitoring.verdicts import State, Verdict, q_for
from assay.monitoring.verdicts.budget import MINUTES_A_MONTH
from tests.unit.monitoring.streams import FEATURES, KINDS, hours, stationary

WINDOWS = int(os.environ.get("ASSAY_TEST_WINDOWS", "60"))
REFERENCE, ROWS = 50_000, 2_000
BUDGET = 1.0
CHANCE = 0.999


def judged(profile: Profile, table: Table, windows: list[Ints], q: float) -> list[Verdict]:
    return [verdict for window in check(profile, table, windows, q) for verdict in window.verdicts()]


def fired(verdicts: list[Verdict]) -> set[str]:
    return {verdict.column for verdict in verdicts if verdict.state == State.FIRING}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.timeout(1_800)
def test_streams_without_drift_raise_within_the_budget(kind: str) -> None:
    draw = stationary(kind, seed=WINDOWS)
    profile = profile_of(draw(REFERENCE))
    q = q_for(BUDGET, FEATURES, MINUTES_A_MONTH)
    monitor = Monitor(profile, q)
    raises, hits, firing = 0, 0, np.zeros(FEATURES, dtype=np.bool_)

    for _ in range(WINDOWS):
        judged = list(monitor.close(profile.count(draw(ROWS))).verdicts())
        now = np.array([each.state == State.FIRING for each in judged])
        raises += int((now & ~firing).sum())
        hits += any(each.severity is not None for each in judged)
        firing = now

    assert raises <= stats.poisson.ppf(CHANCE, BUDGET * WINDOWS / MINUTES_A_MONTH)
    assert hits <= stats.poisson.ppf(CHANCE, q * WINDOWS)


@pytest.mark.parametrize("kind", ["normal", "lognormal"])
@pytest.mark.parametrize("trial", range(6))
def test_a_quarter_of_a_deviation_in_one_of_fifty_is_raised_within_four_windows(kind: str, trial: int) -> None:
    draw = stationary(kind, seed=trial)
    profile = profile_of(draw(20_000))
    window = draw(4 * ROWS)
    moved = window["f7"]
    assert isinstance(moved, Numbers)
    shifted = np.exp(np.log(moved.values) + 0.25) if kind == "lognormal" else moved.values + 0.25
    q = q_for(BUDGET, FEATURES, MINUTES_A_MONTH)

    verdicts = judged(profile, {**window, "f7": Numbers(shifted)}, windows_of_rows(4 * ROWS, ROWS), q)

    assert fired(verdicts) == {"f7"}


@pytest.mark.parametrize("rows", [168, 500, 1_000, 2_000])
def test_seasons_that_the_reference_has_are_no_drift(rows: int) -> None:
    rng = np.random.default_rng(4)
    profile = profile_of(hours(rng, 8_766))

    verdicts = judged(profile, hours(rng, 8_766, 8_766), windows_of_rows(8_766, rows), 0.01)

    assert fired(verdicts) == set()


@pytest.mark.parametrize("rows", [168, 500, 1_000])
def test_what_moves_beside_the_seasons_is_found_in_its_windows(rows: int) -> None:
    rng = np.random.default_rng(4)
    profile = profile_of(hours(rng, 8_766))
    year = hours(rng, 8_766, 8_766)
    battery = year["battery"]
    assert isinstance(battery, Numbers)
    battery.values[5_000:] += 0.5

    verdicts = judged(profile, year, windows_of_rows(8_766, rows), 0.01)

    assert fired(verdicts) == {"battery"}
    first = min(verdict.window for verdict in verdicts if verdict.state == State.FIRING)
    assert 5_000 // rows <= first <= 5_000 // rows + 4
