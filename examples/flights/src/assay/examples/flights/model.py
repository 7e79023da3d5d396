"""The delay model: the chance that a flight arrives 15 minutes late or more, asked as it is due to leave.

A logistic regression of a few features, trained on January by Newton's method: the same rows give the same weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from assay.examples.flights.questions import NUMBERS, WORDS, Known

__all__ = ["CLASSES", "MODEL", "THRESHOLD", "TRAINED_UNTIL_MS", "VERSION", "DelayModel", "trained"]

Floats = NDArray[np.float64]
_Number = TypeVar("_Number", float, Floats)

MODEL, VERSION = "delay-model", "1"
CLASSES = ("in_time", "late")
THRESHOLD = 0.5
"""From this chance on a flight is said to be late."""

TRAINED_UNTIL_MS = int(datetime(2013, 2, 1, tzinfo=UTC).timestamp() * 1000)
"""It has learnt from flights that were to leave before; it is asked about those after."""

_COMMON = 200
"""A word that fewer training rows have gets no weight of its own."""

_RIDGE, _STEPS, _CLOSE = 1.0, 50, 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class DelayModel:
    """Weights, the words that have one, and the number that stands in where one is missing."""

    words: Mapping[str, tuple[str, ...]]
    usual: Mapping[str, float]
    weights: Floats

    def scores(self, known: Known) -> Floats:
        """The chance of being late for each question."""
        return _chance(_design(self.words, self.usual, known) @ self.weights)

    def score(self, features: Mapping[str, float | str | None]) -> float:
        """The chance for one question alone."""
        unknown = {name: float(features[name] is None) for name in NUMBERS}
        filled = {name: self.usual[name] if features[name] is None else float(features[name] or 0) for name in NUMBERS}
        line = [
            *_terms(filled, unknown),
            *(float(features[name] == word) for name in WORDS for word in self.words[name]),
        ]
        return float(_chance(np.dot(line, self.weights)))


def trained(known: Known) -> DelayModel:
    """Learn from the questions whose answer is known."""
    said = np.flatnonzero(known.late >= 0)
    words = {name: _common(known.words[name]) for name in WORDS}
    usual = {name: float(np.nanmedian(known.numbers[name])) for name in NUMBERS}
    design, late = _design(words, usual, known)[said], known.late[said]
    weights = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        chance = _chance(design @ weights)
        slope = design.T @ (late - chance) - _RIDGE * weights
        curve = (design * (chance * (1 - chance))[:, None]).T @ design + _RIDGE * np.eye(len(weights))
        step = np.linalg.solve(curve, slope)
        weights = weights + step
        if float(np.abs(step).max()) < _CLOSE:
            break
    return DelayModel(words, usual, weights)


def _design(words: Mapping[str, tuple[str, ...]], usual: Mapping[str, float], known: Known) -> Floats:
    """A line for each question: what the weights are multiplied by."""
    unknown = {name: np.isnan(known.numbers[name]).astype(np.float64) for name in NUMBERS}
    filled = {name: np.where(unknown[name] > 0, usual[name], known.numbers[name]) for name in NUMBERS}
    said = {name: np.array(known.words[name]) for name in WORDS}
    columns = [*_terms(filled, unknown), *(said[name] == word for name in WORDS for word in words[name])]
    return np.stack(np.broadcast_arrays(*columns), axis=1).astype(np.float64)


def _terms(filled: Mapping[str, _Number], unknown: Mapping[str, _Number]) -> list[_Number | float]:
    """What is made of numbers, of one question or of many, all of it about as large as 1."""
    hour = (filled["hour"] - 13) / 5
    return [
        1.0,
        hour,
        hour * hour,
        np.log(filled["distance"] / 1000),
        filled["wind_speed"] / 10,
        (10 - filled["visibility"]) / 10,
        np.minimum(filled["precipitation"], 0.1) * 10,
        np.minimum(np.maximum(filled["recent_delay"], -10), 60) / 10,
        unknown["recent_delay"],
    ]


def _common(said: tuple[str, ...]) -> tuple[str, ...]:
    """The words that are common enough for a weight, all but the first: it is what the others are held against."""
    found, counts = np.unique(np.array(said), return_counts=True)
    return tuple(str(word) for word in found[counts >= _COMMON][1:])


def _chance(odds: _Number) -> _Number:
    chance: _Number = 1 / (1 + np.exp(-odds))
    return chance
