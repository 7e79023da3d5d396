"""A promise about errors: which share of a contract's records may be refused."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

__all__ = ["MAX_WINDOW_S", "WINDOW_S", "ErrorRate"]

WINDOW_S, MAX_WINDOW_S = 300, 24 * 3600


@dataclass(frozen=True, slots=True)
class ErrorRate:
    """At most `percent` of the records that arrive within any `window_s` are refused."""

    percent: float
    window_s: int = WINDOW_S

    def is_kept(self, refused: int, records: int) -> bool:
        """Whether so many of so many records may be refused; of none, none are. Exact: 1 of 5 is 20 %, not nearly."""
        return Fraction(100 * refused, max(records, 1)) <= Fraction(str(self.percent))
