"""What answers and labels of a model mean: codes of classes or values, and the counts that they come to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from assay.drift.counting.answers import Answers
from assay.drift.counting.known import Answered, Truth
from assay.monitoring.performance import Calibration, count_binary, count_multiclass, count_regression
from assay.monitoring.performance.papers import ModelCounts
from assay.monitoring.profiles import Labels

__all__ = ["Cases", "Ruling", "ruling_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

THRESHOLD = 0.5
POSITIVE = ("1", "true")
"""Words for the positive class where the contract names no classes."""


@dataclass(slots=True)
class Cases:
    """Predictions with their truths that are counted together; NaN is none."""

    said: list[Floats] = field(default_factory=list)
    scores: list[Floats] = field(default_factory=list)
    shares: list[Floats] = field(default_factory=list)
    truths: list[Floats] = field(default_factory=list)

    def add(self, said: Floats, scores: Floats, shares: Floats, truths: Floats) -> None:
        """Take some in; those without an answer are left out."""
        there = ~np.isnan(said)
        if not there.all():
            said, scores, shares, truths = said[there], scores[there], shares[there], truths[there]
        self.said.append(said)
        self.scores.append(scores)
        self.shares.append(shares)
        self.truths.append(truths)

    def extend(self, more: Cases) -> None:
        """Take in what others hold."""
        self.said += more.said
        self.scores += more.scores
        self.shares += more.shares
        self.truths += more.truths

    def __bool__(self) -> bool:
        return any(each.size for each in self.said)


@dataclass(frozen=True, slots=True)
class Ruling:
    """How a kind of model is read: what was said and is true as numbers, and what cases come to.

    `classes` is how many columns probabilities have.
    """

    classes: int
    said: Callable[[Answers], Floats]
    scores: Callable[[Answers], Floats]
    truth: Callable[[Truth], float]
    counted: Callable[[Cases, tuple[float, ...]], ModelCounts]

    def shares(self, answers: Answers) -> Floats:
        """Return the probabilities of each class where they are counted; no column where they are not."""
        if self.classes and answers.shares is not None:
            return answers.shares
        return np.full((len(answers), self.classes), np.nan)

    def cases(self, pairs: Iterable[tuple[Answered, Truth]]) -> Cases:
        """Return single predictions with their truths as cases."""
        listed = list(pairs)
        cases = Cases()
        nothing = (np.nan,) * self.classes
        cases.add(
            np.array([each.said for each, _ in listed], dtype=np.float64),
            np.array([each.score for each, _ in listed], dtype=np.float64),
            np.array([each.shares or nothing for each, _ in listed], dtype=np.float64).reshape(
                len(listed), self.classes
            ),
            np.array([self.truth(truth) for _, truth in listed], dtype=np.float64),
        )
        return cases


def ruling_of(kind: str, classes: Sequence[str], calibration: Calibration | None = None) -> Ruling | None:
    """Return how a model of this kind is read; None where nothing is counted of its answers: a ranking, or no classes.

    With the calibration of a reference, what scores of several classes foretell is counted too.
    """
    if kind == "binary":
        return _binary(tuple(classes))
    if kind == "multiclass" and classes:
        return _multiclass(tuple(classes), calibration)
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
