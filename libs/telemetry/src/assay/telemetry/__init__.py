"""Logs, traces and metrics, configured once and named from one closed list."""

from assay.telemetry import names as metrics
from assay.telemetry.setup import configure, get_logger

__all__ = ["configure", "get_logger", "metrics"]
