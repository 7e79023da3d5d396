"""Columns that are held to their hours of the week: no raise beyond the budget, and what the season hid is found."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from assay.monitoring.checking import Monitor, windows_of_time
from assay.monitoring.memory import Memory
from assay.monitoring.profiles import Profile, profile_of
from assay.monitoring.profiles.columns import Floats, Numbers, Table, taken
from assay.monitoring.profiles.matching import gap_of, matched_to, moments
from assay.monitoring.profiles.papers import profile_from_json, profile_to_json
from assay.monitoring.profiles.seasons import HOURS, hours_counted, hours_of
from assay.monitoring.verdicts import State, Verdict, q_for
from assay.monitoring.verdicts.budget import MINUTES_A_MONTH
from assay.monitoring.verdicts.verdict import SEASONAL, Judgement
from tests.unit.monitoring.streams import SEASONS, seasonal

WINDOWS = int(os.environ.get("ASSAY_TEST_SEASON_WINDOWS", "48"))
FEATURES = int(os.environ.get("ASSAY_TEST_SEASON_FEATURES", "3"))
WEEKS = 4 * HOURS
MOST_ROWS = 1_200_000
WEATHER = 4
"""By how much what lasts for days goes beyond the budget: four weeks show few of its spells, and it fills three windows."""

CHANCE = 0.999
HOUR, DAY = 60, 1_440


def judged(
    profile: Profile, moments_s: Floats, table: Table, minutes: int, *, with_hours: bool = True
) -> Iterator[Judgement]:
    monitor = Monitor(profile, q_for(1.0, len(profile.names), MINUTES_A_MONTH / minutes))
    for rows in windows_of_time(moments_s, 60 * minutes):
        window = monitor.close(
            profile.count(taken(table, rows)), hours_counted(moments_s[rows]) if with_hours else None
        )
        if isinstance(window, Judgement):
            yield window


def referred(kind: str, seed: int, per_hour: int, features: int = FEATURES) -> Profile:
    moments_s, table = seasonal(kind, seed, features)(0, WEEKS, per_hour, 0.0)
    return profile_of(table, moments_s=moments_s)


def fired(windows: list[Judgement]) -> dict[str, int]:
    """The place of the first window in which each column fires."""
    found: dict[str, int] = {}
    for place, window in enumerate(windows):
        for verdict in window.verdicts():
            if verdict.state == State.FIRING:
                found.setdefault(verdict.column, place)
    return found


@pytest.fixture(scope="module")
def normal() -> Profile:
    return referred("normal", 5, 60, 2)


@pytest.mark.parametrize(
    ("kind", "per_hour", "minutes"),
    [*((kind, 60, 2 * HOUR) for kind in SEASONS), ("normal", 10, 12 * HOUR), ("words", 500, HOUR), ("counts", 60, DAY)],
)
@pytest.mark.timeout(1_800)
def test_seasons_without_drift_raise_within_the_budget(kind: str, per_hour: int, minutes: int) -> None:
    draw = seasonal(kind, WINDOWS, FEATURES)
    before, reference = draw(0, WEEKS, per_hour, 0.0)
    profile = profile_of(reference, moments_s=before)
    q = q_for(1.0, FEATURES, MINUTES_A_MONTH / minutes)
    hours = min(WINDOWS * minutes // HOUR, MOST_ROWS // per_hour)
    now = draw(WEEKS, hours, per_hour, 0.0)

    raises, hits, windows, firing = 0, 0, 0, np.zeros(FEATURES, dtype=np.bool_)
    for window in judged(profile, *now, minutes):
        fires = np.array([verdict.state == State.FIRING for verdict in window.verdicts()])
        raises += int((fires & ~firing).sum())
        hits += bool(window.seen.hit.any())
        windows, firing = windows + 1, fires

    assert (profile.seasons is None) == (kind == "no season")
    assert windows > 0.9 * hours * HOUR / minutes
    over = WEATHER if kind == "weather" else 1
    assert raises <= stats.poisson.ppf(CHANCE, over * windows * minutes / MINUTES_A_MONTH)
    assert hits <= stats.poisson.ppf(CHANCE, over * q * windows)


@pytest.mark.parametrize(("moved", "per_hour", "minutes"), [(1.0, 60, 2 * HOUR), (0.5, 240, HOUR), (0.5, 60, DAY)])
@pytest.mark.parametrize("kind", ["normal", "lognormal"])
@pytest.mark.parametrize("trial", range(2))
def test_a_shift_that_the_season_hides_is_raised_within_four_windows(
    kind: str, trial: int, moved: float, per_hour: int, minutes: int
) -> None:
    draw = seasonal(kind, trial, 2)
    before, reference = draw(0, WEEKS, per_hour, 0.0)
    now = draw(WEEKS, 4 * minutes // HOUR, per_hour, moved)

    found = fired(list(judged(profile_of(reference, moments_s=before), *now, minutes)))

    assert found.keys() == {"f0"}


@pytest.mark.parametrize("minutes", [2 * HOUR, DAY])
def test_without_its_hours_a_season_hides_that_shift(normal: Profile, minutes: int) -> None:
    now = seasonal("normal", 6, 2)(WEEKS, HOURS, 60, 1.0)

    assert fired(list(judged(normal, *now, minutes, with_hours=False))) == {}
    assert fired(list(judged(normal, *now, minutes))).keys() == {"f0"}


def test_a_trend_beside_the_season_is_told(normal: Profile) -> None:
    moments_s, table = seasonal("normal", 6, 2)(WEEKS, 2 * WEEKS, 60, 0.0)
    column = table["f0"]
    column.values[:] += np.linspace(0, 2, len(moments_s))  # type: ignore[union-attr]  # normal ones are numbers

    assert fired(list(judged(normal, moments_s, table, DAY))).keys() == {"f0"}


def test_a_verdict_says_that_the_column_was_held_to_its_hours(normal: Profile) -> None:
    moments_s, table = seasonal("normal", 6, 2)(WEEKS, 48, 60, 1.0)

    told = [verdict for window in judged(normal, moments_s, table, DAY) for verdict in window.verdicts()]

    assert {verdict.note for verdict in told} == {SEASONAL}
    assert told[0].direction == "up"
    assert sum(each.reference for each in told[0].moved) <= 1


def test_a_feature_that_is_left_out_is_not_tested_though_it_has_a_season(normal: Profile) -> None:
    moments_s, table = seasonal("normal", 6, 2)(WEEKS, 48, 60, 1.0)

    windows = list(judged(replace(normal, notes={"f0": "left out"}), moments_s, table, DAY))

    assert all(np.isnan(window.measured.p[0]).all() for window in windows)
    assert not any(np.isnan(window.measured.p[1]).all() for window in windows)


@pytest.mark.parametrize("side", [-1, 1])
def test_values_beyond_a_common_end_are_as_far_as_that_end(side: int) -> None:
    random = np.random.default_rng(1)
    moments_s = np.arange(0.0, WEEKS * 3_600, 60)
    values = 950 - 20 * np.sin(moments_s / 86_400 * 2 * np.pi) + random.uniform(-25, 25, moments_s.size)
    values[random.random(moments_s.size) < 0.3] = 1_000
    profile = profile_of({"x": Numbers(side * values)}, moments_s=moments_s)
    moments_s, beyond = moments_s[: DAY * 2], values[: DAY * 2].copy()
    beyond[random.random(beyond.size) < 0.02] = 1_010

    calm, moved = (
        list(judged(profile, moments_s, {"x": Numbers(side * each)}, DAY)) for each in (values[: DAY * 2], beyond)
    )

    assert all(each.to_hours is not None for each in (*calm, *moved))
    for each, than in zip(moved, calm, strict=True):
        assert 0 < side * (each.measured.shift[0] - than.measured.shift[0]) < 2
        assert abs(each.measured.wasserstein[0] - than.measured.wasserstein[0]) < 2
        assert each.measured.wasserstein[0] >= 0


def test_what_was_tested_is_counted_bin_by_bin(normal: Profile) -> None:
    moments_s, table = seasonal("normal", 6, 2)(WEEKS, 2, 60, 1.0)

    (window,) = judged(normal, moments_s, table, 2 * HOUR)

    counted = window.counted(0)
    assert sum(each.window for each in counted) == len(moments_s)
    assert sum(each.reference for each in counted) == pytest.approx(normal.cells.rows, rel=0.01)
    assert any(each.has_moved for each in counted)


def verdicts(profile: Profile, moments_s: Floats, table: Table, *, with_hours: bool) -> list[Verdict]:
    windows = judged(profile, moments_s, table, DAY, with_hours=with_hours)
    return [verdict for window in windows for verdict in window.verdicts()]


def test_without_hours_a_window_is_judged_as_without_seasons(normal: Profile) -> None:
    moments_s, reference = seasonal("normal", 5, 2)(0, WEEKS, 60, 0.0)
    plain = profile_of(reference)
    now = seasonal("normal", 6, 2)(WEEKS, 72, 60, 0.5)

    assert verdicts(normal, *now, with_hours=False) == verdicts(plain, *now, with_hours=True)
    assert verdicts(profile_of(reference, moments_s=moments_s), *now, with_hours=True) != verdicts(
        plain, *now, with_hours=True
    )


@pytest.mark.parametrize("cut", [1, 3 * HOURS, WEEKS - 30])
def test_a_reference_of_less_than_four_weeks_has_no_seasons(cut: int) -> None:
    moments_s, table = seasonal("normal", 5, 1)(0, cut, 60, 0.0)

    assert profile_of(table, moments_s=moments_s).seasons is None


def test_hours_that_the_reference_lacks_are_held_to_the_whole_of_it() -> None:
    moments_s, table = seasonal("normal", 5, 2)(0, WEEKS, 60, 0.0)
    open_hours = np.flatnonzero(hours_of(moments_s) % 24 >= 6)
    profile = profile_of(taken(table, open_hours), moments_s=moments_s[open_hours])
    now = seasonal("normal", 6, 2)(WEEKS, 24, 100, 0.0)

    told = [{verdict.note for verdict in window.verdicts()} for window in judged(profile, *now, 2 * HOUR)]

    assert told == [{None}] * 3 + [{SEASONAL}] * 9


def test_a_profile_with_seasons_is_read_as_it_was_written(normal: Profile) -> None:
    now = seasonal("normal", 6, 2)(WEEKS, 72, 60, 0.5)
    text = profile_to_json(normal)

    read = profile_from_json(text)

    assert profile_to_json(read) == text
    assert verdicts(read, *now, with_hours=True) == verdicts(normal, *now, with_hours=True)


def test_a_profile_without_seasons_is_of_the_version_that_all_read() -> None:
    moments_s, table = seasonal("no season", 5, 1)(0, WEEKS, 10, 0.0)

    assert '"assay_profile": 1,' in profile_to_json(profile_of(table, moments_s=moments_s))


def test_a_profile_of_some_features_keeps_their_seasons() -> None:
    moments_s, table = seasonal("normal", 5, 2)(0, WEEKS, 10, 0.0)
    _, others = seasonal("no season", 5, 1)(0, WEEKS, 10, 0.0)
    rows = min(len(moments_s), len(others["f0"]))
    mixed = taken({"still": others["f0"].take(slice(0, rows)), "a": table["f0"], "b": table["f1"]}, slice(0, rows))

    whole = profile_of(mixed, moments_s=moments_s[:rows])

    assert whole.seasons is not None
    assert whole.seasons.lines == (1, 2)
    alone, kept = profile_of({"b": mixed["b"]}, moments_s=moments_s[:rows]).seasons, whole.only(["b"]).seasons
    assert alone is not None
    assert kept is not None
    assert (kept.lines, kept.counts.tolist()) == (alone.lines, alone.counts.tolist())
    assert kept.degrees == pytest.approx(alone.degrees)
    assert whole.only(["still"]).seasons is None


def test_what_is_held_over_keeps_its_hours_and_so_does_a_memory(normal: Profile) -> None:
    moments_s, table = seasonal("normal", 6, 2)(WEEKS, 12, 40, 1.0)
    whole, broken = Monitor(normal, 0.01), Monitor(normal, 0.01)
    told, again = list[Verdict](), list[Verdict]()

    for rows in windows_of_time(moments_s, 3_600):
        cells, hours = normal.count(taken(table, rows)), hours_counted(moments_s[rows])
        told += whole.close(cells, hours).verdicts()
        again += broken.close(cells, hours).verdicts()
        broken = Monitor.restored(normal, 0.01, Memory.read(broken.memory.as_bytes()))

    assert again == told
    assert SEASONAL in {verdict.note for verdict in told}


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)))  # noqa: DTZ001 -- UTC is set below
def test_the_hour_of_the_week_is_that_of_the_calendar(moment: datetime) -> None:
    at = moment.replace(tzinfo=UTC)

    (hour,) = hours_of(np.array([at.timestamp()]))

    assert hour == at.weekday() * 24 + at.hour


@given(st.lists(st.one_of(st.floats(-1e12, 1e12), st.just(float("nan"))), max_size=50), st.integers(0, 50))
def test_hours_merge_by_addition(moments_s: list[float], cut: int) -> None:
    every = np.array(moments_s, dtype=np.float64)

    assert (hours_counted(every[:cut]) + hours_counted(every[cut:]) == hours_counted(every)).all()
    assert hours_counted(every).sum() == np.isfinite(every).sum()


@given(st.integers(0, 2**16))
def test_the_law_of_a_mix_is_that_of_rows_drawn_from_each_of_its_hours(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shares, hours = rng.dirichlet(np.ones(6), 3), rng.integers(1, 500, 3).astype(np.float64)
    rows = np.full(3, 1e9)

    matched = matched_to(hours, rows, shares[:, None, :] * 1e9, shares.mean(axis=0)[None])

    plain = sum(n * (np.diag(p) - np.outer(p, p)) for n, p in zip(hours, shares, strict=True))
    assert matched.covariance[0] == pytest.approx(plain, rel=1e-4, abs=1e-4)
    assert matched.shares[0] == pytest.approx(hours @ shares / hours.sum(), rel=1e-6)


@given(st.integers(0, 2**16), st.integers(50, 500))
def test_an_hour_of_the_reference_is_a_draw_too(seed: int, rows: int) -> None:
    shares = np.random.default_rng(seed).dirichlet(np.ones(6))
    counts = np.rint(shares * rows * 1_000)[None, None]

    matched = matched_to(np.array([rows * 1.0]), counts.sum(axis=2)[0], counts, counts[0] / counts.sum())
    alike = matched_to(np.array([counts.sum()]), counts.sum(axis=2)[0], counts, counts[0] / counts.sum())

    assert alike.covariance[0] / counts.sum() == pytest.approx(2 * matched.covariance[0] / rows, rel=2e-3, abs=1e-6)


def test_without_dependence_the_statistic_has_the_mean_that_the_law_states() -> None:
    rng = np.random.default_rng(9)
    shares = np.array([[0.5, 0.2, 0.2, 0.1], [0.05, 0.05, 0.3, 0.6]])
    hours, of = np.array([40.0, 80.0]), np.array([300.0, 200.0])
    found, stated = [], []

    for _ in range(2_000):
        reference = np.stack([rng.multinomial(int(m), p) for m, p in zip(of, shares, strict=True)])[:, None, :]
        window = sum(rng.multinomial(int(n), p) for n, p in zip(hours, shares, strict=True))
        matched = matched_to(hours, of, reference.astype(np.float64), reference.sum(axis=0) / of.sum())
        gap = gap_of(matched, np.asarray(window)[None], np.array([True]))
        found.append(float((gap.weighed**2).sum()))
        stated.append(float(moments(gap.law)[0][0]))

    assert np.mean(found) == pytest.approx(np.mean(stated), rel=0.06)
