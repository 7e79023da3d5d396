"""What counts come to: the usual figures of a model, from whole numbers and exact sums. None where there is no such figure."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.performance.binary import BinaryCounts
from assay.monitoring.performance.exact import Moments
from assay.monitoring.performance.multiclass import MulticlassCounts
from assay.monitoring.performance.regression import RegressionCounts
from assay.monitoring.performance.scores import BINS, CELLS

__all__ = [
    "BinaryMetrics",
    "MulticlassMetrics",
    "RegressionMetrics",
    "area",
    "binary_metrics",
    "multiclass_metrics",
    "regression_metrics",
]

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class BinaryMetrics:
    """Figures of a binary model; precision, recall and F1 are those of class 1."""

    accuracy: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    auc: float | None
    """Area under the ROC curve, of scores that are told apart by hundredths."""
    log_loss: float | None
    brier: float | None
    calibration_error: float | None
    """Mean distance, over ten bins of score, of the share of class 1 from the mean score."""


@dataclass(frozen=True, slots=True)
class MulticlassMetrics:
    """Figures of a model with several classes; precision, recall, F1 and AUC are means over classes (macro)."""

    accuracy: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    auc: float | None
    """One class against the rest; None where a class of the model is in no label, or in all of them."""
    log_loss: float | None
    brier: float | None


@dataclass(frozen=True, slots=True)
class RegressionMetrics:
    """Figures of a regression; the bias is the mean of what was said less what was true."""

    mae: float | None
    rmse: float | None
    bias: float | None
    r2: float | None


def binary_metrics(counts: BinaryCounts) -> BinaryMetrics:
    """Return the figures of the labelled predictions."""
    (tn, fp), (fn, tp) = counts.confusion
    return BinaryMetrics(
        accuracy=_share(tp + tn, counts.labelled),
        precision=_share(tp, tp + fp),
        recall=_share(tp, tp + fn),
        f1=_share(2 * tp, 2 * tp + fp + fn),
        auc=area(counts.scores(0), counts.scores(1)),
        log_loss=_mean(counts.log_loss),
        brier=_mean(counts.brier),
        calibration_error=_calibration_error(counts),
    )


def multiclass_metrics(counts: MulticlassCounts) -> MulticlassMetrics:
    """Return the figures of the labelled predictions; a share of nothing counts as 0 in a mean over classes."""
    confusion = counts.confusion
    right, truths, said = np.diagonal(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    there = [at for at in range(len(truths)) if truths[at] + said[at]]
    each = [(int(right[at]), int(truths[at]), int(said[at])) for at in there]
    areas = [area(*counts.scores(at)) for at in range(len(counts.classes))]
    known = [one for one in areas if one is not None]
    return MulticlassMetrics(
        accuracy=_share(counts.labelled - counts.wrong, counts.labelled),
        precision=_macro([_share(hit, took) for hit, _, took in each]),
        recall=_macro([_share(hit, true) for hit, true, _ in each]),
        f1=_macro([_share(2 * hit, true + took) for hit, true, took in each]),
        auc=_macro(list(known)) if len(known) == len(areas) else None,
        log_loss=_mean(counts.log_loss),
        brier=_mean(counts.brier),
    )


def regression_metrics(counts: RegressionCounts) -> RegressionMetrics:
    """Return the figures of the labelled predictions."""
    errors, spread = counts.errors, counts.truths.deviations
    if not errors.n:
        return RegressionMetrics(None, None, None, None)
    return RegressionMetrics(
        mae=_mean(counts.distances),
        rmse=float(errors.squares.fraction / errors.n) ** 0.5,
        bias=_mean(errors),
        r2=_explained(errors.squares.fraction, spread),
    )


def area(negative: Ints, positive: Ints) -> float | None:
    """Return the share of pairs, one of each, in which the positive stands in a higher cell; in the same cell is half."""
    pairs = int(negative.sum()) * int(positive.sum())
    below = np.cumsum(negative) - negative
    twice = sum(int(p) * (2 * int(b) + int(n)) for p, b, n in zip(positive, below, negative, strict=True) if p)
    return float(Fraction(twice, 2 * pairs)) if pairs else None


def _calibration_error(counts: BinaryCounts) -> float | None:
    scored = int(counts.scores(0).sum() + counts.scores(1).sum())
    if not scored:
        return None
    ones = counts.scores(1).reshape(BINS, CELLS // BINS).sum(axis=1).tolist()
    apart = sum(abs(score.fraction - one) for score, one in zip(counts.score_of_bin, ones, strict=True))
    return float(apart / scored)


def _explained(squares: Fraction, spread: Fraction) -> float | None:
    """R2; none where truths do not vary, or so little that no double holds it."""
    try:
        return float(1 - squares / spread) if spread else None
    except OverflowError:
        return None


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _mean(moments: Moments) -> float | None:
    return moments.mean if moments.n else None


def _macro(figures: list[float | None]) -> float | None:
    return sum(each or 0.0 for each in figures) / len(figures) if figures else None
