"""A window held to its profile: every test and effect of every feature."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from assay.monitoring.profiles.bins import NumericBins
from assay.monitoring.profiles.cells import Cells
from assay.monitoring.profiles.columns import Booleans, Floats
from assay.monitoring.profiles.dispersion import Level, dispersion_at
from assay.monitoring.profiles.folding import PER_BIN, Folded, Folding, folding
from assay.monitoring.profiles.reference import Profile
from assay.monitoring.univariate.effects import (
    hellinger,
    jensen_shannon,
    parts_of_psi,
    psi_bias,
    psi_of_rate,
    wasserstein,
)
from assay.monitoring.univariate.tests import kolmogorov, pearson, proportions

__all__ = ["TESTS", "VALUES", "Measured", "Yardstick", "measured", "yardstick"]

TESTS = ("chi2", "ks", "unseen", "not_finite", "missing")
VALUES = 2
"""In the order of the columns of `Measured`; the first two, of the values, share their chance of a false raise."""

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
    centres = fold.spread(weighted) / np.maximum(reference.values, 1)
    return Yardstick(
        fold,
        reference,
        level,
        np.array([isinstance(each, NumericBins) for each in profile.bins], dtype=np.bool_),
        np.array([name not in profile.notes for name in profile.names], dtype=np.bool_),
        _rising(centres, reference),
        profile.cells.values.sum(axis=1) * (rows / profile.cells.rows) < PER_BIN,
    )


def _rising(centres: Floats, reference: Folded) -> Floats:
    """Give bins without a row the centre of the one before, so that they add nothing to a distance."""
    rising: Floats = np.maximum.accumulate(np.where(reference.values > 0, centres, -np.inf), axis=1)
    return np.where(np.isfinite(rising), rising, 0.0)


def measured(held: Yardstick, cells: Cells) -> Measured:
    """Test a window against the reference; what cannot be tested has no p."""
    window, reference, level = held.folding.of(cells), held.reference, held.level
    chi2 = pearson(reference.values, window.values, level)
    ks = kolmogorov(reference.values, window.values, level.ks)
    bins = (reference.values > 0).sum(axis=1)
    enough = window.values.sum(axis=1) >= PER_CELL * bins
    ks_p = np.where(held.numeric & enough, ks.p, np.nan)
    chi2_p = np.where(enough, chi2.p, np.nan)
    split = np.where(held.numeric, 2.0, 1.0)
    rates = [
        (reference.unseen, window.unseen),
        (reference.special[:, 1], window.special[:, 1]),
        (reference.special[:, 2], window.special[:, 2]),
    ]
    tested = [
        proportions(before, reference.rows, after, window.rows, level.special[:, cell])
        for cell, (before, after) in enumerate(rates)
    ]
    of_rates = [
        psi_of_rate(before, reference.rows, after, window.rows, level.special[:, cell])
        for cell, (before, after) in enumerate(rates)
    ]
    parts = parts_of_psi(reference.values, window.values)
    raw = parts.sum(axis=1)
    corrected = raw - psi_bias(reference.values, window.values, level.mean)
    p = np.stack([np.minimum(chi2_p * split, 1.0), np.minimum(ks_p * split, 1.0), *(one.p for one in tested)], axis=1)
    p[~held.judged] = np.nan
    return Measured(
        np.stack([chi2.statistic, ks.statistic, *(one.statistic for one in tested)], axis=1),
        p,
        np.stack([corrected, corrected, *of_rates], axis=1),
        raw,
        jensen_shannon(reference.values, window.values),
        hellinger(reference.values, window.values),
        np.where(held.numeric, wasserstein(reference.values, window.values, held.centres), np.nan),
        np.where(held.numeric, _mean(window, held.centres) - _mean(reference, held.centres), np.nan),
        held.thin | ~enough,
        parts,
        window,
    )


def _mean(folded: Folded, centres: Floats) -> Floats:
    mean: Floats = (folded.values * centres).sum(axis=1) / np.maximum(folded.values.sum(axis=1), 1)
    return mean
