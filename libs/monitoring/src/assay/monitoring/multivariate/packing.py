"""Sums of pairs as bytes: each whole number once, and small where values are seldom missing."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.multivariate.products import PairSums

__all__ = ["MOST_FEATURES", "UnreadableSumsError", "packed", "unpacked"]

MOST_FEATURES = 256
"""Features whose sums are read: those of more take megabytes."""

QUICKLY = 1
_HEAD = struct.Struct("<BH4B")
_VERSION = 1
_WIDTHS = ("<i1", "<i2", "<i4", "<i8")

Ints = NDArray[np.int64]


class UnreadableSumsError(ValueError):
    """The bytes are no sums of pairs that this Assay knows."""


def packed(sums: PairSums) -> bytes:
    """Return sums as bytes; equal sums give equal bytes.

    Rows and products are written for each pair once. What a sum lacks of that of all rows of its feature is written beside
    that: nothing but zeros, where no value is missing.
    """
    rows, totals, squares, products = sums.table
    size = len(rows)
    upper = np.triu_indices(size)
    parts = [rows[upper] - rows.diagonal().max(initial=0), _less(totals), _less(squares), products[upper]]
    widths = [_width(part) for part in parts]
    body = b"".join(part.astype(_WIDTHS[width]).tobytes() for part, width in zip(parts, widths, strict=True))
    most = int(rows.diagonal().max(initial=0)).to_bytes(8, "little")
    return zlib.compress(_HEAD.pack(_VERSION, size, *widths) + most + body, QUICKLY)


def unpacked(written: bytes) -> PairSums:
    """Return the sums that were packed.

    Raises:
        UnreadableSumsError: they were not.
    """
    try:
        text = _unzipped(written)
        version, size, *widths = _HEAD.unpack_from(text)
        if version != _VERSION or size > MOST_FEATURES:
            raise UnreadableSumsError(f"sums of pairs of version {version}, of {size} features")
        most = int.from_bytes(text[_HEAD.size : _HEAD.size + 8], "little")
        return PairSums(_table(text, size, [_WIDTHS[width] for width in widths], most))
    except (struct.error, zlib.error, IndexError, ValueError, OverflowError) as error:
        raise UnreadableSumsError(f"no sums of pairs: {error}") from error


def _less(sums: Ints) -> Ints:
    """The sums of all rows of each feature, and what each pair of it lacks of that."""
    whole = sums.diagonal()
    lacks = whole[:, None] - sums
    np.fill_diagonal(lacks, whole)
    return lacks.ravel()


def _more(written: Ints, size: int) -> Ints:
    lacks = written.reshape(size, size).copy()
    whole = lacks.diagonal().copy()
    np.fill_diagonal(lacks, 0)
    return whole[:, None] - lacks


def _table(text: bytes, size: int, widths: list[str], most: int) -> Ints:
    counts = (size * (size + 1) // 2, size * size, size * size, size * (size + 1) // 2)
    at, parts = _HEAD.size + 8, []
    for count, width in zip(counts, widths, strict=True):
        parts.append(np.frombuffer(text, width, count, at).astype(np.int64))
        at += count * np.dtype(width).itemsize
    if at != len(text):
        raise UnreadableSumsError("more than sums of pairs")
    table = np.empty((4, size, size), dtype=np.int64)
    upper = np.triu_indices(size)
    for place, part in ((0, parts[0] + most), (3, parts[3])):
        table[place][upper] = part
        table[place].T[upper] = part
    table[1], table[2] = _more(parts[1], size), _more(parts[2], size)
    return table


def _width(part: Ints) -> int:
    low, high = int(part.min(initial=0)), int(part.max(initial=0))
    return next(place for place, each in enumerate(_WIDTHS) if np.iinfo(each).min <= low and high <= np.iinfo(each).max)


def _unzipped(written: bytes) -> bytes:
    unzip = zlib.decompressobj()
    text = unzip.decompress(written, _HEAD.size + 8 + 4 * 8 * MOST_FEATURES**2)
    if not unzip.eof:
        raise UnreadableSumsError("they are cut off, or of too many features")
    return text
