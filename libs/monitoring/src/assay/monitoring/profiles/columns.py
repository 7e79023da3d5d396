"""A feature's values, many at once: numbers, or words by their place in a dictionary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Booleans", "Column", "Floats", "Ints", "Labels", "Numbers", "Table", "rows_of", "taken"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """Numbers; without `present` a NaN is a missing one, with it a NaN that is there is one that is not finite."""

    values: Floats
    present: Booleans | None = None
    are_moments: bool = False
    """Whether they are dates or points in time, in seconds since 1970."""

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: slice | Ints) -> Numbers:
        """Return some of the rows."""
        return Numbers(self.values[rows], None if self.present is None else self.present[rows], self.are_moments)

    def finite(self) -> Floats:
        """Return the numbers that are there and finite."""
        there = np.isfinite(self.values)
        return self.values[there if self.present is None else there & self.present]


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """Words by their place in `words`; -1 is a missing one."""

    codes: Ints
    words: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: slice | Ints) -> Labels:
        """Return some of the rows."""
        return Labels(self.codes[rows], self.words)


Column = Numbers | Labels
Table = Mapping[str, Column]
"""Columns of equal length by their name."""


def rows_of(table: Table) -> int:
    """Return how many rows a table has."""
    return max((len(column) for column in table.values()), default=0)


def taken(table: Table, rows: slice | Ints) -> Table:
    """Return some rows of a table."""
    return {name: column.take(rows) for name, column in table.items()}
