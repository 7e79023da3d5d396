"""What a window of a model with more than two classes is: confusion and scores class by class, which merge by addition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.performance.additive import Additive, Written
from assay.monitoring.performance.exact import NONE, Moments
from assay.monitoring.performance.foretold import Calibration, Foretold, foretell
from assay.monitoring.performance.scores import CELLS, cell_of, log_losses

__all__ = ["MulticlassCounts", "codes", "count_multiclass"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

NOTHING = Foretold()


def codes(values: Sequence[str | None], classes: tuple[str, ...]) -> Ints:
    """Return each value's place among the classes; one place after them for a value that is none, -1 for none at all."""
    place = {name: at for at, name in enumerate(classes)}
    return np.array(
        [-1 if value is None else place.get(value, len(classes)) for value in values], dtype=np.int64
    ).reshape(len(values))


@dataclass(frozen=True, slots=True)
class MulticlassCounts(Additive):
    """Predictions of one window, and those of them that have a label.

    The confusion has a row for each truth and a column for each decision, the classes and one more for what is none of
    them. Scores stand class by class: 100 cells of those whose truth is another class, then 100 of those of this one.
    """

    classes: tuple[str, ...]
    predicted: tuple[int, ...]
    confused: tuple[int, ...]
    scored: tuple[int, ...]
    log_loss: Moments = NONE
    brier: Moments = NONE
    foretold: Foretold = NOTHING

    @classmethod
    def empty(cls, classes: tuple[str, ...], calibration: str = "") -> Self:
        """Return what no prediction comes to, by the calibration of that name."""
        wide = len(classes) + 1
        foretold = Foretold(calibration, (0,) * len(classes) ** 2) if calibration else NOTHING
        return cls(classes, (0,) * wide, (0,) * wide**2, (0,) * (2 * CELLS * len(classes)), foretold=foretold)

    @classmethod
    def read(cls, written: Written) -> Self:
        """Return the counts that were written; those of which nothing was foretold do without.

        Raises:
            UnreadableCountsError: these fields are not those of such counts.
        """
        if isinstance(written, dict):
            written = {"foretold": NOTHING.written(), **written}
        return super(MulticlassCounts, cls).read(written)

    def written(self) -> Written:
        """Return the counts as values of JSON; where nothing was foretold, nothing says so."""
        written = super(MulticlassCounts, self).written()
        if isinstance(written, dict) and not self.foretold.calibration:
            written.pop("foretold")
        return written

    def bare(self) -> Self:
        """Return the counts without what was foretold, which may be added whatever reference they were counted by."""
        return replace(self, foretold=NOTHING)

    @property
    def n(self) -> int:
        """Predictions."""
        return sum(self.predicted)

    @property
    def labelled(self) -> int:
        """Predictions that have a label."""
        return sum(self.confused)

    @property
    def confusion(self) -> Ints:
        """Counts by truth, then decision; what is none of the classes stands last."""
        wide = len(self.classes) + 1
        return np.array(self.confused, dtype=np.int64).reshape(wide, wide)

    @property
    def wrong(self) -> int:
        """Labelled predictions that were wrong; where truth and decision are none of the classes, nobody can say right."""
        return self.labelled - int(np.trace(self.confusion[:-1, :-1]))

    def scores(self, at: int) -> tuple[Ints, Ints]:
        """Return the cells of one class's score: where the truth was another, and where it was this one."""
        cells = np.array(self.scored, dtype=np.int64).reshape(len(self.classes), 2, CELLS)
        return cells[at, 0], cells[at, 1]


def count_multiclass(
    classes: tuple[str, ...],
    said: Ints,
    scores: Floats | None = None,
    truths: Ints | None = None,
    calibration: Calibration | None = None,
) -> MulticlassCounts:
    """Count predictions: decisions and truths as `codes` gives them, scores with a column for each class, NaN for none.

    A row of scores counts where each is a probability and the truth is one of the classes. With the calibration of a
    reference, what they foretell is counted too.
    """
    wide = len(classes) + 1
    truths = np.full(said.size, -1, dtype=np.int64) if truths is None else truths
    scores = np.full((said.size, len(classes)), np.nan) if scores is None else scores
    known = truths >= 0
    cells = cell_of(scores)
    usable = known & (truths < len(classes)) & (cells < CELLS).all(axis=1)
    truth, given = truths[usable], scores[usable]
    is_truth = np.arange(len(classes)) == truth[:, None]
    place = (np.arange(len(classes)) * 2 + is_truth) * CELLS + cells[usable]
    return MulticlassCounts(
        classes=classes,
        predicted=_counted(said, wide),
        confused=_counted(truths[known] * wide + said[known], wide**2),
        scored=_counted(place.ravel(), 2 * CELLS * len(classes)),
        log_loss=Moments.of(log_losses(given[is_truth])),
        brier=Moments.of(((given - is_truth) ** 2).sum(axis=1)),
        foretold=foretell(calibration, said, scores, truths) if calibration else NOTHING,
    )


def _counted(place: Ints, size: int) -> tuple[int, ...]:
    return tuple(np.bincount(place, minlength=size).tolist())
