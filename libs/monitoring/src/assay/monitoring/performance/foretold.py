"""What calibrated scores of several classes foretell, as whole numbers and exact sums: it merges where the calibration is one."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Self

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.performance.additive import Additive
from assay.monitoring.performance.exact import NONE, Moments
from assay.monitoring.performance.scores import CELLS, cell_of

__all__ = ["UNIT", "Calibration", "Foretold", "foretell"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

UNIT = 2**36
"""Chances are counted in parts of this many: a sum is off by less than 1e-11 a row, and 100 million rows are summed at once."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What each cell of score is worth, class by class against the rest, in parts of `UNIT`; the name tells it from others."""

    worth: tuple[tuple[int, ...], ...]
    name: str = field(init=False)

    def __post_init__(self) -> None:
        said = np.array(self.worth, dtype="<i8").tobytes()
        object.__setattr__(self, "name", blake2b(said, digest_size=8).hexdigest())

    @classmethod
    def of(cls, shares: Floats) -> Self:
        """Return that of shares by class and cell of score."""
        return cls(tuple(map(tuple, np.rint(shares * UNIT).astype(np.int64).tolist())))

    def chances(self, cells: Ints) -> Floats:
        """Return the chance of each class (a column) for rows of cells: what they are worth, made to add up to 1."""
        worth = np.array(self.worth, dtype=np.int64)
        raw = worth[np.arange(len(worth)), cells]
        whole = raw.sum(axis=1, keepdims=True)  # of whole numbers: the same in whatever order
        chances: Floats = np.where(whole > 0, raw / np.where(whole > 0, whole, 1), 1 / len(worth))
        return chances


@dataclass(frozen=True, slots=True)
class Foretold(Additive):
    """What scores of a window foretell by the calibration of that name; without a name, nothing."""

    calibration: str = ""
    expected: tuple[int, ...] = ()
    """Expected predictions by true class (a row each) and decision, the classes, in parts of `UNIT`."""
    chance: Moments = NONE
    """The chance of each decision to be wrong."""
    labelled: Moments = NONE
    """The same, of predictions that have a label."""
    wrong: int = 0
    """How many of those labelled were wrong."""


def foretell(calibration: Calibration, said: Ints, scores: Floats, truths: Ints) -> Foretold:
    """Return what the scores of predictions foretell; truths are -1 where there is none yet.

    Predictions whose decision is none of the classes, or without a full row of scores, are left out.
    """
    wide = len(calibration.worth)
    cells = cell_of(scores)
    usable = (cells < CELLS).all(axis=1) & (said >= 0) & (said < wide)
    chances = calibration.chances(cells[usable])
    took, truth = said[usable], truths[usable]
    wrong = 1 - chances[np.arange(took.size), took]
    known = truth >= 0
    expected = np.zeros((wide, wide), dtype=np.int64)
    np.add.at(expected, took, np.rint(chances * UNIT).astype(np.int64))
    return Foretold(
        calibration=calibration.name,
        expected=tuple(expected.T.ravel().tolist()),
        chance=Moments.of(wrong),
        labelled=Moments.of(wrong[known]),
        wrong=int(np.count_nonzero(truth[known] != took[known])),
    )
