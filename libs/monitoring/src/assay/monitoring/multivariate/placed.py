"""Pairs of features counted from rows that stand in the bins of a profile already: a product of matrices, and no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.multivariate.products import PairSums
from assay.monitoring.multivariate.scores import scores_of
from assay.monitoring.profiles import Profile
from assay.monitoring.profiles.cells import SPECIAL
from assay.monitoring.profiles.placed import Placed

__all__ = ["PairCounter", "pair_counter"]

SINGLE = 2**18
"""Multiplications up to which OpenBLAS stays in the thread that asks."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class PairCounter:
    """Counts the pairs of some features of a profile, in the order of their names.

    `pair_sums_of` their bins comes to the same; this takes the cells as they were placed to be counted.
    """

    lines: Ints
    """Places in the profile."""
    scores: Floats
    """Features x cells; 0 where no value is."""

    def count(self, placed: Placed, rows: Ints | None = None) -> PairSums:
        """Return the sums of rows, of all where none are named."""
        cells = placed.cells[self.lines] if rows is None else placed.cells[np.ix_(self.lines, rows)]
        return _sums(np.take_along_axis(self.scores, cells, axis=1), cells < self.scores.shape[1] - SPECIAL)


def pair_counter(profile: Profile, names: Sequence[str]) -> PairCounter:
    """Return what counts the pairs of these features of a profile.

    Raises:
        ValueError: the profile has no such feature.
    """
    lines = np.array([profile.names.index(name) for name in names], dtype=np.int64)
    counts = [profile.cells.values[line, : profile.bins[line].size].tolist() for line in lines.tolist()]
    table = np.zeros((len(names), profile.cells.counts.shape[1]))
    for line, scores in enumerate(scores_of(counts).of_bins):
        table[line, : len(scores)] = scores
    return PairCounter(lines, table)


def _sums(values: Floats, present: NDArray[np.bool_]) -> PairSums:
    """Sums of features x rows; only features with values that are missing take more than one product of matrices.

    Whole numbers in float64: exact up to 2**53, which is 10**11 rows, and as fast as the machine multiplies.
    """
    size = len(values)
    products = _product(values, values)
    found = np.empty((4, size, size), dtype=np.int64)
    found[0] = np.count_nonzero(present, axis=1)[:, None]
    found[1] = values.sum(axis=1)[:, None]
    found[2] = products.diagonal()[:, None]
    found[3] = products
    if present.all():
        return PairSums(found)
    partial = np.flatnonzero(~present.all(axis=1))
    there = present[partial].astype(np.float64)
    found[0][:, partial] = _product(present.astype(np.float64), there)
    found[1][:, partial] = _product(values, there)
    found[2][:, partial] = _product(np.square(values), there)
    return PairSums(found)


def _product(left: Floats, right: Floats) -> Floats:
    """Return `left @ right.T`, in blocks so small that one thread takes them.

    Of several, each waits in a loop for the others: beside other work, that took 35 times the time of the processor.
    """
    block = max(SINGLE // (len(left) * len(right)), 1)
    blocks = left.shape[1] // block
    whole = blocks * block
    rest: Floats = left[:, whole:] @ right[:, whole:].T
    if not blocks:
        return rest
    lefts = left[:, :whole].reshape(len(left), blocks, block).transpose(1, 0, 2)
    rights = right[:, :whole].reshape(len(right), blocks, block).transpose(1, 2, 0)
    together: Floats = np.matmul(lefts, rights).sum(axis=0)
    return together + rest
