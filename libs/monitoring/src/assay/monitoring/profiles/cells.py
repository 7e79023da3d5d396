"""What a window holds, as whole numbers: how many of its values fell into each bin. Cells merge by addition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.monitoring.profiles.bins import CategoryBins, NumericBins
from assay.monitoring.profiles.columns import Ints, Labels, Numbers, Table

__all__ = ["MISSING", "NOT_FINITE", "SPECIAL", "UNSEEN", "Bins", "Cells", "counted", "no_cells", "width_of"]

Bins = NumericBins | CategoryBins

SPECIAL = 3
MISSING, NOT_FINITE, UNSEEN = -1, -2, -3
"""The last three cells of each feature."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Rows, and for each feature its counts by bin, then unseen, not finite and missing; every line sums to the rows."""

    rows: int
    counts: Ints

    def __add__(self, other: Cells) -> Cells:
        return Cells(self.rows + other.rows, self.counts + other.counts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cells) and self.rows == other.rows and np.array_equal(self.counts, other.counts)

    __hash__ = None  # type: ignore[assignment]  # it holds an array

    @property
    def width(self) -> int:
        """How many cells a line has."""
        return int(self.counts.shape[1])

    @property
    def values(self) -> Ints:
        """Counts by bin, without the special cells."""
        return self.counts[:, :-SPECIAL]

    def only(self, lines: Sequence[int], width: int) -> Cells:
        """Return those of some features, which need so many cells at most."""
        kept = self.counts[list(lines)]
        return Cells(self.rows, np.concatenate([kept[:, : width - SPECIAL], kept[:, -SPECIAL:]], axis=1))


def width_of(features: Sequence[Bins]) -> int:
    """Return how many cells a line has: the most bins that a feature has, and the special ones."""
    return max((bins.size for bins in features), default=0) + SPECIAL


def no_cells(features: Sequence[Bins]) -> Cells:
    """Return the cells of a window that nothing came into yet."""
    return Cells(0, np.zeros((len(features), width_of(features)), dtype=np.int64))


def counted(features: Sequence[Bins], names: Sequence[str], table: Table, rows: int) -> Cells:
    """Count the rows of a table; a feature that it lacks is missing in all of them.

    Raises:
        TypeError: a column holds words where the reference has numbers, or the other way round.
    """
    width = width_of(features)
    counts = np.zeros((len(features), width), dtype=np.int64)
    for line, (name, bins) in enumerate(zip(names, features, strict=True)):
        column = table.get(name)
        if column is None:
            counts[line, MISSING] = rows
            continue
        placed = placed_in(bins, name, column)
        counts[line] = np.bincount(np.where(placed < 0, placed + width, placed), minlength=width)
    return Cells(rows, counts)


def placed_in(bins: Bins, name: str, column: Numbers | Labels) -> Ints:
    """Return the bin of each value of a column.

    Raises:
        TypeError: the column holds words where the reference has numbers, or the other way round.
    """
    if isinstance(bins, NumericBins) and isinstance(column, Numbers):
        return bins.place(column)
    if isinstance(bins, CategoryBins) and isinstance(column, Labels):
        return bins.place(column)
    raise TypeError(f"{name}: numbers in the reference or in the window, and words in the other")
