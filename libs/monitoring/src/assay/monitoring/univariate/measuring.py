"""A window held to its profile: every test and effect of every feature."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from assay.monitoring.profiles.bins import NumericBins
from assay.monitoring.profiles.cells import Cells
from assay.monitoring.profiles.columns import Booleans, Floats, Ints
from assay.monitoring.profiles.dispersion import Level, dispersion_at
from assay.monitoring.profiles.folding import PER_BIN, Folded, Folding, folding
from assay.monitoring.profiles.reference import Profile
from assay.monitoring.univariate.effects import (
    hellinger_of,
    jensen_shannon_of,
    parts_of_psi,
    psi_bias,
    psi_of_rate,
    rising,
    wasserstein_of,
)
from assay.monitoring.univariate.sides import Sides, shares_of
from assay.monitoring.univariate.tests import kolmogorov, pearson, proportions

__all__ = ["TESTS", "VALUES", "Measured", "Yardstick", "measured", "yardstick"]

TESTS = ("chi2", "ks", "unseen", "not_finite", "missing")
VALUES = 2
"""In the order of the columns of `Measured`; the first two, of the values, share their chance of a false raise."""

RATES = len(TESTS) - VALUES

PER_CELL = 5
"""Rows that a window must hold for each bin, or its values are not tested: nearly all of them are missing."""


@dataclass(frozen=True, slots=True, eq=False)
class Yardstick:
    """A profile made ready for windows of about so many rows; making it costs more than using it."""

    folding: Folding
    reference: Folded
    level: Level
    numeric: Booleans
    judged: Booleans
    centres: Floats
    thin: Booleans
    """Features that a window of this size has too few values of, as the reference goes."""
    values: Ints
    """Of the reference, by feature; the next three are what they come to."""
    shares: Floats
    bins: Ints
    """How many the reference has something in."""
    mean: Floats
    names: dict[tuple[int, int], str] = field(default_factory=dict)
    """What folded bins hold, in words, by line and place: those that were asked for once."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Lines are features, columns are `TESTS`; `effects` is the PSI less its bias, by test."""

    statistics: Floats
    p: Floats
    effects: Floats
    psi: Floats
    js: Floats
    hellinger: Floats
    wasserstein: Floats
    shift: Floats
    """By how much the mean of a numeric feature moved, in its own unit, as far as bins tell."""
    thin: Booleans
    """Where too few values are there to say anything of them."""
    parts: Floats
    """What each folded bin adds to the PSI."""
    window: Folded


def yardstick(profile: Profile, rows: int, level: Level | None = None) -> Yardstick:
    """Make a profile ready for windows of about so many rows; a level that was learnt replaces the reference's.

    Raises:
        ValueError: the profile has no dispersion, and none was given.
    """
    if level is None:
        if profile.dispersion is None:
            raise ValueError("the profile has no dispersion: learn it from windows first")
        level = dispersion_at(profile.dispersion, rows, profile.cells.rows)
    fold = folding(profile.bins, profile.cells, rows)
    reference = fold.of(profile.cells)
    weighted = profile.centres * profile.cells.values
    centres = rising(fold.spread(weighted) / np.maximum(reference.values, 1), reference.values > 0)
    values = reference.values.sum(axis=1)
    return Yardstick(
        fold,
        reference,
        level,
        np.array([isinstance(each, NumericBins) for each in profile.bins], dtype=np.bool_),
        np.array([name not in profile.notes for name in profile.names], dtype=np.bool_),
        centres,
        profile.cells.values.sum(axis=1) * (rows / profile.cells.rows) < PER_BIN,
        values,
        shares_of(reference.values, values),
        (reference.values > 0).sum(axis=1),
        _mean(reference.values, values, centres),
    )


def measured(held: Yardstick, cells: Cells) -> Measured:
    """Test a window against the reference; what cannot be tested has no p."""
    window, reference, level = held.folding.of(cells), held.reference, held.level
    sides = Sides.of(reference.values, window.values, held.values)
    chi2, ks = pearson(sides, level), kolmogorov(sides, level.ks)
    enough = sides.window_values >= PER_CELL * held.bins
    ks_p = np.where(held.numeric & enough, ks.p, np.nan)
    chi2_p = np.where(enough, chi2.p, np.nan)
    split = np.where(held.numeric, 2.0, 1.0)
    before, after, factor = _rates(reference), _rates(window), level.special.T.ravel()
    tested = proportions(before, reference.rows, after, window.rows, factor)
    of_rates = psi_of_rate(before, reference.rows, after, window.rows, factor)
    parts = parts_of_psi(sides)
    raw = parts.sum(axis=1)
    corrected = raw - psi_bias(sides, level.mean)
    r, w = held.shares, shares_of(window.values, sides.window_values)
    p = np.stack([np.minimum(chi2_p * split, 1.0), np.minimum(ks_p * split, 1.0), *_by_rate(tested.p)], axis=1)
    p[~held.judged] = np.nan
    return Measured(
        np.stack([chi2.statistic, ks.statistic, *_by_rate(tested.statistic)], axis=1),
        p,
        np.stack([corrected, corrected, *_by_rate(of_rates)], axis=1),
        raw,
        jensen_shannon_of(r, w),
        hellinger_of(r, w),
        np.where(held.numeric, wasserstein_of(r, w, held.centres), np.nan),
        np.where(held.numeric, _mean(window.values, sides.window_values, held.centres) - held.mean, np.nan),
        held.thin | ~enough,
        parts,
        window,
    )


def _rates(folded: Folded) -> Ints:
    """The rows of all features that are unseen, then those that are not finite, then those that are missing."""
    return np.concatenate([folded.unseen, folded.special[:, 1], folded.special[:, 2]])


def _by_rate(numbers: Floats) -> Floats:
    """What was said of all rates of all features, a line for each rate."""
    return numbers.reshape(RATES, -1)


def _mean(counts: Ints, values: Ints, centres: Floats) -> Floats:
    mean: Floats = (counts * centres).sum(axis=1) / np.maximum(values, 1)
    return mean
