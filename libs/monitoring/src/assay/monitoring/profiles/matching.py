"""What a window would hold if each of its hours were as that hour of the reference, and how far chance takes it from there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from assay.monitoring.profiles.columns import Booleans, Floats, Ints
from assay.monitoring.profiles.dispersion import SURE, Level, upper

__all__ = ["Gap", "Matched", "gap_of", "law_of_function", "level_of_gaps", "matched_to", "moments"]

PRIOR = 1.0
"""Rows as the whole reference goes that are added to each hour, so that none is sure of what it never saw."""

SPARSE = 5.0
"""Rows that are added to what is expected of a bin where its gap is weighed, so that a rare bin does not speak alone."""

TENTHS = 10

LEAST_DEGREES = 3.0
"""Windows that a dispersion is taken to be measured on at least, however alike they are."""

TINY = 1e-12

AT_ONCE = 32
"""Features whose matrices are made at once: of twenty bins, 100 KB each."""


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """What a mix of hours leads to expect: lines are features. The mix weighs each hour by the window's own rows in it.

    `covariance` is that of the gaps between the window's counts and `shares` of its values, if rows are independent: what
    chance makes of the window, less what its hours explain, and what it made of those hours of the reference.
    """

    shares: Floats
    values: Floats
    covariance: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Gap:
    """A window against what was expected: counts, gaps, and the law of the weighed gaps by its moments."""

    values: Floats
    expected: Floats
    gaps: Floats
    covariance: Floats
    weighed: Floats
    law: Floats
    """Covariance of the weighed gaps; the sum of their squares is the statistic."""


def matched_to(hours: Floats | Ints, rows: Floats | Ints, counts: Floats | Ints, whole: Floats) -> Matched:
    """Match a window that has so many rows in each of some hours.

    `rows` and `counts` (hours x features x bins) are those of the reference in the same hours, `whole` its shares overall.
    """
    of = rows + PRIOR
    rates = (counts + PRIOR * whole) / of[:, None, None]
    expected = np.tensordot(hours, rates, axes=1)
    total = expected.sum(axis=1)
    shares = expected / np.maximum(total, 1e-300)[:, None]
    weights = hours * (1 + hours / of) * of / np.maximum(of - 1, 1)
    spread = np.tensordot(weights, rates, axes=1)
    valid = rates.sum(axis=2)
    apart = rates - shares * valid[:, :, None]
    scaled = (apart * np.sqrt(weights)[:, None, None]).transpose(1, 2, 0)
    covariance = in_parts(_by_chance, shares, spread, scaled)
    return Matched(shares, total, covariance)


def _by_chance(shares: Floats, spread: Floats, scaled: Floats) -> Floats:
    """What chance makes of the gaps of some features."""
    covariance: Floats = shares[:, :, None] * shares[:, None, :] * spread.sum(axis=1)[:, None, None]
    across = spread[:, :, None] * shares[:, None, :]
    covariance -= across + across.transpose(0, 2, 1)
    bins = np.arange(shares.shape[1])
    covariance[:, bins, bins] += spread
    covariance -= scaled @ scaled.transpose(0, 2, 1)
    return covariance


def in_parts(made: Callable[..., Floats], *of: Floats | Booleans) -> Floats:
    """Return what is made of some numbers of each feature (lines), of few features at a time.

    Matrices of all features at once leave the processor's cache on the way from one step to the next.
    """
    parts = [made(*(each[start : start + AT_ONCE] for each in of)) for start in range(0, len(of[0]), AT_ONCE)]
    return np.concatenate(parts) if parts else made(*of)


def gap_of(matched: Matched, window: Ints, ordered: Booleans) -> Gap:
    """Weigh the gaps of a window; where fewer values are there than expected, the law shrinks with them.

    What is `ordered`, numbers, is weighed by tenths of what is expected: a shift then looks the same at each hour.
    """
    values = window.sum(axis=1).astype(np.float64)
    expected = matched.shares * values[:, None]
    covariance = matched.covariance * (values / np.maximum(matched.values, 1e-300))[:, None, None]
    gaps = window - expected
    weigh = in_parts(_weights, matched.shares, values, ordered)
    weighed = (weigh @ gaps[:, :, None])[:, :, 0]
    return Gap(values, expected, gaps, covariance, weighed, in_parts(_weighed, weigh, covariance))


def _weighed(weigh: Floats, covariance: Floats) -> Floats:
    law: Floats = weigh @ covariance @ weigh.transpose(0, 2, 1)
    return law


def _weights(shares: Floats, values: Floats, ordered: Booleans) -> Floats:
    """For each feature what turns its gaps (columns) into those that are squared and summed (lines)."""
    features, bins = shares.shape
    weights = np.zeros((features, max(bins, TENTHS), bins))
    words = np.flatnonzero(~ordered)
    weights[words, :bins] = np.eye(bins) / np.sqrt(shares[words] * values[words, None] + SPARSE)[:, None, :]
    ends = np.cumsum(shares[ordered], axis=1)
    starts = ends - shares[ordered]
    cuts = np.arange(TENTHS + 1)[:, None] / TENTHS
    below = np.clip((cuts - starts[:, None, :]) / np.maximum(shares[ordered], TINY)[:, None, :], 0.0, 1.0)
    below[:, -1] = 1.0
    scale = np.sqrt(TENTHS / np.maximum(values[ordered], 1.0))
    weights[ordered, :TENTHS] = np.diff(below, axis=1) * scale[:, None, None]
    return weights


def law_of_function(gap: Gap) -> Floats:
    """Return the variance of the gap between the distribution functions at each bin's end, in rows."""
    # Bins first, so that a step of the sums takes in all features: six times faster than by cumsum, and the same to the bit.
    summed, bins = gap.covariance.transpose(1, 2, 0).copy(), gap.covariance.shape[1]
    for place in range(1, bins):
        summed[place] += summed[place - 1]
    for place in range(1, bins):
        summed[place:, place] += summed[place:, place - 1]
    ends = np.arange(bins - 1)
    return np.maximum(np.ascontiguousarray(summed[ends, ends].T), 0.0)


def level_of_gaps(rows: int, gaps: Iterable[Gap], part: float) -> tuple[Level, Floats]:
    """Measure how much more windows of the reference differ from what was expected than independent rows would.

    `part` is how much of a window's own a gap has: what it was held to is made of the others. Returns beside it on how many
    windows each feature was measured: those that follow one another and are alike count for fewer.

    Raises:
        ValueError: there are no gaps.
    """
    from scipy.special import chdtrc

    seen = _Sums()
    for gap in gaps:
        seen.take(gap)
    if not seen.windows:
        raise ValueError("no window of the reference could be held to its hours")
    own = np.maximum(seen.apart * part, LEAST_DEGREES)
    first, second, third = _freed(seen.square / seen.windows, own)
    by_law, by_law2, by_law3 = moments(seen.law / seen.windows)
    free = by_law**2 / by_law2
    ratio = first / by_law
    sure = chdtrc(own * free, own * free * ratio) < SURE
    most = by_law**3 / by_law3
    spread2, spread3 = seen.spread()
    shape2 = np.where(sure, np.clip(np.maximum(second / first**2 * free, spread2), 1.0, free), 1.0)
    shape3 = np.where(sure, np.clip(np.maximum(third / first**3 * most, spread3), 1.0, most), 1.0)
    plain = np.where(seen.lawful > 0, seen.lawful, 1.0)
    ks = np.where(seen.lawful > 0, seen.function / plain, 1.0)
    surely = sure | (chdtrc(2.5 * own, 2.5 * own * ks) < SURE)
    ks = np.maximum(ks, 1.0) * np.where(surely, upper(2.5 * own), 1.0)
    level = Level(rows, seen.windows, np.maximum(ratio, 1.0), shape2, shape3, ks, np.ones((len(first), 3)))
    return level, own


@dataclass(slots=True)
class _Sums:
    """Sums over gaps in order of time."""

    windows: int = 0
    square: Floats = field(default_factory=lambda: np.zeros(1))
    law: Floats = field(default_factory=lambda: np.zeros(1))
    function: Floats = field(default_factory=lambda: np.zeros(1))
    lawful: Floats = field(default_factory=lambda: np.zeros(1))
    along: Floats = field(default_factory=lambda: np.zeros(1))
    last: Floats | None = None
    sizes: list[Floats] = field(default_factory=list)
    lawful_spread: list[tuple[Floats, Floats]] = field(default_factory=list)

    def take(self, gap: Gap) -> None:
        per = np.maximum(gap.values, 1.0)[:, None]
        self.windows += 1
        self.square = self.square + gap.weighed[:, :, None] * gap.weighed[:, None, :]
        self.law = self.law + gap.law
        self.function = self.function + (np.cumsum(gap.gaps, axis=1)[:, :-1] ** 2 / per).sum(axis=1)
        self.lawful = self.lawful + (law_of_function(gap) / per).sum(axis=1)
        if self.last is not None:
            self.along = self.along + (self.last * gap.weighed).sum(axis=1)
        self.last = gap.weighed
        first, second, third = moments(gap.law)
        self.sizes.append((gap.weighed**2).sum(axis=1) / first)
        self.lawful_spread.append((second / first**2, third / first**3))

    def spread(self) -> tuple[Floats, Floats]:
        """The second and third moment of the statistics themselves, over those that the law gives them."""
        sizes = np.stack(self.sizes)
        apart = sizes / np.maximum(sizes.mean(axis=0), TINY) - 1
        second, third = (np.mean(each, axis=0) for each in zip(*self.lawful_spread, strict=True))
        return (apart**2).mean(axis=0) / (2 * second), (apart**3).mean(axis=0) / (8 * third)

    @property
    def apart(self) -> Floats:
        """How many independent windows they are worth, as far as what chance does not explain is like the window before.

        Squares forget twice as fast as what is squared.
        """
        whole = np.maximum(np.trace(self.square, axis1=1, axis2=2), TINY)
        beside = np.maximum(whole - np.trace(self.law, axis1=1, axis2=2), whole / 4)
        like = np.clip(self.along / beside, 0.0, 0.99) ** 2
        worth: Floats = self.windows * (1 - like) / (1 + like)
        return worth


def moments(law: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the sums of the eigenvalues of covariances, of their squares and of their cubes."""
    first, second, third = in_parts(_summed, law).T
    return np.maximum(first, TINY), np.maximum(second, TINY**2), np.maximum(third, TINY**3)


def _summed(law: Floats) -> Floats:
    sums = np.trace(law, axis1=1, axis2=2), (law**2).sum(axis=(1, 2)), (law @ law * law).sum(axis=(1, 2))
    return np.stack(sums, axis=1)


def _freed(covariance: Floats, own: Floats) -> tuple[Floats, Floats, Floats]:
    """The moments of a covariance that was measured on few windows, without what their number adds."""
    first, raw_second, raw_third = moments(covariance)
    second = np.clip((raw_second - first**2 / own) * own**2 / ((own - 1) * (own + 2)), TINY**2, first**2)
    third = raw_third - 3 * second * first / own - first**3 / own**2
    return first, second, np.clip(third, second**2 / first, second**1.5)
