"""How much more a feature's windows differ from one another than rows drawn one by one would.

Rows that follow each other are often alike (a customer's orders, a sensor's minutes), and counts of a window then vary
more than the law of the test supposes. The factor is measured on windows of the reference in time order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.monitoring.profiles.columns import Booleans, Floats, Ints
from assay.monitoring.profiles.folding import Folded

__all__ = [
    "FITTING",
    "SURE",
    "WINDOWS",
    "Dispersion",
    "Level",
    "dispersion_at",
    "level_of",
    "sharpened",
    "sized",
    "upper",
]

WINDOWS = 20
"""Reference windows of one size that a factor is measured on, at least."""

FITTING = 1.05
"""How much larger a window may be than those that a level was measured on."""

SURE = 0.01
"""Below this chance that independent rows look so, the shape of the dispersion is used too."""


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """The factors of all features, measured on windows of one size; 1 where rows are independent.

    `mean`, `second` and `third` are the moments of the eigenvalues of the bins' covariance, over what independent rows
    would have; `ks` is the factor of the distribution function, `special` those of unseen, not finite and missing.
    """

    rows: int
    windows: int
    mean: Floats
    second: Floats
    third: Floats
    ks: Floats
    special: Floats

    def only(self, lines: Sequence[int]) -> Level:
        """Return the factors of some features."""
        kept = list(lines)
        factors = (self.mean, self.second, self.third, self.ks, self.special)
        return Level(self.rows, self.windows, *(factor[kept] for factor in factors))


@dataclass(frozen=True, slots=True)
class Dispersion:
    """Levels by falling size of their windows."""

    levels: tuple[Level, ...]


def dispersion_at(dispersion: Dispersion, rows: int, of: int) -> Level:
    """Return the level for windows of so many rows against a reference of so many.

    Both sides count by their share of the error: a reference whose rows are alike over most of its length is itself but one
    draw of few.
    """
    window, reference = sized(dispersion, rows), sized(dispersion, of)
    share = rows / (rows + of)
    return Level(
        window.rows,
        window.windows,
        window.mean * (1 - share) + reference.mean * share,
        window.second,
        window.third,
        window.ks * (1 - share) + reference.ks * share,
        window.special * (1 - share) + reference.special * share,
    )


def sized(dispersion: Dispersion, rows: int) -> Level:
    """Return the smallest level that is no smaller, else the largest, made greater.

    Where windows are larger than any that was measured, a factor that grew with size over the two levels below is taken
    to grow on as it did; where there are no levels below, in proportion.
    """
    fitting = [level for level in dispersion.levels if level.rows * FITTING >= rows]
    if fitting:
        return fitting[-1]
    top, below = dispersion.levels[0], dispersion.levels[min(2, len(dispersion.levels) - 1)]
    ratio, step = rows / top.rows, top.rows / below.rows
    return Level(
        top.rows,
        top.windows,
        _grown(top.mean, below.mean, step, ratio),
        top.second,
        top.third,
        _grown(top.ks, below.ks, step, ratio),
        _grown(top.special, below.special, step, ratio),
    )


def _grown(top: Floats, below: Floats, step: float, ratio: float) -> Floats:
    power = np.clip(np.log(top / below) / np.log(step), 0.0, 1.0) if step > 1 else np.ones_like(top)
    grown: Floats = top * np.where(top > 1.5, ratio**power, 1.0)
    return grown


def sharpened(level: Level, finer: Sequence[Level]) -> Level:
    """Take what smaller windows in the same bins, of which there are more, show: their shape, and more where they do."""
    for each in finer:
        level = Level(
            level.rows,
            level.windows,
            np.maximum(level.mean, each.mean),
            each.second,
            each.third,
            np.maximum(level.ks, each.ks),
            np.maximum(level.special, each.special),
        )
    return level


def level_of(windows: Sequence[Folded]) -> Level:
    """Measure the factors on windows of about one size, in time order; at least two."""
    number = len(windows)
    values = np.stack([window.values for window in windows]).astype(np.float64)
    sizes = values.sum(axis=2, keepdims=True)
    pooled = values.sum(axis=0)
    shares = pooled / np.maximum(pooled.sum(axis=1, keepdims=True), 1)
    apart = np.sqrt(sizes) * (values / np.maximum(sizes, 1) - shares)
    mean, second, third, sure = _shape(apart, shares, number)
    ks, sure_ks = _of_function(apart, shares, number)
    ks = np.where(sure | sure_ks, ks * upper(2.5 * (number - 1)), ks)
    special = np.stack(
        [
            _of_rate(np.stack([window.unseen for window in windows]), windows),
            *(_of_rate(np.stack([window.special[:, cell] for window in windows]), windows) for cell in (1, 2)),
        ],
        axis=1,
    )
    rows = round(sum(window.rows for window in windows) / number)
    return Level(rows, number, mean, second, third, ks, special)


def _shape(apart: Floats, shares: Floats, number: int) -> tuple[Floats, Floats, Floats, Booleans]:
    from scipy.special import chdtrc

    free = np.maximum((shares > 0).sum(axis=1) - 1, 1).astype(np.float64)
    scaled = apart / np.sqrt(np.where(shares > 0, shares, 1.0))
    covariance = scaled.transpose(1, 2, 0) @ scaled.transpose(1, 0, 2) / (number - 1)
    square = covariance @ covariance
    first = np.trace(covariance, axis1=1, axis2=2)
    raw_second = (covariance**2).sum(axis=(1, 2))
    raw_third = (square * covariance).sum(axis=(1, 2))
    own = number - 1
    second = np.clip((raw_second - first**2 / own) * own**2 / ((own - 1) * (own + 2)), first**2 / free, first**2)
    third = raw_third - 3 * second * first / own - first**3 / own**2
    third = np.clip(third, second**2 / np.maximum(first, 1e-12), second**1.5)
    sure = chdtrc(own * free, own * first) < SURE
    mean = np.maximum(first / free, 1.0)
    safe = np.maximum(first, 1e-12)
    flat = np.ones_like(mean)
    return mean, np.where(sure, second * free / safe**2, flat), np.where(sure, third * free**2 / safe**3, flat), sure


def _of_function(apart: Floats, shares: Floats, number: int) -> tuple[Floats, Booleans]:
    from scipy.special import chdtrc

    level = np.cumsum(shares, axis=1)[:, :-1]
    gaps = np.cumsum(apart, axis=2)[:, :, :-1]
    lawful = (level * (1 - level)).sum(axis=1)
    ratio = (gaps**2).sum(axis=(0, 2)) / (number - 1) / np.where(lawful > 1e-12, lawful, 1.0)
    ratio = np.where(lawful > 1e-12, ratio, 1.0)
    free = 2.5 * (number - 1)
    return np.maximum(ratio, 1.0), chdtrc(free, free * ratio) < SURE


def upper(free: Floats | float) -> Floats:
    """Return what an estimate of a factor is raised by, so that the true one is above in one of ten cases only."""
    from scipy.special import chdtri

    raised: Floats = np.asarray(free / chdtri(free, 0.9), dtype=np.float64)
    return raised


def _of_rate(counts: Ints, windows: Sequence[Folded]) -> Floats:
    from scipy.special import chdtrc

    rows = np.array([window.rows for window in windows], dtype=np.float64)[:, None]
    number = len(windows)
    rate = counts.sum(axis=0) / rows.sum()
    lawful = np.where((rate > 0) & (rate < 1), rate * (1 - rate), 1.0)
    ratio = (rows * (counts / rows - rate) ** 2).sum(axis=0) / lawful / (number - 1)
    sure = chdtrc(number - 1, (number - 1) * ratio) < SURE
    widened: Floats = np.where(sure, ratio * upper(number - 1), np.maximum(ratio, 1.0))
    return widened
