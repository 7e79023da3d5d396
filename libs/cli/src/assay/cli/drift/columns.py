"""Columns of a file as numbers or words, both files' in the same way."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from assay.cli.errors import CommandError
from assay.cli.spelling import TRUTH, as_known
from assay.monitoring.profiles import Labels, Numbers
from assay.monitoring.profiles.columns import Floats, Ints

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["as_labels", "as_numbers", "is_moment", "seconds_of", "speaks_in_numbers"]

MOSTLY = 0.9
"""Share of a text column's cells that must be numbers for it to be one of numbers."""


def is_moment(kind: pa.DataType) -> bool:
    """Whether values are dates or points in time."""
    import pyarrow as pa

    return bool(pa.types.is_date(kind) or pa.types.is_timestamp(kind))


def speaks_in_numbers(column: pa.ChunkedArray) -> bool | None:
    """Whether a column is one of numbers, written as such or as text; None where it has no value at all."""
    import pyarrow as pa

    kind = column.type
    if column.null_count == len(column):
        return None
    if _is_number(kind) or is_moment(kind) or pa.types.is_time(kind) or pa.types.is_duration(kind):
        return True
    if not _is_text(kind):
        return False
    there = column.drop_null()
    return int(np.isfinite(_parsed(there)).sum()) > MOSTLY * len(there)


def as_numbers(column: pa.ChunkedArray) -> Numbers:
    """Return numbers, moments as seconds; text that is no number is there, and not finite."""
    import pyarrow as pa

    present = ~np.asarray(column.is_null().to_numpy(), dtype=np.bool_)
    kind = column.type
    if is_moment(kind):
        return Numbers(seconds_of(column), present, are_moments=True)
    if pa.types.is_time(kind) or pa.types.is_duration(kind):
        whole = column.cast(pa.int32() if kind.bit_width == 32 else pa.int64())
        return Numbers(_floats(whole), present)
    if pa.types.is_boolean(kind):
        return Numbers(_floats(column.cast(pa.int8())), present)
    if _is_number(kind):
        return Numbers(_floats(column), present)
    return Numbers(_parsed(_as_text(column), TRUTH), present)


def as_labels(column: pa.ChunkedArray, known: Collection[str] = ()) -> Labels:
    """Return words, by their place in a dictionary; one that is not known is the known one that it means, if it means one."""
    coded = _as_text(column).combine_chunks().dictionary_encode()
    if hasattr(coded, "combine_chunks"):
        coded = coded.combine_chunks()
    codes = np.asarray(coded.indices.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)
    words = [str(word) for word in coded.dictionary.to_pylist()]
    return _merged(codes, list(map(as_known(known), words))) if known else Labels(codes, tuple(words))


def _merged(codes: Ints, words: Sequence[str]) -> Labels:
    """Labels of words of which some are the same."""
    places = {word: place for place, word in enumerate(dict.fromkeys(words))}
    of_words = np.array([*(places[word] for word in words), -1], dtype=np.int64)
    return Labels(of_words[codes], tuple(places))


def seconds_of(column: pa.ChunkedArray) -> Floats:
    """Return moments as seconds since 1970, NaN where there is none.

    Raises:
        CommandError: the column holds no moments.
    """
    import pyarrow as pa

    if pa.types.is_date(column.type):
        column = column.cast(pa.timestamp("ms"))
    if _is_text(column.type):
        try:
            column = column.cast(pa.timestamp("us", tz="UTC") if _zoned(column) else pa.timestamp("us"))
        except pa.ArrowInvalid as error:
            raise CommandError("no dates or times as ISO 8601 has them") from error
    if pa.types.is_timestamp(column.type):
        per_s = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}[column.type.unit]
        return _floats(column.cast(pa.int64())) / per_s
    if _is_number(column.type):
        return _floats(column)
    raise CommandError(f"no moments: {column.type}")


def _zoned(column: pa.ChunkedArray) -> bool:
    first = next((str(each) for each in column.drop_null().slice(0, 1).to_pylist()), "")
    return first.endswith("Z") or "+" in first[10:] or "-" in first[10:]


def _is_number(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _floats(column: pa.ChunkedArray) -> Floats:
    import pyarrow as pa

    return np.asarray(column.cast(pa.float64(), safe=False).to_numpy(), dtype=np.float64)


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa

    if pa.types.is_floating(column.type):  # the shortest that says the number, as files of text have it; 5 and not 5.0
        there = zip(column.to_numpy(), column.is_valid().to_pylist(), strict=True)
        return _texts(str(each).removesuffix(".0") if is_there else None for each, is_there in there)
    if pa.types.is_binary(column.type):
        return _texts(None if each is None else each.decode(errors="backslashreplace") for each in column.to_pylist())
    try:
        return column.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):  # a list or a map has no text of its own
        return _texts(None if each is None else repr(each) for each in column.to_pylist())


def _texts(words: Iterable[str | None]) -> pa.ChunkedArray:
    import pyarrow as pa

    return pa.chunked_array([pa.array(list(words), pa.string())])


def _parsed(column: pa.ChunkedArray, truth: Mapping[str, str] = MappingProxyType({})) -> Floats:
    """The numbers that words spell, NaN where they spell none; each different word is read once."""
    labels = as_labels(column)
    spelt = np.array([*(_number(truth.get(word.lower(), word)) for word in labels.words), np.nan])
    parsed: Floats = spelt[labels.codes]
    return parsed


def _number(word: str) -> float:
    try:
        return float(word) if "_" not in word else np.nan
    except ValueError:
        return np.nan
