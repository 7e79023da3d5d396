"""What can be wrong with what performance is counted from."""

from __future__ import annotations

from assay.monitoring.errors import MonitoringError

__all__ = ["MixedCountsError", "PerformanceError", "UnreadableCountsError"]


class PerformanceError(MonitoringError):
    """Base of everything that performance, concept and skew raise."""


class MixedCountsError(PerformanceError):
    """Counts of different shapes were to be added: of other classes, cells or kinds of model."""


class UnreadableCountsError(PerformanceError):
    """What was read is not what these counts write."""
