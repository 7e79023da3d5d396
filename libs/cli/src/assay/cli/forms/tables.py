"""Records from a file: NDJSON, CSV or Parquet, as values that JSON has."""

from __future__ import annotations

import base64
import csv
import datetime
import decimal
import gzip
import io
import re
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import orjson

from assay.cli.errors import CommandError

__all__ = ["KINDS", "records_of"]

_NULLS = frozenset(("", "NA", "N/A", "null", "NULL"))
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,18})", re.ASCII)
_REAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?", re.ASCII)
_BOOLEAN = {"true": True, "false": False, "True": True, "False": False, "TRUE": True, "FALSE": False}


def records_of(file: Path, most: int) -> Iterator[object]:
    """Yield the first records of a file.

    Raises:
        CommandError: the name says none of the kinds that are read, or the file is none of that kind.
    """
    name = file.name.removesuffix(".gz")
    read = KINDS.get(Path(name).suffix.lower())
    if read is None:
        raise CommandError(f"{file}: name it by its kind: {', '.join(KINDS)}, .gz after it where it is packed")
    packed = name != file.name
    try:
        with gzip.open(file) if packed else file.open("rb") as stream:
            yield from islice(read(io.BytesIO(stream.read()) if packed else stream), most)
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, orjson.JSONDecodeError) as error:
        raise CommandError(f"{file}: {error}") from error


def _lines(stream: io.IOBase) -> Iterator[object]:
    yield from (orjson.loads(line) for line in stream if line.strip())


def _list(stream: io.IOBase) -> Iterator[object]:
    """The records of a JSON list, or lines in a file that is named like one."""
    first = stream.read(1)
    stream.seek(0)
    if first != b"[":
        yield from _lines(stream)
    else:
        yield from orjson.loads(stream.read())


def _csv(stream: io.IOBase) -> Iterator[object]:
    """The rows with the types that all cells of a column have; what is no number everywhere is text."""
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")  # type: ignore[type-var]  # a stream of bytes
    try:
        rows = list(islice(csv.DictReader(text), 100_000))
    finally:
        text.detach()  # whoever opened the file closes it
    readers = {
        name: _reader([row[name] for row in rows]) for name in (rows[0] if rows else ()) if isinstance(name, str)
    }
    for row in rows:
        yield {
            name: None if row[name] in _NULLS or row[name] is None else read(row[name])
            for name, read in readers.items()
        }


def _reader(cells: list[str]) -> Callable[[str], object]:
    there = [cell for cell in cells if cell is not None and cell not in _NULLS]
    if there and all(_WHOLE.fullmatch(cell) for cell in there):
        return int
    if there and all(_REAL.fullmatch(cell) for cell in there):
        return float
    if there and all(cell in _BOOLEAN for cell in there):
        return _BOOLEAN.__getitem__
    return str


def _parquet(stream: io.IOBase) -> Iterator[object]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        for batch in parquet.ParquetFile(stream).iter_batches(batch_size=1_000):
            yield from map(in_json, batch.to_pylist())
    except pa.ArrowException as error:
        raise CommandError(f"this is no Parquet: {error}") from error


def in_json(value: object) -> object:
    """A value as a record in JSON would have it."""
    match value:
        case dict():
            return {str(name): in_json(each) for name, each in value.items()}
        case list() | tuple():
            return [in_json(each) for each in value]
        case datetime.datetime():
            return value.isoformat().replace("+00:00", "Z")
        case datetime.date() | datetime.time():
            return value.isoformat()
        case decimal.Decimal():
            return format(value, "f")
        case bytes():
            return base64.b64encode(value).decode()
        case None | bool() | int() | float() | str():
            return value
    return str(value)


KINDS: dict[str, Callable[[io.IOBase], Iterator[object]]] = {
    ".ndjson": _lines,
    ".jsonl": _lines,
    ".json": _list,
    ".csv": _csv,
    ".parquet": _parquet,
}
"""What reads a file, by the end of its name."""
