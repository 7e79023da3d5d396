from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import jensenshannon

from assay.monitoring.profiles.columns import Ints
from assay.monitoring.univariate import effects, tests
from assay.monitoring.univariate.sides import Sides

CLOSE = 1e-9

bins = st.integers(2, 24)


@st.composite
def pairs(draw: st.DrawFn, least: int = 1) -> tuple[Ints, Ints]:
    """A reference and a window of the same bins, one feature."""
    size = draw(bins)
    counts = st.lists(st.integers(least, 5_000), min_size=size, max_size=size)
    return np.array([draw(counts)], dtype=np.int64), np.array([draw(counts)], dtype=np.int64)


@given(pairs())
def test_pearson_equals_the_contingency_test_of_scipy(pair: tuple[Ints, Ints]) -> None:
    theirs = stats.chi2_contingency(np.concatenate(pair), correction=False)

    ours = tests.pearson(Sides.of(*pair))

    np.testing.assert_allclose(ours.statistic[0], theirs.statistic, rtol=CLOSE, atol=CLOSE)
    np.testing.assert_allclose(ours.p[0], theirs.pvalue, rtol=CLOSE, atol=1e-300)


@given(pairs(0))
def test_kolmogorov_equals_scipy_on_the_same_bins(pair: tuple[Ints, Ints]) -> None:
    reference, window = pair
    m, n = int(reference.sum()), int(window.sum())
    ours = tests.kolmogorov(Sides.of(reference, window))
    if not m or not n or ((reference + window) > 0).sum() < 2:
        assert np.isnan(ours.p[0])
        return

    places = np.arange(reference.shape[1])
    gap = stats.ks_2samp(np.repeat(places, reference[0]), np.repeat(places, window[0]), method="asymp").statistic

    np.testing.assert_allclose(ours.statistic[0], gap, rtol=CLOSE, atol=CLOSE)
    chance = stats.kstwobign.sf(np.sqrt(m * n / (m + n)) * gap)
    np.testing.assert_allclose(ours.p[0], chance, rtol=CLOSE, atol=1e-300)


@given(st.integers(1_000, 90_000), st.integers(1_000, 9_000), st.floats(0.05, 0.95), st.floats(0.05, 0.95))
def test_two_proportions_equal_the_contingency_test_of_scipy(m: int, n: int, before: float, after: float) -> None:
    hits, window_hits = round(m * before), round(n * after)
    theirs = stats.chi2_contingency([[hits, m - hits], [window_hits, n - window_hits]], correction=False)

    ours = tests.proportions(np.array([hits]), m, np.array([window_hits]), n)

    np.testing.assert_allclose(ours.statistic[0] ** 2, theirs.statistic, rtol=CLOSE, atol=CLOSE)
    np.testing.assert_allclose(ours.p[0], theirs.pvalue, rtol=CLOSE, atol=1e-300)


@given(st.integers(0, 4), st.integers(0, 4), st.integers(10_000, 90_000), st.integers(1_000, 9_000))
def test_few_hits_are_split_by_the_binomial_law(hits: int, window_hits: int, m: int, n: int) -> None:
    ours = tests.proportions(np.array([hits]), m, np.array([window_hits]), n)
    if not hits + window_hits:
        assert np.isnan(ours.p[0])
        return

    law = stats.binom(hits + window_hits, n / (m + n))

    tail = min(law.cdf(window_hits), law.sf(window_hits - 1))
    np.testing.assert_allclose(ours.p[0], min(1.0, 2 * tail), rtol=CLOSE)


@given(pairs(0))
def test_effects_equal_their_formulas(pair: tuple[Ints, Ints]) -> None:
    reference, window = (each + (each.sum() == 0) for each in pair)
    r, w = (each[0] / each.sum() for each in (reference, window))

    np.testing.assert_allclose(
        np.sqrt(effects.jensen_shannon(reference, window)[0]), jensenshannon(r, w), rtol=1e-6, atol=1e-7
    )
    np.testing.assert_allclose(effects.jensen_shannon(reference, window)[0], jensenshannon(r, w) ** 2, atol=CLOSE)
    hellinger = np.sqrt(max(1 - np.sqrt(r * w).sum(), 0))
    np.testing.assert_allclose(effects.hellinger(reference, window)[0] ** 2, hellinger**2, atol=CLOSE)
    centres = np.cumsum(np.arange(1.0, r.size + 1))
    theirs = stats.wasserstein_distance(centres, centres, r, w)
    np.testing.assert_allclose(effects.wasserstein(reference, window, centres[None])[0], theirs, rtol=CLOSE, atol=CLOSE)


@given(pairs(0))
def test_psi_is_the_published_sum_with_half_a_row_more_in_each_bin(pair: tuple[Ints, Ints]) -> None:
    reference, window = (each[0] for each in pair)
    used = (reference + window) > 0
    r, w = ((each[used] + 0.5) / (each[used] + 0.5).sum() for each in (reference, window))

    ours = effects.psi(Sides.of(*pair))[0]

    np.testing.assert_allclose(ours, sum((b - a) * np.log(b / a) for a, b in zip(r, w, strict=True)), atol=CLOSE)


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.sampled_from([5, 10, 20]), st.sampled_from([500, 2_000]))
def test_psi_without_drift_is_its_bias_on_average(seed: int, size: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    m = 20_000
    reference = rng.multinomial(m, np.full(size, 1 / size), size=2_000)
    window = rng.multinomial(n, np.full(size, 1 / size), size=2_000)

    sides = Sides.of(reference, window)
    corrected = effects.psi(sides) - effects.psi_bias(sides)

    assert abs(corrected.mean()) < 0.05 * (size - 1) * (1 / n + 1 / m) + 5 * corrected.std() / np.sqrt(2_000)
