"""Columns of a file as text, with None where a cell is empty."""

from __future__ import annotations

import csv
import gzip
import io
import math
from collections.abc import Sequence
from pathlib import Path

from assay.cli.errors import CommandError

__all__ = ["Column", "columns_of", "numbers", "plain_value"]

Column = list[str | None]
_NULLS = frozenset(("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"))
_BOOLEAN = {"true": "1", "false": "0"}


def columns_of(file: Path) -> dict[str, Column]:
    """Return every column of a file.

    Raises:
        CommandError: the name says none of the kinds that are read, the file is none of that kind, or it has no rows.
    """
    import zlib

    name = file.name.lower()
    try:
        if name.endswith((".parquet", ".pq")):
            found = _parquet(file)
        elif name.endswith((".csv", ".csv.gz")):
            found = _csv(gzip.decompress(file.read_bytes()) if name.endswith(".gz") else file.read_bytes(), file)
        else:
            raise CommandError(f"{file}: name it by its kind: .csv, .csv.gz or .parquet")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise CommandError(f"{file}: {error}") from error
    if not any(found.values()):
        raise CommandError(f"{file}: there is no row in it")
    return found


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


def _csv(content: bytes, file: Path) -> dict[str, Column]:
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
    names = next(rows, [])
    if len(set(names)) < len(names):
        raise CommandError(f"{file}: two columns have the same name")
    columns: list[Column] = [[] for _ in names]
    for row in rows:
        if len(row) != len(names):
            if not row:
                continue
            raise CommandError(f"{file}: line {rows.line_num} has {len(row)} cells, the first line {len(names)}")
        for column, cell in zip(columns, row, strict=True):
            column.append(None if cell in _NULLS else cell)
    return dict(zip(names, columns, strict=True))


def _parquet(file: Path) -> dict[str, Column]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(file)
    except pa.ArrowException as error:
        raise CommandError(f"{file}: this is no Parquet: {error}") from error
    return {name: _texts(table.column(name).to_pylist()) for name in table.column_names}


def _texts(values: Sequence[object]) -> Column:
    return [None if value is None or str(value) in _NULLS else str(value) for value in values]
