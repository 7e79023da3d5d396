"""Rows placed in the bins of a profile once, and counted as often as there are ways to tell them apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.monitoring.profiles.cells import MISSING, Bins, Cells, placed_in, width_of
from assay.monitoring.profiles.columns import Ints, Table, rows_of

__all__ = ["Placed", "placed"]


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """The cell of each row, a line for each feature."""

    width: int
    cells: Ints

    def take(self, rows: Ints) -> Placed:
        """Return some of the rows."""
        return Placed(self.width, self.cells[:, rows])

    def counted(self, groups: Ints, size: int) -> list[Cells]:
        """Count the rows of each group, from 0 to below the size; a row of a group below 0 is left out."""
        inside = groups >= 0
        cells, groups = (self.cells, groups) if inside.all() else (self.cells[:, inside], groups[inside])
        lines = len(cells)
        flat = cells + (np.arange(lines)[:, None] * size + groups) * self.width
        counts = np.bincount(flat.ravel(), minlength=lines * size * self.width).reshape(lines, size, self.width)
        rows = np.bincount(groups, minlength=size).tolist()
        return [Cells(rows[group], np.ascontiguousarray(counts[:, group])) for group in range(size)]


def placed(features: Sequence[Bins], names: Sequence[str], table: Table) -> Placed:
    """Place the rows of a table; a feature that it lacks is missing in all of them.

    Raises:
        TypeError: a column holds words where the reference has numbers, or the other way round.
    """
    width = width_of(features)
    cells = np.empty((len(features), rows_of(table)), dtype=np.int64)
    for line, (name, bins) in enumerate(zip(names, features, strict=True)):
        column = table.get(name)
        cells[line] = MISSING if column is None else placed_in(bins, name, column)
    np.add(cells, width, out=cells, where=cells < 0)
    return Placed(width, cells)
