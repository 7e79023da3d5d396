"""Features that are held to their hours of the week: their tests and effects, in place of those against the whole."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from assay.monitoring.profiles.bins import NumericBins
from assay.monitoring.profiles.cells import Cells
from assay.monitoring.profiles.columns import Booleans, Floats, Ints
from assay.monitoring.profiles.dispersion import Level
from assay.monitoring.profiles.folding import PER_BIN
from assay.monitoring.profiles.matching import Gap, gap_of, law_of_function, moments
from assay.monitoring.profiles.reference import Profile
from assay.monitoring.univariate.effects import hellinger, jensen_shannon, rising, wasserstein
from assay.monitoring.univariate.measuring import Measured

__all__ = ["Held", "held_to_hours"]

HALF = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """The features (`lines` of the profile) that were held to their hours, in the bins of the profile."""

    lines: Ints
    expected: Floats
    window: Ints
    parts: Floats
    dispersion: Floats

    def place(self, line: int) -> int | None:
        """Return where a feature of the profile stands here, None where it does not."""
        found = np.flatnonzero(self.lines == line)
        return int(found[0]) if found.size else None


def held_to_hours(profile: Profile, cells: Cells, hours: Ints, of: Measured) -> tuple[Measured, Held | None]:
    """Hold what has a season to the hours of the window, and leave the others as they were measured.

    Returns None beside it where the profile has no seasons, or not those hours.
    """
    matched = profile.seasons.matched(hours, cells.rows) if profile.seasons else None
    if profile.seasons is None or matched is None:
        return of, None
    lines = np.array(profile.seasons.lines, dtype=np.int64)
    numeric = np.array([isinstance(profile.bins[line], NumericBins) for line in lines], dtype=np.bool_)
    gap = gap_of(matched, cells.values[lines], numeric)
    level, degrees = profile.seasons.level(cells.rows)
    enough = gap.values >= PER_BIN
    tested = enough & np.array([profile.names[line] not in profile.notes for line in lines], dtype=np.bool_)
    chi2, chi2_p = _chi2(gap, level, degrees)
    ks, ks_p = _ks(gap, level)
    split = np.where(numeric, 2.0, 1.0)
    raw, parts, bias = _psi(gap, cells.values[lines], level)
    window, expected = cells.values[lines], gap.expected
    centres = rising(profile.centres[lines], profile.cells.values[lines] > 0)
    shift = (gap.gaps * centres).sum(axis=1) / np.maximum(gap.values, 1)
    numbers = [
        (of.statistics, np.stack([chi2, ks], axis=1)),
        (of.p, np.stack([_or_none(chi2_p * split, tested), _or_none(ks_p * split, tested & numeric)], axis=1)),
        (of.effects, np.stack([raw - bias, raw - bias], axis=1)),
    ]
    statistics, p, effects = (_put(before, lines, now) for before, now in numbers)
    measured = replace(
        of,
        statistics=statistics,
        p=p,
        effects=effects,
        psi=_put(of.psi, lines, raw),
        js=_put(of.js, lines, jensen_shannon(expected, window)),
        hellinger=_put(of.hellinger, lines, hellinger(expected, window)),
        wasserstein=_put(of.wasserstein, lines, np.where(numeric, wasserstein(expected, window, centres), np.nan)),
        shift=_put(of.shift, lines, np.where(numeric, shift, np.nan)),
        thin=_put_flags(of.thin, lines, ~enough),
    )
    return measured, Held(lines, expected, window, parts, level.mean)


def _chi2(gap: Gap, level: Level, degrees: Floats) -> tuple[Floats, Floats]:
    """The sum of the squares of the weighed gaps, held to the law that its first three moments give."""
    from scipy.special import chdtrc, fdtrc

    statistic = (gap.weighed**2).sum(axis=1)
    first, second, third = moments(gap.law)
    first = first * level.mean
    second = np.minimum(second * level.mean**2 * level.second, first**2)
    third = np.clip(third * level.mean**3 * level.third, second**2 / first, second**1.5)
    shape = second**3 / third**2
    place = np.maximum(shape + (statistic - first) / np.sqrt(2 * second) * np.sqrt(2 * shape), 0.0)
    wide = fdtrc(shape, np.maximum(degrees - 1, 1.0) * shape, place / shape)
    p = np.where((level.second > 1) | (level.third > 1), wide, chdtrc(shape, place))
    return statistic, p


def _ks(gap: Gap, level: Level) -> tuple[Floats, Floats]:
    """The largest gap of the distribution functions, and Kolmogorov's chance of it at the rows that it is worth."""
    from scipy.special import kolmogorov

    rows = np.maximum(gap.values, 1.0)
    below = np.cumsum(gap.expected, axis=1)[:, :-1] / rows[:, None]
    found = np.abs(np.cumsum(gap.gaps, axis=1)[:, :-1]).max(axis=1, initial=0.0) / rows
    plain = (below * (1 - below)).sum(axis=1)
    factor = law_of_function(gap).sum(axis=1) / rows / np.where(plain > 0, plain, 1.0) * level.ks
    p = np.where(factor > 0, kolmogorov(np.sqrt(rows / np.where(factor > 0, factor, 1.0)) * found), 1.0)
    return found, p


def _psi(gap: Gap, window: Ints, level: Level) -> tuple[Floats, Floats, Floats]:
    """The PSI against what was expected, its parts, and what chance alone makes of it."""
    rows = np.maximum(gap.values, 1.0)
    parts = gap.gaps * np.log((window + HALF) / (gap.expected + HALF)) / rows[:, None]
    own = np.diagonal(gap.covariance, axis1=1, axis2=2) / (gap.expected + HALF)
    return parts.sum(axis=1), parts, own.sum(axis=1) * level.mean / rows


def _or_none(p: Floats, known: Booleans) -> Floats:
    return np.where(known, np.minimum(p, 1.0), np.nan)


def _put(before: Floats, lines: Ints, now: Floats) -> Floats:
    """The numbers before, with those of some lines in place: the first columns where there are several."""
    put = before.copy()
    if put.ndim == 1:
        put[lines] = now
    else:
        put[lines, : now.shape[1]] = now
    return put


def _put_flags(before: Booleans, lines: Ints, now: Booleans) -> Booleans:
    put = before.copy()
    put[lines] = now
    return put
