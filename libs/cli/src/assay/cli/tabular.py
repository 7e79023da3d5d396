"""Files of rows as tables: CSV, with its delimiter and its compression, and Parquet."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assay.cli.errors import CommandError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import csv

__all__ = ["read_table"]

KINDS = (".csv", ".csv.gz", ".parquet")
AS_UTF_8 = "save the file as UTF-8, as `iconv -f latin1 -t utf-8` does from Latin-1"


def read_table(file: Path, texts: Collection[str] | None = (), nulls: Sequence[str] | None = None) -> pa.Table:
    """Read a file by the end of its name.

    Args:
        texts: columns of a CSV that are words, whatever they look like; None for all of them.
        nulls: what an empty cell of a CSV may say; else the usual ones, `NA` and the like.

    Raises:
        CommandError: it cannot be read, is none of the kinds, has no rows, two columns of one name, or a header that is
            not UTF-8.
    """
    import pyarrow as pa

    name = file.name.lower()
    if not name.endswith(KINDS):
        raise CommandError(f"{file}: name it by its kind: {', '.join(KINDS)}")
    try:
        table = _parquet(file) if name.endswith(".parquet") else _csv(file, texts, nulls)
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


def _csv(file: Path, texts: Collection[str] | None, nulls: Sequence[str] | None) -> pa.Table:
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
        words = _header(data, whole, rows) if texts is None else texts
        return csv.read_csv(pa.py_buffer(data), whole, rows, _options(words, nulls))
    except pa.ArrowInvalid as error:
        if "conversion error" not in str(error):
            raise
        return csv.read_csv(pa.py_buffer(data), whole, rows, _options(_header(data, whole, rows), nulls))


def _header(data: bytes, whole: csv.ReadOptions, rows: csv.ParseOptions) -> list[str]:
    import pyarrow as pa
    from pyarrow import csv

    return list(csv.open_csv(pa.py_buffer(data), whole, rows).schema.names)


def _options(words: Collection[str], nulls: Sequence[str] | None) -> csv.ConvertOptions:
    import pyarrow as pa
    from pyarrow import csv

    return csv.ConvertOptions(
        column_types=dict.fromkeys(words, pa.string()), strings_can_be_null=True, null_values=nulls
    )


def _delimiter(data: bytes) -> str:
    """The delimiter that the header has; a file of one column has none, and a comma does."""
    header = data.split(b"\n", 1)[0]
    return next((each for each in (",", ";", "\t") if each.encode() in header), ",")
