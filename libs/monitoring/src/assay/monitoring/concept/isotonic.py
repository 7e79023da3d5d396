"""What a score is worth: the share of class 1 that cells of score had in the reference, made to rise with the score."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.performance.scores import CELLS

__all__ = ["calibrated"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def calibrated(negative: Ints, positive: Ints) -> Floats:
    """Return the calibrated probability of each cell: isotonic regression of the reference by pooled neighbours.

    A cell that the reference never saw lies on the line between its neighbours; without any reference a score is taken
    at its word.
    """
    seen = np.flatnonzero(negative + positive)
    if not seen.size:
        middle: Floats = (np.arange(CELLS) + 0.5) / CELLS
        return middle
    blocks: list[tuple[int, int, int]] = []
    for ones, n in zip(positive[seen].tolist(), (negative + positive)[seen].tolist(), strict=True):
        blocks.append((ones, n, 1))
        while len(blocks) > 1 and blocks[-2][0] * blocks[-1][1] >= blocks[-1][0] * blocks[-2][1]:
            last, before = blocks.pop(), blocks.pop()
            blocks.append((before[0] + last[0], before[1] + last[1], before[2] + last[2]))
    rising = np.repeat([ones / n for ones, n, _ in blocks], [cells for _, _, cells in blocks])
    worth: Floats = np.interp(np.arange(CELLS), seen, rising)
    return worth
