"""Sums of floats without rounding: integers that add in any order to the same sum."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["LARGEST", "SMALLEST", "UNIT_BITS", "exact_sum", "exact_sum_of_products", "packed", "unpacked"]

UNIT_BITS = 1074
"""An exact sum counts units of 2**-1074, the smallest float there is."""

LARGEST, SMALLEST = 1e30, 1e-30
"""What a number's size may be, where it is not 0: products of such numbers, and what rounds off them, are floats."""

_MANTISSA, _HALF = 53, 26
_SPLIT = 2.0**27 + 1

Floats = NDArray[np.float64]


def exact_sum(values: Floats) -> int:
    """Return the sum of the values in units of 2**-1074, without rounding.

    Raises:
        ValueError: a value is not finite.
    """
    if not np.isfinite(values).all():
        raise ValueError("only finite numbers have a sum")
    fractions, exponents = np.frexp(values)
    whole = (fractions * 2.0**_MANTISSA).astype(np.int64)
    return sum(_shifted(whole[exponents == each], int(each)) for each in np.unique(exponents))


def exact_sum_of_products(left: Floats, right: Floats) -> int:
    """Return the sum of left x right, row by row, in units of 2**-1074, without rounding.

    Raises:
        ValueError: a number's size is neither 0 nor between `SMALLEST` and `LARGEST`.
    """
    for values in (left, right):
        sizes = np.abs(values)
        if not ((sizes == 0) | ((sizes >= SMALLEST) & (sizes <= LARGEST))).all():
            raise ValueError(f"numbers must be 0 or of a size between {SMALLEST:g} and {LARGEST:g}")
    rounded = left * right
    return exact_sum(rounded) + exact_sum(_rounded_off(left, right, rounded))


def packed(total: int) -> str:
    """Return an exact sum as a short text: `5*2^-1` is 2.5."""
    zeros = (total & -total).bit_length() - 1 if total else UNIT_BITS
    return f"{total >> zeros}*2^{zeros - UNIT_BITS}"


def unpacked(text: str) -> int:
    """Return the exact sum that was packed.

    Raises:
        ValueError: the text is none.
    """
    number, sign, power = text.partition("*2^")
    shift = int(power) + UNIT_BITS if sign else -1
    if not 0 <= shift <= 4 * UNIT_BITS:
        raise ValueError(f"{text[:40]!r} is no exact sum; one looks like 5*2^-1")
    return int(number) << shift


def _shifted(whole: NDArray[np.int64], exponent: int) -> int:
    # Halves of 26 bits: 2**36 of them add up in 64 bits.
    high, low = whole >> _HALF, whole & (2**_HALF - 1)
    total = (int(high.sum()) << _HALF) + int(low.sum())
    shift = exponent - _MANTISSA + UNIT_BITS
    return total << shift if shift >= 0 else total >> -shift


def _rounded_off(left: Floats, right: Floats, rounded: Floats) -> Floats:
    """What each rounded product lacks, exactly: Dekker's product of halves (Numerische Mathematik 18, 1971)."""
    left_high, left_low = _halves(left)
    right_high, right_low = _halves(right)
    lacks = left_high * right_high - rounded + left_high * right_low + left_low * right_high
    return lacks + left_low * right_low


def _halves(values: Floats) -> tuple[Floats, Floats]:
    spread = values * _SPLIT
    high = spread - (spread - values)
    return high, values - high
