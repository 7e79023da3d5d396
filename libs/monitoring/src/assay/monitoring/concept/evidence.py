"""One test's word on a window: what was measured, how surprising it is, and how much it matters."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Evidence"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a test found: p is the chance of a statistic as far out if nothing had changed since the reference."""

    test: str
    n: int
    statistic: float
    p: float
    effect: float
    """How much, in the unit that the test says; above 0 is more loss than in the reference."""
