"""Kafka's integers of variable length, zigzag: one by one, and whole columns of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["VARINTS", "Column", "read", "read_column", "varint"]

Column = NDArray[np.int64]

KEPT = 1 << 15
"""Numbers whose bytes are kept; those of lengths and places in a batch are below."""

LONGEST_BITS = 63


def varint(number: int) -> bytes:
    """Return the bytes of a number of 64 bits with sign."""
    left = number << 1 if number >= 0 else (-number << 1) - 1
    found = bytearray()
    while left > 0x7F:
        found.append(left & 0x7F | 0x80)
        left >>= 7
    found.append(left)
    return bytes(found)


class _Kept(dict[int, bytes]):
    """The bytes by the number; made when they are asked for."""

    def __missing__(self, number: int) -> bytes:
        found = varint(number)
        if -KEPT <= number <= KEPT:
            self[number] = found
        return found


VARINTS = _Kept()
"""The bytes of any number; `VARINTS[number]`."""


def read(text: bytes, at: int) -> tuple[int, int]:
    """Return the number that begins at a place, and the place behind it.

    Raises:
        IndexError: the bytes end before it does.
        ValueError: it has more than 64 bits.
    """
    byte = text[at]
    at += 1
    found, shift = byte & 0x7F, 7
    while byte > 0x7F:
        if shift > LONGEST_BITS:
            raise ValueError("a number of more than 64 bits")
        byte = text[at]
        at += 1
        found |= (byte & 0x7F) << shift
        shift += 7
    return (found >> 1) ^ -(found & 1), at


def read_column(data: NDArray[np.uint8], at: Column) -> tuple[Column, Column]:
    """Return the numbers that begin at some places, and the places behind them, in their order.

    Raises:
        IndexError: the bytes end before one does.
        ValueError: one has more than 64 bits.
    """
    byte = data[at]
    found = (byte & 0x7F).astype(np.uint64)
    after = at + 1
    longer = np.flatnonzero(byte > 0x7F)
    shift = 7
    while longer.size:
        if shift > LONGEST_BITS:
            raise ValueError("a number of more than 64 bits")
        byte = data[after[longer]]
        found[longer] |= (byte & 0x7F).astype(np.uint64) << np.uint64(shift)
        after[longer] += 1
        longer = longer[byte > 0x7F]
        shift += 7
    half = (found >> np.uint64(1)).view(np.int64)
    return half ^ -(found & np.uint64(1)).view(np.int64), after
