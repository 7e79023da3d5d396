"""The counts of minutes as they are kept: for each layout that counted, its digest and its numbers. Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assay.alerts.errors import UnreadableCountsError

__all__ = ["NEVER", "Numbers", "Total", "joined", "packed", "unpacked"]

Numbers = NDArray[np.int64]

FORM = b"\x01"
"""The form of the bytes, their first one. Each part follows: digest, bytes of a number, how many, newest event; numbers."""

HEAD = struct.Struct("<8sBHq")
NEVER = -(2**63)
"""The newest event of records without one."""

SIZES = (1, 2, 4, 8)


class Total(NamedTuple):
    """The numbers of one layout, and the newest event time among what they count."""

    numbers: Numbers
    newest_ms: int


def packed(digest: bytes, numbers: Numbers, newest_ms: Numbers) -> list[bytes]:
    """Return the part of each row of numbers, each as small as its largest one allows."""
    parts = [b""] * len(numbers)
    largest = numbers.max(axis=1, initial=0)
    width, at_least = numbers.shape[1], 0
    for size in SIZES:
        most = 2 ** (8 * size) if size < SIZES[-1] else 2**63 - 1
        spots = np.flatnonzero((largest >= at_least) & (largest < most))
        text = numbers[spots].astype(f"<u{size}").tobytes()
        for row, (spot, ms) in enumerate(zip(spots.tolist(), newest_ms[spots].tolist(), strict=True)):
            start = row * width * size
            parts[spot] = HEAD.pack(digest, size, width, ms) + text[start : start + width * size]
        at_least = most
    return parts


def joined(parts: Iterable[bytes]) -> bytes:
    """Return the parts of one minute as one text of bytes, whatever their order was."""
    return FORM + b"".join(sorted(parts))


def unpacked(text: bytes) -> Iterator[tuple[bytes, Total]]:
    """Return the total of each layout with its digest.

    Raises:
        UnreadableCountsError: a newer Assay wrote them.
    """
    if text[:1] != FORM:
        raise UnreadableCountsError(text[:1])
    at = len(FORM)
    while at < len(text):
        digest, size, width, newest_ms = HEAD.unpack_from(text, at)
        at += HEAD.size
        yield digest, Total(np.frombuffer(text, f"<u{size}", width, at).astype(np.int64), newest_ms)
        at += size * width
