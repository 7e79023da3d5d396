"""Tests and effects of one feature's window against its reference, for all features at once."""

from __future__ import annotations

from assay.monitoring.univariate.measuring import Measured, Yardstick, measured, yardstick

__all__ = ["Measured", "Yardstick", "measured", "yardstick"]
