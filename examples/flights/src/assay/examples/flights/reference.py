"""What the delay model is held to: the questions it has learnt from, with its own answers and the truth, counted by day."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.examples.flights.desk import DAY_MS, label_of
from assay.examples.flights.model import CLASSES, DelayModel
from assay.examples.flights.questions import NUMBERS, WORDS, Known
from assay.monitoring.performance import BinaryCounts, count_binary
from assay.monitoring.performance.papers import performance_paper
from assay.monitoring.profiles import Labels, Numbers, Profile, profile_of
from assay.monitoring.profiles.columns import Table
from assay.monitoring.profiles.papers import profile_to_json

__all__ = ["DAY_MS", "LABEL", "SCORE", "Reference", "counted", "reference_of", "table_of"]

SCORE, LABEL = "prediction.score", "prediction.label"
"""The answers themselves stand beside the features: they drift too."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """The profile of what it has learnt from, and how it did there, day by day."""

    profile: Profile
    days: tuple[BinaryCounts, ...]

    def papers(self) -> tuple[bytes, bytes]:
        """The two documents that the drift service takes."""
        return profile_to_json(self.profile).encode(), json.dumps(performance_paper(self.days)).encode()


def reference_of(known: Known, model: DelayModel) -> Reference:
    """Count the questions, in the order in which they were asked."""
    scores = model.scores(known)
    ends = [*(np.flatnonzero(np.diff(known.at_ms // DAY_MS)) + 1).tolist(), len(known)]
    days = (counted(known.part(first, end), scores[first:end]) for first, end in zip([0, *ends], ends, strict=False))
    return Reference(profile_of(table_of(known, scores), moments_s=known.at_ms / 1000), tuple(days))


def table_of(known: Known, scores: Floats) -> Table:
    """The features and answers as the columns of a profile."""
    numbers = {name: Numbers(known.numbers[name]) for name in NUMBERS}
    words = {name: _labels(known.words[name]) for name in WORDS}
    said = _labels([label_of(each) for each in scores.tolist()])
    return {**words, **numbers, SCORE: Numbers(scores), LABEL: said}


def counted(known: Known, scores: Floats) -> BinaryCounts:
    """Count answers with the truth, as far as there is one."""
    late = np.array([label_of(each) == CLASSES[1] for each in scores.tolist()], dtype=np.int64)
    return count_binary(late, scores, known.late)


def _labels(said: Sequence[str]) -> Labels:
    words, codes = np.unique(np.array(said), return_inverse=True)
    return Labels(codes.astype(np.int64), tuple(map(str, words)))
