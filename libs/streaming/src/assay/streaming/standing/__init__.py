"""How partitions stand that others read, and up to which event time their records are complete. Pure."""

from __future__ import annotations

from assay.streaming.standing.confirming import Confirming
from assay.streaming.standing.partitions import (
    AHEAD_MS,
    Attention,
    Bounds,
    PartitionState,
    Standing,
    standing,
    standings,
)
from assay.streaming.standing.watermark import watermark

__all__ = [
    "AHEAD_MS",
    "Attention",
    "Bounds",
    "Confirming",
    "PartitionState",
    "Standing",
    "standing",
    "standings",
    "watermark",
]
