"""An experiment as it was registered, before its first user came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assay.monitoring.experiments.balance import shares_of
from assay.monitoring.experiments.sequence import ConfidenceSequence

__all__ = ["USUAL_USERS", "Experiment"]

USUAL_USERS = 10_000
"""Users of an experiment whose plan says no number: where its confidence sequence is tightest."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """What was set before the first user came: who gets what, how many, and how often we may be wrong.

    `alpha` is for all comparisons together; `planned_users` of all variants; `least_users` of each variant, before
    anything is said. `balance_alpha` is how often a sound assignment may ever be called a mismatch.

    Raises:
        ValueError: the control has no expected share, or a number is not what it may be.
    """

    expected: Mapping[str, float]
    control: str
    alpha: float = 0.05
    planned_users: int | None = None
    least_users: int = 500
    balance_alpha: float = 0.01

    def __post_init__(self) -> None:
        if self.control not in shares_of(self.expected):
            raise ValueError(f"the control {self.control!r} is none of the variants {', '.join(self.expected)}")
        if self.least_users < 2:
            raise ValueError("a variance takes two users at least")
        for variant in self.treatments:
            self.sequence(variant)

    @property
    def treatments(self) -> tuple[str, ...]:
        """Return the variants that are compared with the control."""
        return tuple(name for name in self.expected if name != self.control)

    @property
    def alpha_each(self) -> float:
        """Return the alpha of one comparison: theirs add up to that of the experiment (Bonferroni)."""
        return self.alpha / len(self.treatments)

    def planned_of(self, variant: str) -> float | None:
        """Return how many users were planned for a variant and the control together."""
        shares = shares_of(self.expected)
        return None if self.planned_users is None else self.planned_users * (shares[variant] + shares[self.control])

    def sequence(self, variant: str) -> ConfidenceSequence:
        """Return the confidence sequence of a variant's difference from the control."""
        planned = self.planned_of(variant)
        return ConfidenceSequence(self.alpha_each, USUAL_USERS if planned is None else planned)
