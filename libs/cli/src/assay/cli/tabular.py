"""Files of rows as tables: CSV, with its delimiter and its compression, and Parquet."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from assay.cli.errors import CommandError
from assay.cli.spelling import EMPTY

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import csv

__all__ = ["Empty", "read_table"]

KINDS = (".csv", ".csv.gz", ".parquet")
AS_UTF_8 = "save the file as UTF-8, as `iconv -f latin1 -t utf-8` does from Latin-1"

Empty = Mapping[str, Collection[str]]
"""Of columns of a CSV that are words: what an empty cell may say."""


def read_table(
    file: Path,
    texts: Collection[str] | None = (),
    nulls: Collection[str] = EMPTY,
    words: Empty = MappingProxyType({}),
) -> pa.Table:
    """Read a file by the end of its name.

    Args:
        texts: columns of a CSV that are words, whatever they look like; None for all of them.
        nulls: what an empty cell of a CSV may say.
        words: columns of a CSV that are words too, each with what an empty cell of it may say.

    Raises:
        CommandError: it cannot be read, is none of the kinds, has no rows, two columns of one name, or a header that is
            not UTF-8.
    """
    import pyarrow as pa

    name = file.name.lower()
    if not name.endswith(KINDS):
        raise CommandError(f"{file}: name it by its kind: {', '.join(KINDS)}")
    try:
        table = _parquet(file) if name.endswith(".parquet") else _csv(file, texts, nulls, words)
        names = table.column_names
    except UnicodeDecodeError as error:
        raise CommandError(f"{file}: its header is not UTF-8; {AS_UTF_8}") from error
    except (OSError, EOFError, zlib.error, pa.ArrowException) as error:
        raise CommandError(f"{file}: {str(error).splitlines()[0][:300]}") from error
    twice = sorted({column for column in names if names.count(column) > 1})
    if twice:
        raise CommandError(f"{file}: the column {twice[0]} stands there twice; give each a name of its own")
    if not table.num_rows:
        raise CommandError(f"{file}: there are no rows")
    return table


def _parquet(file: Path) -> pa.Table:
    from pyarrow import parquet

    with parquet.ParquetFile(file) as opened:
        return opened.read()


def _csv(file: Path, texts: Collection[str] | None, nulls: Collection[str], words: Empty) -> pa.Table:
    import pyarrow as pa
    from pyarrow import csv

    data = file.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    if not data.strip():
        raise CommandError(f"{file}: it is empty")
    whole = csv.ReadOptions(block_size=min(max(len(data) + 1, 1 << 20), (1 << 31) - 1))
    rows = csv.ParseOptions(delimiter=_delimiter(data), newlines_in_values=True)
    try:
        spelt = _header(data, whole, rows) if texts is None else texts
        table = csv.read_csv(pa.py_buffer(data), whole, rows, _options(spelt, nulls, words))
    except pa.ArrowInvalid as error:
        if "conversion error" not in str(error):
            raise
        table = csv.read_csv(pa.py_buffer(data), whole, rows, _options(_header(data, whole, rows), nulls, words))
    columns = [
        _emptied(column, words.get(name, nulls)) for name, column in zip(table.column_names, table.columns, strict=True)
    ]
    return pa.table(columns, names=table.column_names)


def _header(data: bytes, whole: csv.ReadOptions, rows: csv.ParseOptions) -> list[str]:
    import pyarrow as pa
    from pyarrow import csv

    return list(csv.open_csv(pa.py_buffer(data), whole, rows).schema.names)


def _options(texts: Collection[str], nulls: Collection[str], words: Empty) -> csv.ConvertOptions:
    """Words are read as bytes, for not all are UTF-8, and none of them is missing yet."""
    import pyarrow as pa
    from pyarrow import csv

    kinds = dict.fromkeys(texts, pa.string()) | dict.fromkeys(words, pa.binary())
    return csv.ConvertOptions(column_types=kinds, strings_can_be_null=False, null_values=sorted(nulls))


def _emptied(column: pa.ChunkedArray, nulls: Collection[str]) -> pa.ChunkedArray:
    """A column of words without those that an empty cell says, as text where it is one; any other as it is."""
    import pyarrow as pa
    from pyarrow import compute

    if column.type not in (pa.string(), pa.binary()):
        return column
    with suppress(pa.ArrowInvalid):
        column = column.cast(pa.string())
    said = compute.is_in(column, pa.array(sorted(nulls)).cast(column.type))
    return compute.if_else(said, pa.scalar(None, column.type), column)


def _delimiter(data: bytes) -> str:
    """The delimiter that the header has; a file of one column has none, and a comma does."""
    header = data.split(b"\n", 1)[0]
    return next((each for each in (",", ";", "\t") if each.encode() in header), ",")
