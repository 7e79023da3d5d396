"""Tests of loss and of scores equal scipy's and their definitions, and keep their level where nothing changed."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from assay.monitoring.concept import BinaryReference, calibrated, selection, two_proportion, welch
from assay.monitoring.concept.tails import drawn, mean_shift
from assay.monitoring.performance import BinaryCounts, Moments, count_binary

SHARE = st.tuples(st.integers(0, 500), st.integers(1, 500)).map(lambda both: (min(both), max(both)))
LOSSES = st.lists(st.floats(0, 100).map(lambda x: round(x, 3)), min_size=2, max_size=40)
CELLS = st.lists(st.integers(0, 20), min_size=100, max_size=100)


@settings(deadline=None)
@given(SHARE, SHARE)
def test_the_test_of_two_shares_is_pearsons_without_correction(one: tuple[int, int], other: tuple[int, int]) -> None:
    table = [[part, whole - part] for part, whole in (one, other)]
    found = two_proportion(*one, *other)
    if found is None:
        assert 0 in np.sum(table, axis=0)
        return
    wanted = stats.chi2_contingency(table, correction=False)
    assert math.isclose(found.statistic**2, wanted.statistic, rel_tol=1e-9, abs_tol=1e-12)
    if one[1] * min(share := sum(table[at][0] for at in (0, 1)) / np.sum(table), 1 - share) >= 100:
        assert math.isclose(found.p, wanted.pvalue, rel_tol=1e-9)
        return
    whole, marked = one[1] + other[1], one[0] + other[0]
    law = stats.hypergeom(whole, marked, one[1])
    tail = law.sf(one[0] - 1) if one[0] * whole >= marked * one[1] else law.cdf(one[0])
    assert math.isclose(found.p, min(1, 2 * tail), rel_tol=1e-9)


@settings(deadline=None)
@given(LOSSES, LOSSES)
def test_welchs_test_is_scipys(one: list[float], other: list[float]) -> None:
    assume(np.ptp(one) > 0.01 and np.ptp(other) > 0.01)
    found = welch(Moments.of(np.array(one)), Moments.of(np.array(other)))
    assert found is not None
    wanted = stats.ttest_ind(one, other, equal_var=False)
    assert math.isclose(found.statistic, wanted.statistic, rel_tol=1e-9, abs_tol=1e-9)
    assert math.isclose(found.p, wanted.pvalue, rel_tol=1e-9, abs_tol=1e-12)


@pytest.mark.parametrize("size", [1e-80, 1e-100, 2.0**-440, 1e90, 1e140])
def test_welchs_test_is_the_same_in_every_unit(size: float) -> None:
    random = np.random.default_rng(3)
    one, other = random.gamma(2.0, size=50), random.gamma(2.5, size=400)

    plain, found = (welch(Moments.of(one * unit), Moments.of(other * unit)) for unit in (1.0, size))

    assert plain is not None
    assert found is not None
    assert found.statistic == pytest.approx(plain.statistic, rel=1e-9)
    assert found.p == pytest.approx(plain.p, rel=1e-9)
    assert found.degrees == pytest.approx(plain.degrees, rel=1e-9)


def test_nothing_to_compare_is_no_evidence() -> None:
    assert two_proportion(0, 0, 3, 10) is None
    assert two_proportion(0, 10, 0, 10) is None
    assert welch(Moments.of(np.array([1.0])), Moments.of(np.array([1.0, 2.0]))) is None
    assert welch(Moments.of(np.array([2.0, 2.0])), Moments.of(np.array([1.0, 1.0]))) is None


@settings(max_examples=15, deadline=None)
@given(CELLS, CELLS)
def test_calibration_is_isotonic_regression_by_its_min_max_formula(negative: list[int], positive: list[int]) -> None:
    zeros, ones = np.array(negative), np.array(positive)
    n = zeros + ones
    assume(n.any())
    worth = calibrated(zeros, ones)
    for cell in np.flatnonzero(n)[::9]:
        means = [
            min(ones[low : high + 1].sum() / n[low : high + 1].sum() for high in range(cell, 100))
            for low in range(cell + 1)
            if n[low : cell + 1].sum()
        ]
        assert math.isclose(worth[cell], max(means), rel_tol=1e-9, abs_tol=1e-12)
    assert (np.diff(worth) >= 0).all()


def test_without_a_reference_a_score_is_taken_at_its_word() -> None:
    assert calibrated(np.zeros(100, dtype=np.int64), np.zeros(100, dtype=np.int64))[29] == pytest.approx(0.295)


@pytest.fixture(scope="module")
def calm() -> dict[str, list[float]]:
    """The p of each test in 400 windows of 500 rows that are like their reference of 20,000."""
    random = np.random.default_rng(7)
    found: dict[str, list[float]] = {"loss": [], "foretold": [], "calibration": [], "selection": []}

    def rows(n: int, labelled: float) -> BinaryCounts:
        scores = random.beta(0.6, 0.6, n)
        truths = (random.random(n) < 0.1 + 0.8 * scores**2).astype(np.int64)
        known = np.where(random.random(n) < labelled, truths, -1)
        return count_binary((scores >= 0.5).astype(np.int64), scores, known)

    reference = BinaryReference.of(rows(20_000, 1.0))
    for _ in range(400):
        counts = rows(500, 0.7)
        evidence = reference.loss(counts), reference.foretold(counts), reference.calibration(counts), selection(counts)
        for name, one in zip(found, evidence, strict=True):
            assert one is not None
            found[name].append(one.p)
    return found


@pytest.mark.parametrize("test", ["loss", "foretold", "calibration", "selection"])
@pytest.mark.parametrize("level", [0.05, 0.2])
def test_a_test_speaks_as_often_as_it_says_where_nothing_changed(
    calm: dict[str, list[float]], test: str, level: float
) -> None:
    hits = sum(p < level for p in calm[test])
    assert stats.binomtest(hits, len(calm[test]), level).pvalue > 0.001


SCORES = {
    "sharp": lambda chance, n: chance.beta(0.15, 0.15, n),
    "rare": lambda chance, n: chance.beta(0.3, 20, n),
    "sure": lambda chance, n: np.where(chance.random(n) < 0.5, chance.beta(0.5, 60, n), chance.beta(60, 0.5, n)),
}


@pytest.mark.parametrize("kind", SCORES)
def test_small_windows_of_skewed_scores_speak_no_more_often_than_they_say(kind: str) -> None:
    chance = np.random.default_rng(2)

    def rows(n: int) -> BinaryCounts:
        scores = SCORES[kind](chance, n)
        truths = (chance.random(n) < scores).astype(np.int64)
        return count_binary((scores >= 0.5).astype(np.int64), scores, truths)

    reference = BinaryReference.of(rows(50_000))
    windows = [rows(150) for _ in range(400)]
    for test in (reference.loss, reference.foretold, reference.calibration):
        found = [test(each) for each in windows]
        hits = sum(one is not None and one.p < 0.01 for one in found)
        assert hits <= stats.binom.ppf(0.999, len(windows), 0.01)
        assert all(one is None or one.p > 1e-6 for one in found)


@pytest.mark.parametrize("hits", [1, 9, 12, 20, 40])
def test_the_saddlepoint_has_the_tail_of_a_binomial_far_out(hits: int) -> None:
    n, share = 200, 0.02
    found = mean_shift(np.array([0.0, 1.0]), np.array([n - hits, hits]), np.array([98 * 10**8, 2 * 10**8]))
    assert found is not None
    law = stats.binom(n, share)
    tail = law.sf(hits - 1) if hits > n * share else law.cdf(hits)
    halfway = tail - 0.5 * law.pmf(hits)  # a smooth law stands in the middle of a step
    assert found[0] == pytest.approx(math.copysign(stats.norm.isf(halfway), hits - n * share), abs=0.15)


def test_at_the_end_of_what_can_be_the_saddlepoint_claims_no_more_than_the_law() -> None:
    found = mean_shift(np.array([0.0, 1.0]), np.array([200, 0]), np.array([98 * 10**8, 2 * 10**8]))
    assert found is not None
    assert -stats.norm.isf(stats.binom(200, 0.02).cdf(0)) <= found[0] < 0


@pytest.mark.parametrize("value", [0.1, 1 / 3, 0.7, 1e-100, 1e20])
def test_a_mean_of_values_that_are_all_one_has_no_evidence(value: float) -> None:
    rows = np.random.default_rng(1).integers(0, 60, 100)

    assert mean_shift(np.full(100, value), rows // 3, rows) is None


@settings(deadline=None)
@given(st.floats(-15, 0), st.lists(st.tuples(*[st.integers(0, 10**8)] * 2, st.floats(0, 1)), min_size=2, max_size=6))
def test_a_mean_is_held_to_a_reference_however_little_that_varies(
    apart: float, cells: list[tuple[int, int, float]]
) -> None:
    window, reference = (np.array([each[side] for each in cells]) for side in (0, 1))
    assume(min(window.sum(), reference.sum()) > 1)

    found = mean_shift(0.5 + np.array([each[2] for each in cells]) * 10**apart, window, reference)

    assert found is None or math.isfinite(found[0])


@settings(deadline=None)
@given(st.integers(0, 200), st.integers(1, 200), st.integers(0, 200), st.integers(0, 200))
def test_an_exact_p_is_twice_the_smaller_tail(hits: int, draws: int, marked: int, rest: int) -> None:
    total = marked + rest
    draws = min(draws, total)
    hits = min(max(hits, draws - rest), draws, marked)
    law = stats.hypergeom(total, marked, draws)
    tail = law.sf(hits - 1) if hits * total >= draws * marked else law.cdf(hits)
    assert math.isclose(drawn(hits, draws, marked, total), min(1.0, 2 * tail), rel_tol=1e-8)


def test_labels_that_come_for_high_scores_first_are_no_fair_sample() -> None:
    random = np.random.default_rng(3)
    scores = random.random(1_000)
    truths = np.where(random.random(1_000) < scores, 1, -1)
    found = selection(count_binary((scores > 0.5).astype(np.int64), scores, truths))
    assert found is not None
    assert found.p < 1e-9


def test_scipy_is_loaded_by_the_tests_that_need_it_and_river_by_detectors_alone() -> None:
    program = (
        "import sys, assay.monitoring.performance, assay.monitoring.concept, assay.monitoring.skew; "
        "print({each.split('.')[0] for each in sys.modules} & {'scipy', 'river', 'pandas'})"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == "set()"
