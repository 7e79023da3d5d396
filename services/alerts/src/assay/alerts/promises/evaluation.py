"""An evaluation: what a promise came to in one closed window, as it is kept in the history."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Evaluation", "Outcome"]


class Outcome(StrEnum):
    """What a window means for its promise."""

    KEPT = "kept"
    BROKEN = "broken"
    INSUFFICIENT = "insufficient"
    """Too few records to hold to it."""
    MAINTENANCE = "maintenance"
    """It meets a time of maintenance, and is not held against the promise."""

    @property
    def counts(self) -> bool:
        """Whether it says anything of the promise."""
        return self in (Outcome.KEPT, Outcome.BROKEN)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A measurement of one window; `revision` is 0 when it closed, one more for each time it was evaluated again.

    `bad` of the `records` count against the promise; `value` is the number that was measured, in the promise's unit.
    """

    fingerprint: str
    contract: str
    version: str
    promise: str
    start_ms: int
    end_ms: int
    outcome: Outcome
    records: int = 0
    bad: int = 0
    value: float = 0.0
    words: str = ""
    revision: int = 0
    at_ms: int = 0

    def says_the_same(self, other: Evaluation) -> bool:
        """Whether another look at the window found the same."""
        mine = (self.outcome, self.records, self.bad, self.value, self.words)
        return mine == (other.outcome, other.records, other.bad, other.value, other.words)
