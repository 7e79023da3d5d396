"""Columns of a file as text, with None where a cell is empty."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from assay.cli.errors import CommandError
from assay.cli.spelling import EMPTY, TRUTH
from assay.cli.tabular import read_table

__all__ = ["Column", "columns_of", "numbers"]

Column = list[str | None]
_NULLS = EMPTY | {"None"}


def columns_of(file: Path, known: Mapping[str, Collection[str]] = MappingProxyType({})) -> dict[str, Column]:
    """Return every column of a file; a word that a column is known to have is one, though elsewhere it says that a cell is empty.

    Raises:
        CommandError: it cannot be read.
    """
    table = read_table(file, texts=None, nulls=())
    return {
        name: _texts(table.column(name).to_pylist(), _NULLS.difference(known.get(name, ())))
        for name in table.column_names
    }


def numbers(column: Column, file: Path, name: str) -> list[float]:
    """Return a column as numbers, NaN where a cell is empty.

    Raises:
        CommandError: a cell is no number.
    """
    return [_number(cell, file, name, row) for row, cell in enumerate(column)]


def _number(cell: str | None, file: Path, name: str, row: int) -> float:
    if cell is None:
        return math.nan
    try:
        return float(TRUTH.get(cell.lower(), cell))
    except ValueError as error:
        raise CommandError(f"{file}: {name} of row {row} is {cell[:40]!r}, and no number") from error


def _texts(values: Iterable[object], nulls: Collection[str]) -> Column:
    return [None if value is None or (text := str(value)) in nulls else text for value in values]
