"""Sums of numbers without rounding, so that order and grouping never show; means and variances from them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.performance.additive import Additive, Written
from assay.monitoring.performance.errors import UnreadableCountsError

__all__ = ["NONE", "ZERO", "Exact", "Moments"]

Floats = NDArray[np.float64]

_SCALE = 1126
"""A double is a whole multiple of 2**-1074, and its 53 bits stand up to 52 below."""
_HALF = 27
_SPLITTER = float(2**27 + 1)


@dataclass(frozen=True, slots=True)
class Exact(Additive):
    """A sum of doubles in units of 2**-1126: as exact as a count."""

    units: int = 0

    @classmethod
    def of(cls, values: Floats) -> Self:
        """Return the sum of finite values.

        Raises:
            ValueError: a value is infinite or no number.
        """
        if not values.size:
            return cls()
        if not np.isfinite(values).all():
            raise ValueError("only finite numbers have a sum")
        parts, exponents = np.frexp(values)
        whole = (parts * 2.0**53).astype(np.int64)
        lowest = int(exponents.min())
        place = exponents - lowest
        high, low = np.zeros((2, int(place.max()) + 1), dtype=np.int64)
        np.add.at(high, place, whole >> _HALF)
        np.add.at(low, place, whole & (2**_HALF - 1))
        shift = lowest - 53 + _SCALE
        return cls(
            sum(((int(high[at]) << _HALF) + int(low[at])) << (shift + int(at)) for at in np.flatnonzero(high | low))
        )

    @property
    def value(self) -> float:
        """The sum as the nearest double."""
        return float(self.fraction)

    @property
    def fraction(self) -> Fraction:
        """The sum, exactly."""
        return Fraction(self.units, 1 << _SCALE)

    def written(self) -> Written:
        """Return mantissa and exponent, in hexadecimal digits: `-1ap-4` is -26/16."""
        zeros = (self.units & -self.units).bit_length() - 1 if self.units else 0
        return f"{self.units >> zeros:x}p{zeros - _SCALE if self.units else 0}"

    @classmethod
    def read(cls, written: Written) -> Self:
        """Return the sum that was written.

        Raises:
            UnreadableCountsError: it is none.
        """
        try:
            mantissa, exponent = str(written).split("p")
            shift = int(exponent) + _SCALE
            if not 0 <= shift <= 2 * _SCALE:
                raise UnreadableCountsError(f"{written!r} is no sum of doubles")
            return cls(int(mantissa, 16) << shift)
        except ValueError as error:
            raise UnreadableCountsError(f"{written!r} is no exact sum") from error


ZERO = Exact()


@dataclass(frozen=True, slots=True)
class Moments(Additive):
    """How many values there were, their sum and the sum of their squares, all exact."""

    n: int = 0
    total: Exact = ZERO
    squares: Exact = ZERO

    @classmethod
    def of(cls, values: Floats) -> Self:
        """Return the moments of finite values below 2**500 in size; what is below 2**-450 counts as 0.

        Raises:
            ValueError: a value is no such number.
        """
        if values.size and not (np.abs(values) < 2.0**500).all():
            raise ValueError("only numbers below 2**500 have a square that can be summed")
        values = np.where(np.abs(values) < 2.0**-450, 0.0, values)
        square, rest = _square(values)
        return cls(int(values.size), Exact.of(values), Exact.of(square) + Exact.of(rest))

    @property
    def mean(self) -> float:
        """The mean; NaN of nothing."""
        return float(self.total.fraction / self.n) if self.n else math.nan

    @property
    def variance(self) -> float:
        """The sample variance (n - 1 below); NaN of less than two."""
        if self.n < 2:
            return math.nan
        return float(self.deviations / (self.n - 1))

    @property
    def deviations(self) -> Fraction:
        """The sum of squared distances from the mean, exactly."""
        return self.squares.fraction - self.total.fraction**2 / self.n if self.n else Fraction(0)


NONE = Moments()


def _square(values: Floats) -> tuple[Floats, Floats]:
    """The square and what its rounding left out, both doubles: Dekker's product."""
    square = values * values
    wide = _SPLITTER * values
    high = wide - (wide - values)
    low = values - high
    return square, low * low - ((square - high * high) - 2 * high * low)
