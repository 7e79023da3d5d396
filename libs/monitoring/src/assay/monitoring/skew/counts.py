"""What samples of one feature come to: whole numbers that merge by addition."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from assay.monitoring.performance.additive import Additive
from assay.monitoring.skew.samples import TOLERANCE, Sample, agree, distance

__all__ = ["SkewCounts", "count_skew"]

SMALLEST, LARGEST, PER_DECADE = -9, 3, 10
CELLS = (LARGEST - SMALLEST) * PER_DECADE + 3
"""Sizes of relative errors: none, below 1e-9, ten cells a decade up to 1,000, and above."""


@dataclass(frozen=True, slots=True)
class SkewCounts(Additive):
    """Samples of one feature in one window."""

    joined: int = 0
    mismatched: int = 0
    online_missing: int = 0
    """Samples in which the model alone was given nothing; each is a mismatch too."""
    offline_missing: int = 0
    """Samples in which the recomputation alone gave nothing; each is a mismatch too."""
    stale: int = 0
    """Mismatches in which the model was given what was true before."""
    errors: tuple[int, ...] = (0,) * CELLS
    """Samples with numbers on both sides by size of the relative error."""

    def error_at(self, share: float) -> float | None:
        """Return what that share of relative errors does not exceed, to a tenth of a decade; None without numbers."""
        numbers = sum(self.errors)
        if not numbers:
            return None
        wanted, seen = max(1, math.ceil(share * numbers)), 0
        for cell, count in enumerate(self.errors):
            seen += count
            if seen >= wanted:
                return _upper(cell)
        raise AssertionError("the cells add up to their sum")


def count_skew(samples: Iterable[Sample], tolerance: float = TOLERANCE) -> SkewCounts:
    """Count samples; in any order and any grouping they come to the same sum."""
    joined = mismatched = online_missing = offline_missing = stale = 0
    errors = [0] * CELLS
    for each in samples:
        joined += 1
        if isinstance(each.online, int | float) and isinstance(each.offline, int | float):
            errors[_cell(distance(each.online, each.offline))] += 1
        if agree(each.online, each.offline, tolerance):
            continue
        mismatched += 1
        online_missing += each.online is None
        offline_missing += each.offline is None
        stale += each.online is not None and any(agree(each.online, old, tolerance) for old in each.older)
    return SkewCounts(joined, mismatched, online_missing, offline_missing, stale, tuple(errors))


def _cell(apart: float) -> int:
    if not apart:
        return 0
    if math.isinf(apart):
        return CELLS - 1
    return min(max(math.ceil((math.log10(apart) - SMALLEST) * PER_DECADE), 0) + 1, CELLS - 1)


def _upper(cell: int) -> float:
    if not cell:
        return 0.0
    return math.inf if cell == CELLS - 1 else 10.0 ** (SMALLEST + (cell - 1) / PER_DECADE)
