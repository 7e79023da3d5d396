"""Windows of several lengths at once: what closes a longer one, who is heard, what is found, and what is raised without drift."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from assay.monitoring.checking import check
from assay.monitoring.profiles import Numbers, Profile, profile_of
from assay.monitoring.profiles.cells import Cells
from assay.monitoring.profiles.columns import Table
from assay.monitoring.scales import Heard, Scaled, check_at_scales, closings, loudness, q_at_scales
from assay.monitoring.verdicts import State, Verdict, false_raises, q_for
from assay.monitoring.verdicts.budget import MINUTES_A_MONTH
from assay.monitoring.verdicts.verdict import Judgement
from tests.unit.monitoring.streams import FEATURES, KINDS, stationary

WINDOWS = int(os.environ.get("ASSAY_TEST_WINDOWS", "40"))
TRIALS = int(os.environ.get("ASSAY_TEST_SCALE_TRIALS", "1"))
SCALES = (1, 4, 20)
REFERENCE, ROWS, SMALL, CHANCE = 50_000, 2_000, 500, 0.999

SMALL_PROFILE = profile_of({"x": Numbers(np.random.default_rng(1).standard_normal(8_000))})
AT_SCALES = st.sampled_from([(1,), (1, 2), (1, 3, 6), (1, 4, 20)])
PLACES = st.sets(st.integers(0, 80), min_size=1).map(sorted)


def scaled(profile: Profile, scales: tuple[int, ...], rate: float = MINUTES_A_MONTH) -> Scaled:
    return Scaled.of(profile, scales, q_at_scales(1.0, len(profile.names), rate, scales))


def drawn(rng: np.random.Generator, rows: int, shift: float = 0.0) -> Cells:
    return SMALL_PROFILE.count({"x": Numbers(rng.standard_normal(rows) + shift)})


@given(PLACES, AT_SCALES, st.sampled_from([0, 7, 1_000]))
def test_every_stretch_with_a_window_is_closed_once_in_order_unless_nothing_comes_for_too_long(
    places: list[int], scales: tuple[int, ...], patience: int
) -> None:
    before: int | None = None
    found: list[tuple[int, int]] = []
    for place in places:
        found += [(each.length, each.end) for each in closings(before, place + 1, scales[1:], patience)]
        before = place + 1

    for length in scales[1:]:
        stretches = sorted({place // length * length + length for place in places})
        expected = []
        for end in stretches:
            closer = min((place + 1 for place in places if place + 1 >= end), default=None)
            expected += [end] if closer is not None and (closer == end or closer - end <= patience) else []
        assert [end for of, end in found if of == length] == expected


@given(PLACES, AT_SCALES, st.integers(0, 2**32))
def test_the_cells_of_a_scale_are_those_of_the_whole_stretch(
    places: list[int], scales: tuple[int, ...], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    rows = {place: rng.standard_normal(int(rng.integers(100, 200))) for place in places}
    monitor = scaled(SMALL_PROFILE, scales)
    before: int | None = None

    for place in places:
        heard = monitor.close(place, SMALL_PROFILE.count({"x": Numbers(rows[place])}), patience=1_000)
        last = {each.length: each for each in closings(before, place + 1, scales[1:], 1_000)}
        for length, closing in last.items():
            whole = np.concatenate([rows[each] for each in places if closing.start <= each < closing.end])
            said = heard.said[scales.index(length)]
            assert said is not None
            assert said.cells == SMALL_PROFILE.count({"x": Numbers(whole)})
        before = place + 1


def test_with_one_scale_verdicts_are_those_of_a_monitor_alone() -> None:
    rng = np.random.default_rng(2)
    table: Table = {"x": Numbers(np.concatenate([rng.standard_normal(6_000), rng.standard_normal(4_000) + 0.5]))}
    windows = [np.arange(start, start + SMALL) for start in range(0, 10_000, SMALL)]
    q = q_for(1.0, 1, MINUTES_A_MONTH)

    alone = [list(each.verdicts()) for each in check(SMALL_PROFILE, table, windows, q)]
    heard = check_at_scales(SMALL_PROFILE, table, list(enumerate(windows)), scaled(SMALL_PROFILE, (1,)))

    assert [[without_scale(each) for each in window.verdicts()] for window in heard] == alone


def without_scale(verdict: Verdict) -> Verdict:
    assert verdict.scale == 1
    return replace(verdict, scale=None)


@pytest.mark.parametrize(
    ("louder", "softer"),
    [
        ((State.FIRING, True), (State.PENDING, False)),
        ((State.PENDING, False), (State.INSUFFICIENT, True)),
        ((State.INSUFFICIENT, True), (State.OK, False)),
        ((State.OK, False), (State.INSUFFICIENT, False)),
    ],
)
def test_what_fires_is_heard_before_a_doubt_and_a_doubt_before_calm(
    louder: tuple[State, bool], softer: tuple[State, bool]
) -> None:
    assert loudness(louder[0], fires=louder[1]) > loudness(softer[0], fires=softer[1])


def test_what_fires_or_is_in_doubt_stands_until_the_scale_speaks_again_and_calm_is_said_once() -> None:
    rng = np.random.default_rng(5)
    monitor = scaled(SMALL_PROFILE, (1, 4))
    shifts = [0.0] * 4 + [0.19] * 12 + [0.0] * 16

    said = [next(iter(monitor.close(place, drawn(rng, 2_000, shift)).verdicts())) for place, shift in enumerate(shifts)]

    firing = [each.window for each in said if each.state == State.FIRING]
    assert firing
    assert firing == list(range(firing[0], firing[-1] + 1))
    assert {each.scale for each in said[:7]} == {1}
    assert [each.window for each in said] == [*range(len(shifts))]
    assert said[-1].state == State.OK


def test_the_budget_is_split_so_that_all_scales_together_keep_to_it() -> None:
    for budget, features, rate in [(1.0, 3, 43_200.0), (0.1, 50, 43_200.0), (1.0, 50, 720.0)]:
        shares = q_at_scales(budget, features, rate, SCALES)
        raised = sum(false_raises(q, features, rate / scale) for q, scale in zip(shares, SCALES, strict=True))
        assert raised <= budget * (1 + 1e-9)


def first_raise(windows: list[Heard], column: str) -> int | None:
    return next(
        (
            each.window
            for window in windows
            for each in window.verdicts()
            if each.column == column and each.state == State.FIRING
        ),
        None,
    )


def test_an_eighth_of_a_deviation_that_small_windows_miss_is_raised_by_longer_ones() -> None:
    found: dict[tuple[int, ...], list[int | None]] = {(1,): [], SCALES: []}
    for trial in range(TRIALS):
        draw = stationary("normal", seed=2_000 + trial)
        profile = profile_of(draw(REFERENCE))
        cells = []
        for _ in range(60):
            window = draw(SMALL)
            moved = window["f7"]
            assert isinstance(moved, Numbers)
            cells.append(profile.count({**window, "f7": Numbers(moved.values + 0.125)}))
        for scales, raised in found.items():
            monitor = scaled(profile, scales)
            windows = [monitor.close(place, each) for place, each in enumerate(cells)]
            raised.append(first_raise(windows, "f7"))
            assert all(first_raise(windows, name) is None for name in profile.names if name != "f7")

    assert sum(each is not None for each in found[SCALES]) > 0.9 * TRIALS
    assert sum(each is not None for each in found[1,]) < 0.25 * TRIALS


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.timeout(3_600)
def test_streams_without_drift_raise_within_the_budget_of_all_scales(kind: str) -> None:
    draw = stationary(kind, seed=WINDOWS)
    profile = profile_of(draw(REFERENCE))
    monitor = scaled(profile, SCALES)
    raises, firing = 0, np.zeros(FEATURES, dtype=np.bool_)

    for place in range(WINDOWS):
        heard = monitor.close(place, profile.count(draw(ROWS)))
        now = np.array([each.state == State.FIRING for each in heard.verdicts()])
        raises += int((now & ~firing).sum())
        firing = now

    assert raises <= stats.poisson.ppf(CHANCE, WINDOWS / MINUTES_A_MONTH)


def test_a_picture_is_of_the_scale_that_speaks() -> None:
    rng = np.random.default_rng(6)
    monitor = scaled(SMALL_PROFILE, (1, 20))
    windows = [monitor.close(place, drawn(rng, 200, 0.15)) for place in range(40)]

    (speaking,) = windows[-1].speaking()
    (verdict,) = windows[-1].verdicts()

    assert (verdict.scale, verdict.n) == (20, 4_000)
    assert isinstance(speaking, Judgement)
    assert speaking.cells.rows == verdict.n
