"""One test's word on a window: what was measured, how surprising it is, and how much it matters."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

__all__ = ["Evidence", "Law", "eased"]

Law = Literal["normal", "t", "chi-square"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a test found: p is the chance of a statistic as far out if nothing had changed since the reference."""

    test: str
    n: int
    statistic: float
    p: float
    effect: float
    """How much, in the unit that the test says; above 0 is more loss than in the reference, or scores that mean less."""
    law: Law = "normal"
    """What the statistic follows where nothing changed; a normal or t one is judged on both sides."""
    degrees: float | None = None
    """Degrees of freedom of the law, where it has some."""
    dispersion: float = 1.0
    """How much more windows of the reference vary than independent rows would; the statistic is divided by it."""


def eased(found: Evidence, dispersion: float) -> Evidence:
    """Return the evidence where windows vary that much more than independent rows: a smaller statistic, a larger p.

    A chi-square is divided by the dispersion, and z and t by its root. The effect of a chi-square loses what the
    dispersion alone brings.
    """
    from scipy.special import chdtrc, ndtri, stdtr

    if dispersion <= 1:
        return found
    if found.law == "chi-square" and found.degrees is not None:
        statistic = found.statistic / dispersion
        effect = found.effect - found.degrees * (dispersion - 1) / found.n
        p = float(chdtrc(found.degrees, statistic))
        return replace(found, statistic=statistic, p=p, effect=effect, dispersion=dispersion)
    root = math.sqrt(dispersion)
    if found.law == "t" and found.degrees is not None:
        p = 2 * float(stdtr(found.degrees, -abs(found.statistic) / root))
    else:  # where p was exact, it says more than z does
        z = -float(ndtri(found.p / 2)) if found.p > 0 else abs(found.statistic)
        p = math.erfc(z / root / math.sqrt(2))
    statistic = found.statistic / root
    return replace(found, statistic=statistic, p=p, dispersion=dispersion)
