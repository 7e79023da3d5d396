"""Predictions with their truths that are counted together, and what it takes to read a kind of model."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from assay.drift.counting.answers import Answers
from assay.drift.counting.known import Answered, Truth
from assay.monitoring.performance.papers import ModelCounts

__all__ = ["Cases", "Ruling"]

Floats = NDArray[np.float64]


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
