"""How a ranking is read: a prediction is a list, and its truth is how relevant the items of it are."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from assay.drift.counting.answers import Answers
from assay.drift.counting.cases import Cases, Ruling
from assay.drift.counting.known import Answered, Truth
from assay.monitoring.performance import count_ranking
from assay.monitoring.performance.papers import ModelCounts
from assay.monitoring.performance.ranking import row_of

__all__ = ["ranking"]

Floats = NDArray[np.float64]

SUMMED = 2
"""Columns beside those of the first places: how much is relevant, and the best that a list can come to."""


class _Lists(Ruling):
    """What a case has in place of probabilities is its list as it is counted, NaN throughout while nothing is known."""

    __slots__ = ()

    def shares(self, answers: Answers) -> Floats:
        return np.full((len(answers), self.classes), np.nan)

    def cases(self, pairs: Iterable[tuple[Answered, Truth]]) -> Cases:
        """Lists that were met under another cutoff stay as they were counted: nothing is added or taken away."""
        listed, cases, cutoff = list(pairs), Cases(), self.classes - SUMMED
        rows = [row_of(each.items, _known(truth), cutoff) for each, truth in listed]
        cases.add(
            np.array([each.said if each.said == cutoff else np.nan for each, _ in listed], dtype=np.float64),
            np.array([each.score for each, _ in listed], dtype=np.float64),
            np.array(rows, dtype=np.float64).reshape(len(listed), self.classes),
            np.full(len(listed), np.nan),
        )
        return cases


def ranking(cutoff: int) -> Ruling:
    """Return how lists are read of which so many places are looked at. One without an item is no answer."""

    def said(answers: Answers) -> Floats:
        if not answers.items:
            return np.full(len(answers), np.nan)
        return np.where([bool(each) for each in answers.items], float(cutoff), np.nan)

    def counted(cases: Cases, edges: tuple[float, ...]) -> ModelCounts:  # noqa: ARG001 -- edges are for regression
        return count_ranking(cutoff, np.concatenate(cases.shares))

    return _Lists(cutoff + SUMMED, said, lambda answers: answers.scores, lambda truth: np.nan, counted)  # noqa: ARG005 -- none is a number


def _known(truth: Truth) -> dict[str, float]:
    return dict(truth) if isinstance(truth, tuple) else {}
