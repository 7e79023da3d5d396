"""What a window of a binary model is: whole numbers by truth, decision and score, which merge by addition."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.performance.additive import Additive
from assay.monitoring.performance.exact import NONE, ZERO, Exact, Moments
from assay.monitoring.performance.scores import BINS, CELLS, NO_SCORE, PLACES, bin_of, cell_of, log_losses

__all__ = ["BinaryCounts", "count_binary"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def _zeros() -> tuple[int, ...]:
    return (0,) * (2 * PLACES)


@dataclass(frozen=True, slots=True)
class BinaryCounts(Additive):
    """Predictions of one window, and those of them that have a label.

    The cells stand in two rows, decision 0 and decision 1: 100 cells of score and one for those without a score.
    """

    predicted: tuple[int, ...] = field(default_factory=_zeros)
    negative: tuple[int, ...] = field(default_factory=_zeros)
    positive: tuple[int, ...] = field(default_factory=_zeros)
    log_loss: Moments = NONE
    brier: Moments = NONE
    score_of_bin: tuple[Exact, ...] = (ZERO,) * BINS

    @property
    def n(self) -> int:
        """Predictions."""
        return sum(self.predicted)

    @property
    def labelled(self) -> int:
        """Predictions that have a label."""
        return sum(self.negative) + sum(self.positive)

    @property
    def confusion(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Counts by truth, then decision: ((TN, FP), (FN, TP))."""
        (tn, fp), (fn, tp) = ((sum(cells[:PLACES]), sum(cells[PLACES:])) for cells in (self.negative, self.positive))
        return (tn, fp), (fn, tp)

    @property
    def wrong(self) -> int:
        """Labelled predictions that were wrong."""
        (_, fp), (fn, _) = self.confusion
        return fp + fn

    def cells(self, truth: int | None = None) -> Ints:
        """Return counts by decision and cell of score, of all predictions or of those with this label."""
        chosen = {None: self.predicted, 0: self.negative, 1: self.positive}[truth]
        return np.array(chosen, dtype=np.int64).reshape(2, PLACES)

    def scores(self, truth: int | None = None) -> Ints:
        """Return counts by cell of score, whatever was decided; those without a score are left out."""
        scored: Ints = self.cells(truth).sum(axis=0)[:CELLS]
        return scored


def count_binary(said: Ints, scores: Floats | None = None, truths: Ints | None = None) -> BinaryCounts:
    """Count predictions: `said` is 0 or 1, a score the probability of 1 or NaN, a truth 0, 1, or -1 for none yet.

    A score below 0 or above 1 is none. The same rows in any order and any grouping come to the same sum.
    """
    scores = np.full(said.size, np.nan) if scores is None else scores
    truths = np.full(said.size, -1, dtype=np.int64) if truths is None else truths
    cell = cell_of(scores)
    place = said * PLACES + cell
    scored = (cell != NO_SCORE) & (truths >= 0)
    score, truth = scores[scored], truths[scored]
    bins = bin_of(cell[scored])
    return BinaryCounts(
        predicted=_counted(place),
        negative=_counted(place[truths == 0]),
        positive=_counted(place[truths == 1]),
        log_loss=Moments.of(log_losses(np.where(truth == 1, score, 1 - score))),
        brier=Moments.of((score - truth) ** 2),
        score_of_bin=tuple(Exact.of(score[bins == each]) for each in range(BINS)),
    )


def _counted(place: Ints) -> tuple[int, ...]:
    return tuple(np.bincount(place, minlength=2 * PLACES).tolist())
