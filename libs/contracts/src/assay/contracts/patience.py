"""Patience: how much must be wrong, and how often, before people are called about a promise."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["AT_ONCE", "MAX_WINDOWS", "Patience"]

MAX_WINDOWS = 10
"""The most windows that are looked at together."""


@dataclass(frozen=True, slots=True)
class Patience:
    """What `assay.breach` says.

    A window of fewer than `min_records` says nothing. A breach fires when `fires_after` of the last `out_of` windows
    that say something are broken, and resolves after `resolves_after` in a row that are kept.
    """

    min_records: int = 0
    fires_after: int = 1
    out_of: int = 1
    resolves_after: int = 1

    @property
    def words(self) -> str:
        """What is waited for, in words; nothing where nothing is."""
        parts = []
        if self.min_records > 1:
            parts.append(f"counts from {self.min_records:,} records on")
        if self.out_of > 1:
            parts.append(f"fires after {self.fires_after} broken windows of {self.out_of}")
        if self.resolves_after > 1:
            parts.append(f"is over after {self.resolves_after} kept ones")
        return ", ".join(parts)


AT_ONCE = Patience()
"""Of a contract that does not say: every window counts, and one is enough."""
