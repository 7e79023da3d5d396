"""How a model answered: counts by status, class of error and latency, which merge by addition."""

from __future__ import annotations

from assay.monitoring.operations.counts import NOTHING, OK, OTHER, OperationCounts, few, operations_of
from assay.monitoring.operations.latencies import BOUNDS_MS, PRECISION, latency_at, latency_counts

__all__ = [
    "BOUNDS_MS",
    "NOTHING",
    "OK",
    "OTHER",
    "PRECISION",
    "OperationCounts",
    "few",
    "latency_at",
    "latency_counts",
    "operations_of",
]
