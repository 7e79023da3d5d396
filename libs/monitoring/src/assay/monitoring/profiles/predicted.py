"""Predictions as columns of a profile: what a model says can move as what it reads does."""

from __future__ import annotations

__all__ = ["LABEL", "SCORE"]

SCORE, LABEL = "prediction.score", "prediction.label"
"""The score of a prediction, or the number that a regression says; and the word that was decided for."""
