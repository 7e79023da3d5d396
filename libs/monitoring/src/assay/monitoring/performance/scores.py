"""Where a probability falls among the cells that scores are counted in, and what it costs where it was wrong."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["BINS", "CELLS", "NO_SCORE", "PLACES", "bin_of", "cell_of", "log_losses"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

CELLS = 100
BINS = 10
NO_SCORE = CELLS
"""The place of predictions without a score, after the cells."""
PLACES = CELLS + 1
LEAST = float(np.finfo(np.float64).eps)
"""A probability nearer to 0 than this costs no more: the logarithm would have no end."""


def cell_of(scores: Floats) -> Ints:
    """Return the cell of each score, the hundredth it lies in; what is no probability has none (`NO_SCORE`)."""
    usable = (scores >= 0) & (scores <= 1)
    cells = np.minimum(np.where(usable, scores, 0.0) * CELLS, CELLS - 1).astype(np.int64)
    return np.where(usable, cells, NO_SCORE)


def bin_of(cells: Ints) -> Ints:
    """Return which of ten bins a cell with a score lies in."""
    return cells // (CELLS // BINS)


def log_losses(of_truth: Floats) -> Floats:
    """Return minus the logarithm of the probability that each truth was given.

    One at a time: a vectorised logarithm may differ in the last bit by where a value stands, and sums are exact here.
    """
    return np.array([-math.log(min(max(each, LEAST), 1 - LEAST)) for each in of_truth.tolist()], dtype=np.float64)
