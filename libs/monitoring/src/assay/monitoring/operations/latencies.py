"""Latencies by geometric buckets: whole numbers that merge by addition, and quantiles that are never too low.

Eight buckets to a doubling, from 0.01 ms to more than twenty minutes: a quantile is the upper bound of its bucket, which
is above the true one by less than 9.1 %. What is below the first bound counts as 0.01 ms; what is above the last has no
upper bound.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["BOUNDS_MS", "PRECISION", "latency_at", "latency_counts"]

PER_DOUBLING = 8
DOUBLINGS = 27

PRECISION = 2 ** (1 / PER_DOUBLING) - 1
"""How much a quantile may be too high, as a share of it."""

BOUNDS_MS: tuple[float, ...] = tuple(0.01 * 2 ** (each / PER_DOUBLING) for each in range(DOUBLINGS * PER_DOUBLING + 1))
"""Upper bounds of the buckets, inclusive; one more bucket, the last, holds what is above them."""

_BOUNDS = np.array(BOUNDS_MS)

Floats = NDArray[np.float64]


def latency_counts(latencies_ms: Floats) -> tuple[int, ...]:
    """Count latencies by bucket, NaN being none; empty where there is none at all."""
    known = latencies_ms[~np.isnan(latencies_ms)]
    if not known.size:
        return ()
    places = np.searchsorted(_BOUNDS, known, side="left")
    return tuple(np.bincount(places, minlength=len(BOUNDS_MS) + 1).tolist())


def latency_at(counts: Sequence[int], share: float) -> float | None:
    """Return what that share of the latencies does not exceed; infinite above all bounds, None without any latency."""
    total = sum(counts)
    if not total:
        return None
    wanted, seen = max(1, math.ceil(share * total)), 0
    for place, count in enumerate(counts):
        seen += count
        if seen >= wanted:
            return BOUNDS_MS[place] if place < len(BOUNDS_MS) else math.inf
    raise AssertionError("the buckets add up to their sum")
