"""Pictures of verdicts: SVG of a few kilobytes that any page, mail or browser shows."""

from assay.monitoring.pictures.distribution import Bar, between, distribution
from assay.monitoring.pictures.trend import Point, trend

__all__ = ["Bar", "Point", "between", "distribution", "trend"]
