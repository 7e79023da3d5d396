"""A model with several classes against its reference, and its figures before labels, by calibrated class scores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.concept.evidence import Evidence
from assay.monitoring.concept.isotonic import calibrated
from assay.monitoring.concept.loss import two_proportion, welch
from assay.monitoring.performance.foretold import UNIT, Calibration
from assay.monitoring.performance.multiclass import MulticlassCounts, count_multiclass

__all__ = ["MulticlassEstimate", "MulticlassReference", "calibration_of", "count_reference"]

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
class MulticlassReference:
    """The reference of a model: labelled counts, with what their own scores foretell by their calibration.

    A window that was counted by another calibration, or by none, has the test of its loss alone.
    """

    counts: MulticlassCounts

    def loss(self, window: MulticlassCounts) -> Evidence | None:
        """Test the share of wrong decisions against the reference."""
        return two_proportion(window.wrong, window.labelled, self.counts.wrong, self.counts.labelled)

    def estimate(self, window: MulticlassCounts) -> MulticlassEstimate | None:
        """Estimate figures of all predictions of a window from their scores; None where none has scores."""
        told, wide = window.foretold, len(window.classes)
        n = told.chance.n
        if n <= 0 or not self._fits(window):
            return None
        expected = np.array([each / UNIT for each in told.expected]).reshape(wide, wide)
        right, true, took = np.diagonal(expected), expected.sum(axis=1), expected.sum(axis=0)
        varies = float(told.chance.total.fraction - told.chance.squares.fraction)
        there = (true + took) > 0
        return MulticlassEstimate(
            accuracy=1 - told.chance.mean,
            precision=float(_shares(right, took)[there].mean()),
            recall=float(_shares(right, true)[there].mean()),
            f1=float(_shares(2 * right, true + took)[there].mean()),
            error=math.sqrt(max(varies, 0.0)) / n,
        )

    def foretold(self, window: MulticlassCounts) -> Evidence | None:
        """Test the loss that scores foretell against that of the reference (Welch); effect in the unit of `loss`."""
        mine, theirs = window.foretold.chance, self.counts.foretold.chance
        found = welch(mine, theirs) if self._fits(window) else None
        if found is None:
            return None
        unit = math.sqrt(theirs.mean * (1 - theirs.mean)) or 1.0
        effect = (mine.mean - theirs.mean) / unit
        return Evidence("foretold", found.n, found.statistic, found.p, effect, found.law, found.degrees)

    def calibration(self, window: MulticlassCounts) -> Evidence | None:
        """Test whether as many labelled decisions were wrong as their scores foretell: chi-square with one degree.

        The reference's own sampling error is in the variance. The effect is that of the binary test.
        """
        from scipy.special import chdtrc

        if not self._fits(window):
            return None
        chance, n = window.foretold.labelled, window.foretold.labelled.n
        known = max(self.counts.foretold.labelled.n, 1)
        varies = float(chance.total.fraction - chance.squares.fraction) * (1 + n / known)
        if varies <= 0 or n <= 0:
            return None
        statistic = float(window.foretold.wrong - chance.total.fraction) ** 2 / varies
        return Evidence("calibration", n, statistic, float(chdtrc(1, statistic)), (statistic - 1) / n, "chi-square", 1)

    def _fits(self, window: MulticlassCounts) -> bool:
        by = self.counts.foretold.calibration
        return bool(by) and window.foretold.calibration == by


def calibration_of(counts: MulticlassCounts) -> Calibration:
    """Calibrate the scores of each class against the rest on the labelled predictions of a reference."""
    return Calibration.of(np.stack([calibrated(*counts.scores(at)) for at in range(len(counts.classes))]))


def count_reference(
    classes: tuple[str, ...], said: Ints, scores: Floats, truths: Ints, windows: Sequence[slice | Ints] = (slice(None),)
) -> list[MulticlassCounts]:
    """Count the rows of a reference by window, with what scores foretell by the calibration of all of them together."""
    calibration = calibration_of(count_multiclass(classes, said, scores, truths))
    return [count_multiclass(classes, said[rows], scores[rows], truths[rows], calibration) for rows in windows]


def _shares(part: Floats, whole: Floats) -> Floats:
    shares: Floats = np.where(whole > 0, part / np.where(whole > 0, whole, 1), 0.0)
    return shares
