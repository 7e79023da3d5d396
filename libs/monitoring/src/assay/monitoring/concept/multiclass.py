"""A model with several classes against its reference, and its figures before labels, by calibrated class scores."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.concept.evidence import Evidence
from assay.monitoring.concept.isotonic import calibrated
from assay.monitoring.concept.loss import two_proportion, welch
from assay.monitoring.performance.additive import Additive
from assay.monitoring.performance.exact import Exact, Moments
from assay.monitoring.performance.multiclass import MulticlassCounts
from assay.monitoring.performance.scores import CELLS, cell_of

__all__ = ["Foretold", "MulticlassEstimate", "MulticlassReference", "estimate", "foretell"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MulticlassEstimate:
    """What figures will most likely be once labels are there; precision, recall and F1 are means over classes."""

    accuracy: float
    precision: float
    recall: float
    f1: float
    error: float
    """Standard error of the realised accuracy around the estimate, by chance alone."""


@dataclass(frozen=True, slots=True)
class Foretold(Additive):
    """What calibrated scores of a window foretell; merges by addition where the calibration is the same."""

    classes: tuple[str, ...]
    expected: tuple[Exact, ...]
    """Expected predictions by true class (a row each) and decision, the classes."""
    chance: Moments
    """The chance of each decision to be wrong."""
    labelled: Moments
    """The same, of predictions that have a label."""
    wrong: int
    """How many of those labelled were wrong."""


@dataclass(frozen=True, slots=True)
class MulticlassReference:
    """The reference of a model: labelled counts, what each score is worth by them, class by class, and what they foretell."""

    counts: MulticlassCounts
    worth: tuple[tuple[float, ...], ...]
    foretells: Foretold

    @classmethod
    def of(cls, counts: MulticlassCounts, said: Ints, scores: Floats, truths: Ints) -> Self:
        """Calibrate each class against the rest on a reference, of which these are the rows."""
        each = range(len(counts.classes))
        worth = tuple(tuple(calibrated(*counts.scores(at)).tolist()) for at in each)
        return cls(counts, worth, foretell(counts.classes, worth, said, scores, truths))

    def loss(self, window: MulticlassCounts) -> Evidence | None:
        """Test the share of wrong decisions against the reference."""
        return two_proportion(window.wrong, window.labelled, self.counts.wrong, self.counts.labelled)

    def foretell(self, said: Ints, scores: Floats, truths: Ints) -> Foretold:
        """Return what the scores of these predictions foretell; truths are -1 where there is none yet."""
        return foretell(self.counts.classes, self.worth, said, scores, truths)

    def foretold(self, window: Foretold) -> Evidence | None:
        """Test the loss that scores foretell against that of the reference (Welch); effect in the unit of `loss`."""
        found = welch(window.chance, self.foretells.chance)
        if found is None:
            return None
        mean = self.foretells.chance.mean
        unit = math.sqrt(mean * (1 - mean)) or 1.0
        effect = (window.chance.mean - mean) / unit
        return Evidence("foretold", found.n, found.statistic, found.p, effect, found.law, found.degrees)

    def calibration(self, window: Foretold) -> Evidence | None:
        """Test whether as many labelled decisions were wrong as their scores foretell: chi-square with one degree.

        The reference's own sampling error is in the variance. The effect is that of the binary test.
        """
        from scipy.special import chdtrc

        chance, n = window.labelled, window.labelled.n
        varies = float(chance.total.fraction - chance.squares.fraction) * (1 + n / max(self.foretells.labelled.n, 1))
        if varies <= 0:
            return None
        statistic = float(window.wrong - chance.total.fraction) ** 2 / varies
        return Evidence("calibration", n, statistic, float(chdtrc(1, statistic)), (statistic - 1) / n, "chi-square", 1)


def foretell(
    classes: tuple[str, ...], worth: tuple[tuple[float, ...], ...], said: Ints, scores: Floats, truths: Ints
) -> Foretold:
    """Calibrate the scores of each prediction, make them add up to 1, and sum what they come to.

    Predictions whose decision is none of the classes, or without a full row of scores, are left out.
    """
    cells = cell_of(scores)
    usable = (cells < CELLS).all(axis=1) & (said >= 0) & (said < len(classes))
    chances = _chances(worth, cells[usable])
    took, truth = said[usable], truths[usable]
    wrong = 1 - chances[np.arange(took.size), took]
    known = truth >= 0
    return Foretold(
        classes=classes,
        expected=tuple(
            Exact.of(chances[took == decision, true])
            for true in range(len(classes))
            for decision in range(len(classes))
        ),
        chance=Moments.of(wrong),
        labelled=Moments.of(wrong[known]),
        wrong=int(np.count_nonzero(truth[known] != took[known])),
    )


def estimate(window: Foretold) -> MulticlassEstimate | None:
    """Estimate figures of a window; None where no prediction has scores."""
    n, wide = window.chance.n, len(window.classes)
    if not n:
        return None
    expected = np.array([each.value for each in window.expected]).reshape(wide, wide)
    right, true, took = np.diagonal(expected), expected.sum(axis=1), expected.sum(axis=0)
    varies = float(window.chance.total.fraction - window.chance.squares.fraction)
    there = (true + took) > 0
    return MulticlassEstimate(
        accuracy=1 - window.chance.mean,
        precision=float(_shares(right, took)[there].mean()),
        recall=float(_shares(right, true)[there].mean()),
        f1=float(_shares(2 * right, true + took)[there].mean()),
        error=math.sqrt(max(varies, 0.0)) / n,
    )


def _chances(worth: tuple[tuple[float, ...], ...], cells: Ints) -> Floats:
    raw = np.stack([np.array(of_class)[cells[:, at]] for at, of_class in enumerate(worth)], axis=1)
    whole = raw.sum(axis=1, keepdims=True)
    chances: Floats = np.where(whole > 0, raw / np.where(whole > 0, whole, 1), 1 / len(worth))
    return chances


def _shares(part: Floats, whole: Floats) -> Floats:
    shares: Floats = np.where(whole > 0, part / np.where(whole > 0, whole, 1), 0.0)
    return shares
