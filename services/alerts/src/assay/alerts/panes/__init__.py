"""Partial counts of validation, merged into minutes, and how far event time has come."""

from __future__ import annotations

from assay.alerts.panes.reading import Dirty, PaneReader
from assay.alerts.panes.standing import Attention, Bounds, PartitionState, Standing, standing, standings, watermark

__all__ = [
    "Attention",
    "Bounds",
    "Dirty",
    "PaneReader",
    "PartitionState",
    "Standing",
    "standing",
    "standings",
    "watermark",
]
