"""A model of the loss: what each cell of a feature, and each pair of features, adds to the size of an error."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.concept import RegressionEstimate
from assay.monitoring.multivariate import PairSums
from assay.monitoring.profiles import Cells
from assay.monitoring.profiles.cells import SPECIAL

__all__ = ["LossModel"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class LossModel:
    """The size of an error, and its square, as a sum over the cells of a row and the products of its paired scores.

    It is linear in what a window counts: its mean over the rows of a window is known from their counts alone, and counts
    merge. What comes first in each table is of the size, what comes second of the square.
    """

    lines: Ints
    """Places of the paired features in the profile, in the order of their pairs."""
    bases: Floats
    """What a row comes to before any cell or pair: 2."""
    cells: Floats
    """2 x features of the profile x cells; 0 for a cell that no labelled row of the reference was in."""
    products: Floats
    """2 x paired features x paired features; 0 but above the diagonal."""
    variance: float
    """Of sizes around what the model says of them, over the rows that it was made from."""

    def means(self, cells: Cells, pairs: PairSums) -> tuple[float, float]:
        """Return the mean size of the errors of counted rows, and the mean square, as the model has them."""
        added = (self.cells * cells.counts).sum(axis=(1, 2)) + (self.products * pairs.table[3]).sum(axis=(1, 2))
        size, square = (self.bases + added / cells.rows).tolist()
        return size, square

    def estimate(self, cells: Cells, pairs: PairSums) -> RegressionEstimate | None:
        """Estimate figures of a window before its labels.

        `error` is of chance alone, as if all rows varied as those of the reference did around the model on average; it
        does not know how far the model itself is off. None where the counts are not of the same rows, or the model
        comes to a mean size below nothing: the window is nothing like its reference.
        """
        if not cells.rows or not self._of_same_rows(cells, pairs):
            return None
        size, square = self.means(cells, pairs)
        if size <= 0:
            return None
        rmse = math.sqrt(max(square, size * size))  # a mean of squares is never below the square of the mean
        return RegressionEstimate(size, rmse, math.sqrt(self.variance / cells.rows))

    def _of_same_rows(self, cells: Cells, pairs: PairSums) -> bool:
        """Whether pairs were counted of all rows: some panes of a window may lack them."""
        if cells.counts.shape != self.cells.shape[1:] or pairs.rows.shape != self.products.shape[1:]:
            return False
        there = cells.counts[self.lines, :-SPECIAL].sum(axis=1)
        return bool((there == pairs.rows.diagonal()).all())
