"""What can be wrong with panes."""

from __future__ import annotations

from assay.drift.errors import DriftError

__all__ = ["UnreadableSliceError"]


class UnreadableSliceError(DriftError):
    """A slice of a pane holds what no Assay of this version counts."""
