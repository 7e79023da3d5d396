"""What answers and labels of a model mean: codes of classes or values, and the counts that they come to."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from assay.drift.counting.answers import Answers
from assay.drift.counting.cases import Cases, Ruling
from assay.drift.counting.known import Truth
from assay.drift.counting.rankings import ranking
from assay.monitoring.performance import Calibration, count_binary, count_multiclass, count_regression
from assay.monitoring.performance.papers import ModelCounts
from assay.monitoring.performance.ranking import CUTOFF
from assay.monitoring.profiles import Labels

__all__ = ["Cases", "Ruling", "ruling_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

THRESHOLD = 0.5
POSITIVE = ("1", "true")
"""Words for the positive class where the contract names no classes."""


def ruling_of(
    kind: str, classes: Sequence[str], calibration: Calibration | None = None, cutoff: int = CUTOFF
) -> Ruling | None:
    """Return how a model of this kind is read; None where nothing is counted of its answers, as without classes.

    With the calibration of a reference, what scores of several classes foretell is counted too. `cutoff` is how many places
    of a ranking are looked at.
    """
    if kind == "binary":
        return _binary(tuple(classes))
    if kind == "multiclass" and classes:
        return _multiclass(tuple(classes), calibration)
    if kind == "ranking":
        return ranking(cutoff)
    return _regression() if kind == "regression" else None


def _binary(classes: tuple[str, ...]) -> Ruling:
    positive = classes[-1:] or POSITIVE

    def is_positive(word: str) -> float:
        return float((word if classes else word.lower()) in positive)

    def scores(answers: Answers) -> Floats:
        if answers.shares is None or not answers.shares.shape[1]:
            return answers.scores
        return np.where(np.isnan(answers.scores), answers.shares[:, -1], answers.scores)

    def said(answers: Answers) -> Floats:
        score = scores(answers)
        threshold = np.where(np.isnan(answers.thresholds), THRESHOLD, answers.thresholds)
        by_score = np.where(np.isnan(score), np.nan, score >= threshold)
        return _by_label(answers.labels, is_positive, by_score)

    def truth(known: Truth) -> float:
        if known is None:
            return np.nan
        return is_positive(known) if isinstance(known, str) else float(known == 1)

    def counted(cases: Cases, edges: tuple[float, ...]) -> ModelCounts:  # noqa: ARG001 -- edges are for regression
        said, truths = (np.concatenate(each) for each in (cases.said, cases.truths))
        return count_binary(said.astype(np.int64), np.concatenate(cases.scores), _codes(truths))

    return Ruling(0, said, scores, truth, counted)


def _multiclass(classes: tuple[str, ...], calibration: Calibration | None) -> Ruling:
    places = {name: float(place) for place, name in enumerate(classes)}
    stranger = float(len(classes))

    def code(word: str) -> float:
        return places.get(word, stranger)

    def said(answers: Answers) -> Floats:
        chosen = np.full(len(answers), np.nan)
        if answers.shares is not None:
            known = ~np.isnan(answers.shares).any(axis=1)
            chosen[known] = np.argmax(answers.shares[known], axis=1)
        return _by_label(answers.labels, code, chosen)

    def truth(known: Truth) -> float:
        if known is None:
            return np.nan
        return code(known) if isinstance(known, str) else stranger

    def counted(cases: Cases, edges: tuple[float, ...]) -> ModelCounts:  # noqa: ARG001 -- edges are for regression
        said, truths = (np.concatenate(each) for each in (cases.said, cases.truths))
        shares = np.concatenate(cases.shares)
        return count_multiclass(classes, said.astype(np.int64), shares, _codes(truths), calibration)

    return Ruling(len(classes), said, lambda answers: answers.scores, truth, counted)


def _regression() -> Ruling:
    def truth(known: Truth) -> float:
        return float(known) if isinstance(known, int | float) else np.nan

    def counted(cases: Cases, edges: tuple[float, ...]) -> ModelCounts:
        return count_regression(np.concatenate(cases.said), np.concatenate(cases.truths), edges)

    def scores(answers: Answers) -> Floats:
        return answers.scores

    return Ruling(0, scores, scores, truth, counted)


def _by_label(labels: Labels, code: Callable[[str], float], otherwise: Floats) -> Floats:
    """The code of each label, something else where there is none."""
    if not labels.words:
        return otherwise
    of_words = np.array([*map(code, labels.words), np.nan])
    return np.where(labels.codes >= 0, of_words[labels.codes], otherwise)


def _codes(truths: Floats) -> Ints:
    return np.where(np.isnan(truths), -1, truths).astype(np.int64)
