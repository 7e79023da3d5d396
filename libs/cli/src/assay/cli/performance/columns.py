"""Columns of a file as text, with None where a cell is empty."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from assay.cli.errors import CommandError
from assay.cli.tabular import read_table

__all__ = ["Column", "columns_of", "numbers", "plain_value"]

Column = list[str | None]
_NULLS = frozenset(("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"))
_BOOLEAN = {"true": "1", "false": "0"}


def columns_of(file: Path) -> dict[str, Column]:
    """Return every column of a file.

    Raises:
        CommandError: it cannot be read.
    """
    table = read_table(file, texts=None)
    return {name: _texts(table.column(name).to_pylist()) for name in table.column_names}


def plain_value(cell: str | None) -> str | None:
    """Return one spelling of a value: 1.0 is 1, true is 1 and false is 0; None of nothing."""
    if cell is None:
        return None
    try:
        number = float(cell)
    except ValueError:
        return _BOOLEAN.get(cell.lower(), cell)
    return str(int(number)) if number.is_integer() else cell


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
        return float(_BOOLEAN.get(cell.lower(), cell))
    except ValueError as error:
        raise CommandError(f"{file}: {name} of row {row} is {cell[:40]!r}, and no number") from error


def _texts(values: Sequence[object]) -> Column:
    return [None if value is None or str(value) in _NULLS else str(value) for value in values]
