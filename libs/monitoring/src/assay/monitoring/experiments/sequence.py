"""Confidence sequences: intervals that hold at every look at once, however often one looks and whenever one stops.

Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence
sequences", Annals of Statistics 2024: Robbins' normal mixture over an estimated variance. Asymptotic: it holds from a
sample on that is large enough for the central limit, which `Experiment.least_users` stands for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["ConfidenceSequence", "fixed_errors", "fixed_p"]


@dataclass(frozen=True, slots=True)
class ConfidenceSequence:
    """A sequence at level 1 - `alpha`, tightest when as many users are there as were planned.

    `planned_users` must be set before the first user is seen: a plan that follows the data voids the promise.

    Raises:
        ValueError: alpha is not between 0 and 1, or no users are planned.
    """

    alpha: float
    planned_users: float

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 1:
            raise ValueError(f"alpha is a share of errors between 0 and 1, not {self.alpha:g}")
        if not 0 < self.planned_users < math.inf:
            raise ValueError(f"plan a number of users above 0, not {self.planned_users:g}")

    def weight(self) -> float:
        """Return the mixture's r squared for which the interval is tightest at `planned_users`."""
        from scipy.special import lambertw

        at_best = -lambertw(-(self.alpha**2) / math.e, -1).real - 1
        return float(at_best) / self.planned_users

    def errors(self, users: int) -> float:
        """Return the half-width of the interval after so many users, in standard errors."""
        time = users * self.weight()
        return math.sqrt(2 * (time + 1) / time * math.log(math.sqrt(time + 1) / self.alpha))

    def p(self, statistic: float, users: int) -> float:
        """Return the smallest alpha at which this mixture excludes 0, when 0 lies so many standard errors away.

        Valid at every look: under no difference it ever falls to `a` or below with a probability of at most `a`.
        """
        time = users * self.weight()
        exponent = math.log(time + 1) / 2 - statistic * statistic / 2 * time / (time + 1)
        return math.exp(min(exponent, 0.0))


def fixed_errors(alpha: float) -> float:
    """Return the half-width in standard errors of an interval that is read once, at a number of users set before."""
    from scipy.special import ndtri

    return -float(ndtri(alpha / 2))


def fixed_p(statistic: float) -> float:
    """Return the two-sided p of a statistic that is read once."""
    return math.erfc(abs(statistic) / math.sqrt(2))
