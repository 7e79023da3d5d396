"""Whether the loss of a window is that of the reference: shares of errors, or means of losses."""

from __future__ import annotations

import math

from assay.monitoring.concept.evidence import Evidence
from assay.monitoring.concept.tails import drawn
from assay.monitoring.performance.exact import Moments

__all__ = ["two_proportion", "welch"]

FEW = 100


def two_proportion(wrong: int, n: int, reference_wrong: int, reference_n: int) -> Evidence | None:
    """Hold a share of errors against that of the reference: the pooled two-sided z test.

    Where fewer than a hundred errors (or right ones) are expected in the window, p is exact, as z is no longer normal. The effect is the difference in standard deviations of one prediction's loss in the reference. None where one side
    is empty, or no prediction on either side was wrong, or all were.
    """
    both = wrong + reference_wrong
    if not n or not reference_n or both in (0, n + reference_n):
        return None
    share, reference = wrong / n, reference_wrong / reference_n
    pooled = both / (n + reference_n)
    z = (share - reference) / math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / reference_n))
    few = n * min(pooled, 1 - pooled) < FEW
    p = drawn(wrong, n, both, n + reference_n) if few else math.erfc(abs(z) / math.sqrt(2))
    spread = math.sqrt(reference * (1 - reference)) or math.sqrt(pooled * (1 - pooled))
    return Evidence("two-proportion", n, z, p, (share - reference) / spread)


def welch(window: Moments, reference: Moments) -> Evidence | None:
    """Hold a mean loss against that of the reference: Welch's two-sided t test.

    The effect is the difference in standard deviations of the reference. None where a side has less than two values,
    or nothing varies.
    """
    from scipy.special import stdtr

    if window.n < 2 or reference.n < 2:
        return None
    parts = (window.variance / window.n, reference.variance / reference.n)
    whole = sum(parts)
    if not whole:
        return None
    t = (window.mean - reference.mean) / math.sqrt(whole)
    mine, theirs = (each / whole for each in parts)  # their own squares may be no doubles
    freedom = 1 / (mine**2 / (window.n - 1) + theirs**2 / (reference.n - 1))
    spread = math.sqrt(reference.variance or window.variance)
    p = 2 * float(stdtr(freedom, -abs(t)))
    return Evidence("welch", window.n, t, p, (window.mean - reference.mean) / spread, "t", freedom)
