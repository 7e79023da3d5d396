"""Counting: a model's logs, joined by prediction id, become panes of whole numbers."""

from __future__ import annotations

from assay.drift.counting.step import CountingStep, lead_topics

__all__ = ["CountingStep", "lead_topics"]
