"""Which windows there are, and which of them a stretch lies in. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assay.contracts.monitoring import Monitoring
from assay.monitoring.scales import Closing, closings

__all__ = ["Grid"]

PATIENCE_MS = 7 * 86_400_000
"""A longer stretch is closed by its last window, or where nothing came in it by the next one, so much later at most."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Windows of one length that begin at whole multiples of their hop."""

    window_ms: int
    hop_ms: int
    scales_ms: tuple[int, ...] = ()
    """Of longer stretches that are judged as well."""

    @classmethod
    def of(cls, monitoring: Monitoring) -> Grid:
        """Return the windows that a model is watched by."""
        return cls(
            1000 * monitoring.window_s, 1000 * monitoring.hop_s, tuple(1000 * each for each in monitoring.scales_s)
        )

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

    def closes(self, before_ms: int | None, end_ms: int) -> list[Closing]:
        """Return the longer stretches that a window closes, by its end and that of the window before."""
        return closings(before_ms, end_ms, self.scales_ms, PATIENCE_MS)

    def longer_ends(self, start_ms: int) -> Iterator[int]:
        """Return when the longer ones end that hold a stretch."""
        return (start_ms - start_ms % scale_ms + scale_ms for scale_ms in self.scales_ms)

    @property
    def reach_ms(self) -> int:
        """How far before the begin of a window the stretches go that it is judged from."""
        return max(self.scales_ms) + PATIENCE_MS if self.scales_ms else 0
