"""Tests of one window against its reference, for all features at once: counts in, statistic and chance out.

Each is the test of the books where rows are independent (a dispersion of 1), and allows for dependent rows where not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assay.monitoring.profiles.columns import Floats, Ints
from assay.monitoring.profiles.dispersion import Level
from assay.monitoring.univariate.sides import Sides

__all__ = ["Tested", "kolmogorov", "pearson", "proportions"]

FEW = 10
"""Expected rows below which a rate is tested by counting outcomes, not by the normal law."""


@dataclass(frozen=True, slots=True, eq=False)
class Tested:
    """Statistic and p of a test by feature; p is not a number where there was nothing to test."""

    statistic: Floats
    p: Floats


def pearson(sides: Sides, level: Level | None = None) -> Tested:
    """Pearson's chi-square of two samples, over the bins (columns) of each feature (line)."""
    from scipy.special import chdtrc

    m, n = sides.values.astype(np.float64), sides.window_values.astype(np.float64)
    gaps = sides.window * m[:, None] - sides.reference * n[:, None]
    gaps *= gaps
    gaps /= np.maximum(sides.reference + sides.window, 1)
    gaps /= np.maximum(m * n, 1)[:, None]
    free = (sides.bins - 1).astype(np.float64)
    testable = (free > 0) & (m > 0) & (n > 0)
    free, statistic = np.where(testable, free, 1.0), np.where(testable, gaps.sum(axis=1), 0.0)
    p = chdtrc(free, statistic) if level is None else _allowing(free, statistic, level)
    return Tested(np.where(testable, statistic, np.nan), np.where(testable, p, np.nan))


def _allowing(free: Floats, statistic: Floats, level: Level) -> Floats:
    """The chance of a statistic where windows differ as a level says."""
    from scipy.special import chdtrc, fdtrc

    first = level.mean * free
    second = level.second * first**2 / free
    third = level.third * first**3 / free**2
    shape = second**3 / third**2
    place = shape + (statistic - first) / np.sqrt(2 * second) * np.sqrt(2 * shape)
    known = (level.windows - 1) * shape
    p: Floats = chdtrc(free, statistic / level.mean)
    wide = (level.second > 1) | (level.third > 1)
    p[wide] = fdtrc(shape[wide], known[wide], (np.maximum(place, 0.0) / shape)[wide])
    return p


def kolmogorov(sides: Sides, factor: Floats | float = 1.0) -> Tested:
    """Return the largest gap between the distribution functions at the bins' ends, and Kolmogorov's chance of it."""
    from scipy.special import kolmogorov as law

    m, n = sides.values, sides.window_values
    testable = (m > 0) & (n > 0) & (sides.bins > 1)
    gaps = np.cumsum(sides.window, axis=1) / np.maximum(n, 1)[:, None]
    gaps -= np.cumsum(sides.reference, axis=1) / np.maximum(m, 1)[:, None]
    gap = np.abs(gaps, out=gaps).max(axis=1, initial=0.0)
    effective = m * n / np.maximum(m + n, 1) / factor
    return Tested(np.where(testable, gap, np.nan), np.where(testable, law(np.sqrt(effective) * gap), np.nan))


def proportions(hits: Ints, rows: int, window_hits: Ints, window_rows: int, factor: Floats | float = 1.0) -> Tested:
    """Two-proportion test of a rate: the signed z of the normal law; few hits are held to the binomial law of their split.

    Where neither side has a hit, or both nothing else, there is nothing to test.
    """
    from scipy.special import bdtr, bdtrc, ndtr

    both, of = hits + window_hits, rows + window_rows
    testable = (both > 0) & (both < of) & (rows > 0) & (window_rows > 0)
    rate = np.where(testable, both / max(of, 1), 0.5)
    error = np.sqrt(rate * (1 - rate) * (1 / max(rows, 1) + 1 / max(window_rows, 1)) * factor)
    z = (window_hits / max(window_rows, 1) - hits / max(rows, 1)) / error
    p = 2 * ndtr(-np.abs(z))
    rarer = np.minimum(rate, 1 - rate) * min(rows, window_rows) / factor
    few = rarer < FEW
    if few.any():
        turned = rate > 0.5
        inside = np.where(turned, window_rows - window_hits, window_hits) / factor
        whole = np.where(turned, of - both, both) / factor
        share = window_rows / max(of, 1)
        trials = np.ceil(whole).astype(np.int64)
        above = bdtrc(np.ceil(inside) - 1, trials, share)
        above = np.where(np.ceil(inside) < 1, 1.0, above)
        exact = np.minimum(2 * np.minimum(above, bdtr(np.floor(inside), trials, share)), 1.0)
        p = np.where(few, exact, p)
    return Tested(np.where(testable, z, np.nan), np.where(testable, p, np.nan))
