"""Which windows there are, and which of them a stretch lies in. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assay.contracts.monitoring import Monitoring

__all__ = ["Grid"]


@dataclass(frozen=True, slots=True)
class Grid:
    """Windows of one length that begin at whole multiples of their hop."""

    window_ms: int
    hop_ms: int

    @classmethod
    def of(cls, monitoring: Monitoring) -> Grid:
        """Return the windows that a model is watched by."""
        return cls(1000 * monitoring.window_s, 1000 * monitoring.hop_s)

    def with_stretch(self, start_ms: int) -> Iterator[int]:
        """Return the begins of the windows that hold a stretch, the oldest first; none where it lies between two."""
        last = start_ms // self.hop_ms * self.hop_ms
        first = (start_ms - self.window_ms) // self.hop_ms * self.hop_ms + self.hop_ms
        return iter(range(first, last + 1, self.hop_ms))

    def closed_after(self, start_ms: int) -> int:
        """Return when all windows with a stretch are complete."""
        return start_ms // self.hop_ms * self.hop_ms + self.window_ms

    def first_open(self, watermark_ms: int, patience_ms: int) -> int:
        """Return the begin of the oldest window that ended less than `patience_ms` before the watermark."""
        return (watermark_ms - patience_ms - self.window_ms) // self.hop_ms * self.hop_ms + self.hop_ms
