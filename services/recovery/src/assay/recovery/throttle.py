"""How many dead letters a run may settle now: a bucket that fills by the clock."""

from __future__ import annotations

from assay.runtime import Clock

__all__ = ["Throttle"]

BURST_S = 1.0
TOGETHER_S = 0.1
"""A run that is slow settles what it may in a tenth of a second at once: a transaction for each would be most of it."""


class Throttle:
    """Fills with `rate_per_s`, up to what a second brings, one at least; 0 is no bound."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._at_ms = clock.now_ms()
        self._held = 0.0

    def spare(self, rate_per_s: float, most: int) -> int:
        """Return how many may be settled now, `most` at most."""
        if rate_per_s <= 0:
            return most
        now_ms = self._clock.now_ms()
        brought = max(0, now_ms - self._at_ms) / 1000 * rate_per_s
        self._at_ms = now_ms
        self._held = min(self._held + brought, max(1.0, rate_per_s * BURST_S))
        together = min(max(1, int(rate_per_s * TOGETHER_S)), most)
        return min(int(self._held), most) if self._held >= together else 0

    def take(self, settled: int) -> None:
        """Settle so many."""
        self._held -= settled
