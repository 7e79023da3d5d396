"""Tails where the normal law is not good enough: few errors among many rows, and means of skewed chances."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["drawn", "mean_shift"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

NEAR = 1e-3
"""Standard errors from the mean below which the saddlepoint says what the normal law says."""
ROUNDING = 1e-12
"""Values that differ by no more of their size are the same: what is left between them is rounding."""


def drawn(hits: int, draws: int, marked: int, total: int) -> float:
    """Return the two-sided p of that many marked ones among draws without putting back: twice the smaller tail."""
    if hits * total < draws * marked:  # fewer than expected: more than expected of those that are not marked
        return drawn(draws - hits, draws, total - marked, total)
    term = math.exp(
        _choose(marked, hits) + _choose(total - marked, draws - hits) - _choose(total, draws),
    )
    tail = 0.0
    while term > tail * 1e-17:
        tail += term
        rest = total - marked - draws + hits + 1
        term *= (marked - hits) * (draws - hits) / ((hits + 1) * rest) if rest > 0 else 0.0
        hits += 1
    return min(1.0, 2 * tail)


def mean_shift(values: Floats, window: Ints, reference: Ints) -> tuple[float, float, float] | None:
    """Hold the mean of a window against that of its reference, both as counts of the same values.

    Returns z, and the means of the window and of the reference. z is normal even in the far tail of skewed values: the
    saddlepoint of the reference's own distribution (Barndorff-Nielsen's r*). None where the reference does not vary.
    """
    n, m = int(window.sum()), int(reference.sum())
    if n < 2 or m < 2:
        return None
    seen = values[reference > 0]
    if np.ptp(seen) <= ROUNDING * np.abs(seen).max():
        return None
    weights = reference / m
    mean, base = float(window @ values) / n, float(weights @ values)
    values, seen = values - base, seen - base
    scale = math.sqrt(float(weights @ values**2))
    room = float(np.ptp(seen)) / (2 * n)  # no law is smooth at its end: half a row from it
    apart = (mean - base) / math.sqrt(1 + n / m)  # the reference is a sample too
    target = min(max(apart, float(seen.min()) + room), float(seen.max()) - room)
    plain = target / scale * math.sqrt(n)
    z = plain if abs(plain) < NEAR else _saddlepoint(values, weights, target, scale, n)
    return z, mean, base


def _saddlepoint(values: Floats, weights: Floats, target: float, scale: float, n: int) -> float:
    side = math.copysign(1.0, target)
    low, high = 0.0, 1.0 / scale
    while side * _tilted(values, weights, side * high)[1] < abs(target):
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        below = side * _tilted(values, weights, side * middle)[1] < abs(target)
        low, high = (middle, high) if below else (low, middle)
    tilt = side * (low + high) / 2
    logarithm, _, variance = _tilted(values, weights, tilt)
    root = side * math.sqrt(max(2 * n * (tilt * target - logarithm), 0.0))
    wide = tilt * math.sqrt(n * variance)
    return root + math.log(wide / root) / root if root and wide else root


def _tilted(values: Floats, weights: Floats, tilt: float) -> tuple[float, float, float]:
    """Cumulant generating function of the values, and its first two derivatives."""
    exponents = tilt * values
    top = float(exponents[weights > 0].max())
    leaning = weights * np.exp(np.where(weights > 0, exponents - top, 0.0))
    whole = float(leaning.sum())
    mean = float(leaning @ values) / whole
    return math.log(whole) + top, mean, float(leaning @ (values - mean) ** 2) / whole


def _choose(whole: int, part: int) -> float:
    return math.lgamma(whole + 1) - math.lgamma(part + 1) - math.lgamma(whole - part + 1)
