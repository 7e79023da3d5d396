"""A binary model against its reference: the loss, the loss as scores foretell it, and whether scores mean what they did."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.concept.evidence import Evidence
from assay.monitoring.concept.isotonic import calibrated
from assay.monitoring.concept.loss import two_proportion
from assay.monitoring.concept.tails import mean_shift
from assay.monitoring.performance.binary import BinaryCounts
from assay.monitoring.performance.scores import BINS, CELLS

__all__ = ["BinaryEstimate", "BinaryReference"]

Floats = NDArray[np.float64]

LEAST_EXPECTED = 5.0
"""A bin in which less is expected to vary (the sum of p(1 - p)) is joined with the next."""


@dataclass(frozen=True, slots=True)
class BinaryEstimate:
    """What figures will most likely be once labels are there, if only the inputs have changed and not their meaning.

    Confidence-based: a score is calibrated on the reference and taken for the chance that the label is 1.
    """

    accuracy: float
    precision: float | None
    recall: float | None
    f1: float | None
    auc: float | None
    error: float
    """Standard error of the realised accuracy around the estimate, for so many predictions and such a reference."""


@dataclass(frozen=True, slots=True)
class BinaryReference:
    """The reference of a binary model: labelled counts, and what each cell of score is worth by them."""

    counts: BinaryCounts
    worth: tuple[float, ...]

    @classmethod
    def of(cls, counts: BinaryCounts) -> Self:
        """Calibrate scores on the labelled predictions of a reference."""
        return cls(counts, tuple(calibrated(counts.scores(0), counts.scores(1)).tolist()))

    def loss(self, window: BinaryCounts) -> Evidence | None:
        """Test the share of wrong decisions against the reference."""
        return two_proportion(window.wrong, window.labelled, self.counts.wrong, self.counts.labelled)

    def estimate(self, window: BinaryCounts) -> BinaryEstimate | None:
        """Estimate figures of all predictions of a window from their scores; None where none has a score."""
        cells = window.cells()[:, :CELLS]
        n = int(cells.sum())
        if not n:
            return None
        worth = np.array(self.worth)
        said_0, said_1 = cells
        tp, fp = float(said_1 @ worth), float(said_1 @ (1 - worth))
        fn, tn = float(said_0 @ worth), float(said_0 @ (1 - worth))
        return BinaryEstimate(
            accuracy=(tp + tn) / n,
            precision=_share(tp, tp + fp),
            recall=_share(tp, tp + fn),
            f1=_share(2 * tp, 2 * tp + fp + fn),
            auc=_area(cells.sum(axis=0), worth),
            error=math.sqrt(self._variance(cells.sum(axis=0)).sum()) / n,
        )

    def foretold(self, window: BinaryCounts) -> Evidence | None:
        """Test the loss that scores foretell against that of the reference: it moves with the inputs alone.

        A test of the mean of each decision's calibrated chance to be wrong; the effect is in the unit of `loss`.
        """
        mine, theirs = (each.cells()[:, :CELLS].ravel() for each in (window, self.counts))
        found = mean_shift(np.array([*self.worth, *(1 - each for each in self.worth)]), mine, theirs)
        if found is None:
            return None
        z, mean, reference = found
        unit = math.sqrt(reference * (1 - reference)) or 1.0
        p = math.erfc(abs(z) / math.sqrt(2))
        return Evidence("foretold", int(mine.sum()), z, p, (mean - reference) / unit)

    def calibration(self, window: BinaryCounts) -> Evidence | None:
        """Test, in ten bins of score, whether as many labels are 1 as the calibrated scores say: chi-square.

        The term of a bin is Pearson's or that of the likelihood ratio, whichever is smaller, so that few ones are not
        taken for many. The reference's own sampling error is in the variance. The effect is the mean of squared distances from what is
        expected, in units of their variance, less what chance alone brings: (chi-square - bins) / n, so it does not
        grow with n.
        """
        from scipy.special import chdtrc

        ones, all_of = window.scores(1), window.scores(0) + window.scores(1)
        n = int(all_of.sum())
        worth = np.array(self.worth)
        apart = (ones - all_of * worth).reshape(BINS, -1).sum(axis=1)
        varies = self._variance(all_of).reshape(BINS, -1).sum(axis=1)
        pure = (all_of * worth * (1 - worth)).reshape(BINS, -1).sum(axis=1)
        groups = _joined(pure)
        if not groups:
            return None
        expected, there = ((all_of * each).reshape(BINS, -1).sum(axis=1) for each in (worth, 1))
        terms = [_term(*(float(each[group].sum()) for each in (apart, expected, there, varies))) for group in groups]
        statistic = math.fsum(terms)
        p = float(chdtrc(len(terms), statistic))
        return Evidence("calibration", n, statistic, p, (statistic - len(terms)) / n, "chi-square", len(terms))

    def _variance(self, cells: NDArray[np.int64]) -> Floats:
        """By cell, how much the count of ones varies: by chance, and as the reference is a sample itself (by bin)."""
        worth = np.array(self.worth)
        chance: Floats = cells * worth * (1 - worth)
        known = (self.counts.scores(0) + self.counts.scores(1)).reshape(BINS, -1).sum(axis=1)
        asked = cells.reshape(BINS, -1).sum(axis=1)
        varies: Floats = chance * np.repeat(1 + asked / np.maximum(known, 1), CELLS // BINS)
        return varies


def _term(apart: float, expected: float, n: float, varies: float) -> float:
    """How far out the count of ones in one bin is, in squared standard errors."""
    ratio = 0.0
    for more, usual in ((apart, expected), (-apart, n - expected)):
        if usual + more > 0:
            ratio += 2 * (usual + more) * math.log((usual + more) / usual)
    equal = expected * (n - expected) / n  # what would vary if all chances in the bin were the same
    return min(apart**2, max(ratio, 0.0) * equal) / varies


def _joined(varies: Floats) -> list[slice]:
    """Runs of bins in each of which enough varies."""
    runs: list[slice] = []
    start, held = 0, 0.0
    for at, each in enumerate(varies.tolist()):
        held += each
        if held >= LEAST_EXPECTED:
            runs.append(slice(start, at + 1))
            start, held = at + 1, 0.0
    if runs and start < len(varies):
        runs[-1] = slice(runs[-1].start, len(varies))
    return runs


def _area(cells: NDArray[np.int64], worth: Floats) -> float | None:
    """Area under the ROC curve by what cells are expected to hold of each class."""
    positive, negative = cells * worth, cells * (1 - worth)
    below = np.cumsum(negative) - negative
    return _share(float(positive @ (below + negative / 2)), float(positive.sum() * negative.sum()))


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
