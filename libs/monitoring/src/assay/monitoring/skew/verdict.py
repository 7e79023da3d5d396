"""Whether a model is given what it was trained on: the rate of mismatches, with its interval, against what is tolerated."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

from assay.monitoring.skew.counts import SkewCounts

__all__ = ["SkewRule", "SkewVerdict", "judge_skew", "wilson"]

State = Literal["ok", "firing", "insufficient"]


@dataclass(frozen=True, slots=True)
class SkewRule:
    """What is tolerated, and how sure one must be."""

    tolerated: float = 0.001
    """Share of mismatches that is nobody's concern."""
    confidence: float = 0.95
    """How sure each bound of the interval is by itself."""
    least_joined: int = 300
    """Samples below which nothing is said: one mismatch alone would be beyond what is tolerated."""


@dataclass(frozen=True, slots=True)
class SkewVerdict:
    """What samples of one feature say; shares are of joined samples."""

    state: State
    joined: int
    mismatched: int
    rate: float
    low: float
    high: float
    median_error: float | None
    p99_error: float | None
    online_missing: float
    offline_missing: float
    stale: float
    """Share of mismatches in which the value was an older one."""


def wilson(part: int, whole: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return Wilson's bounds of a share, each of which holds by itself with that confidence; (0, 1) of nothing."""
    if not whole:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(confidence)
    share, squared = part / whole, z * z / whole
    middle = (share + squared / 2) / (1 + squared)
    half = math.sqrt(share * (1 - share) * squared + squared * squared / 4) / (1 + squared)
    return (0.0 if not part else middle - half), (1.0 if part == whole else middle + half)


def judge_skew(counts: SkewCounts, rule: SkewRule | None = None) -> SkewVerdict:
    """Judge the samples of one feature: it fires where even the lower bound is more than what is tolerated."""
    rule = rule or SkewRule()
    low, high = wilson(counts.mismatched, counts.joined, rule.confidence)
    whole = max(counts.joined, 1)
    return SkewVerdict(
        state="insufficient" if counts.joined < rule.least_joined else "firing" if low > rule.tolerated else "ok",
        joined=counts.joined,
        mismatched=counts.mismatched,
        rate=counts.mismatched / whole,
        low=low,
        high=high,
        median_error=counts.error_at(0.5),
        p99_error=counts.error_at(0.99),
        online_missing=counts.online_missing / whole,
        offline_missing=counts.offline_missing / whole,
        stale=counts.stale / max(counts.mismatched, 1),
    )
