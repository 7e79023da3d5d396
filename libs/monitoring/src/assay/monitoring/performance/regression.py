"""What a window of a regression is: exact sums of truths and errors, and where its predictions fall."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.performance.additive import Additive
from assay.monitoring.performance.exact import NONE, Moments

__all__ = ["RegressionCounts", "count_regression"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

LARGEST = 2.0**240
"""A larger number is no measurement; the square of its error could not be summed."""


@dataclass(frozen=True, slots=True)
class RegressionCounts(Additive):
    """Predictions of one window by cell between the edges, and errors (said less true) of those that have a label."""

    edges: tuple[float, ...]
    predicted: tuple[int, ...]
    unusable: int = 0
    """Predictions that are no finite number."""
    errors: Moments = NONE
    distances: Moments = NONE
    """Sizes of the errors."""
    truths: Moments = NONE
    distance_of_cell: tuple[Moments, ...] = ()
    square_of_cell: tuple[Moments, ...] = ()
    """Sizes and squares of errors by the cell of the prediction."""

    @classmethod
    def empty(cls, edges: tuple[float, ...] = ()) -> Self:
        """Return what no prediction comes to."""
        nothing = (NONE,) * (len(edges) + 1)
        return cls(edges, (0,) * (len(edges) + 1), distance_of_cell=nothing, square_of_cell=nothing)

    @property
    def n(self) -> int:
        """Predictions."""
        return sum(self.predicted) + self.unusable

    def with_labels_of(self, other: RegressionCounts) -> Self:
        """Return these counts with the labels of others that have other edges: their errors, and not in which cells."""
        return replace(
            self,
            errors=self.errors + other.errors,
            distances=self.distances + other.distances,
            truths=self.truths + other.truths,
        )

    @property
    def labelled(self) -> int:
        """Predictions that have a label."""
        return self.errors.n


def count_regression(said: Floats, truths: Floats | None = None, edges: tuple[float, ...] = ()) -> RegressionCounts:
    """Count predictions of finite numbers, with their truths or NaN for none yet, in cells between the edges."""
    truths = np.full(said.size, np.nan) if truths is None else truths
    usable = np.abs(said) < LARGEST
    cell = np.searchsorted(np.array(edges, dtype=np.float64), said[usable], side="right")
    known = np.abs(truths[usable]) < LARGEST
    truth, cells = truths[usable][known], cell[known]
    error = said[usable][known] - truth
    distance, square = np.abs(error), error * error
    each = range(len(edges) + 1)
    return RegressionCounts(
        edges=edges,
        predicted=tuple(np.bincount(cell, minlength=len(edges) + 1).tolist()),
        unusable=int(said.size - np.count_nonzero(usable)),
        errors=Moments.of(error),
        distances=Moments.of(distance),
        truths=Moments.of(truth),
        distance_of_cell=tuple(Moments.of(distance[cells == at]) for at in each),
        square_of_cell=tuple(Moments.of(square[cells == at]) for at in each),
    )
