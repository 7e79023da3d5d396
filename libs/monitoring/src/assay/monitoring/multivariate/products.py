"""What the pairs of features of a window come to, as integers that merge by addition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assay.monitoring.multivariate.scores import Scores

__all__ = ["PairSums", "pair_sums_of"]

_KINDS = ("rows", "sums", "squares", "products")


@dataclass(frozen=True, slots=True, eq=False)
class PairSums:
    """For each pair (i, j) over the rows where both are present: rows, sums and squares of i, products of i and j.

    Sums of different rows add up to the sums of them all, in any order, integer by integer.
    """

    table: NDArray[np.int64]
    """Kinds x features x features."""

    @classmethod
    def nothing(cls, features: int) -> PairSums:
        """Return the sums of no rows."""
        return cls(np.zeros((len(_KINDS), features, features), dtype=np.int64))

    def __add__(self, other: PairSums) -> PairSums:
        if self.table.shape != other.table.shape:
            raise ValueError("only sums of the same features merge")
        return PairSums(self.table + other.table)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PairSums) and np.array_equal(self.table, other.table)

    __hash__ = None  # type: ignore[assignment]  # it holds an array

    @property
    def rows(self) -> NDArray[np.int64]:
        """Return how many rows have both features of each pair."""
        rows: NDArray[np.int64] = self.table[0]
        return rows

    def correlations(self) -> NDArray[np.float64]:
        """Return the correlation of the scores of each pair; NaN where there is none, as for a feature in one bin."""
        rows, sums, squares, products = self.table.astype(np.float64)
        spread = rows * squares - sums * sums
        both = spread * spread.T
        with np.errstate(divide="ignore", invalid="ignore"):
            found = (rows * products - sums * sums.T) / np.sqrt(both)
        found[(spread <= 0) | (spread.T <= 0)] = np.nan
        clipped: NDArray[np.float64] = np.clip(found, -1.0, 1.0)
        return clipped

    def as_json(self) -> dict[str, object]:
        """Return it as a JSON object."""
        return {kind: table.tolist() for kind, table in zip(_KINDS, self.table, strict=True)}

    @classmethod
    def from_json(cls, written: Mapping[str, ArrayLike]) -> PairSums:
        """Read what `as_json` wrote.

        Raises:
            ValueError: it is no such object.
        """
        if set(written) != set(_KINDS):
            raise ValueError(f"sums of pairs have exactly the keys {', '.join(_KINDS)}")
        table = np.array([written[kind] for kind in _KINDS])
        if table.ndim != 3 or table.shape[1] != table.shape[2] or (table.size and table.dtype != np.int64):
            raise ValueError("sums of pairs are integers, features x features")
        return cls(table.astype(np.int64))


def pair_sums_of(scores: Scores, bins: NDArray[np.int64]) -> PairSums:
    """Return the sums of rows x features of bins; below 0 stands a value that is missing or not finite.

    Raises:
        ValueError: the bins do not fit the scores.
    """
    values, present = scores.of(bins)
    # Whole numbers in float64: exact up to 2**53, which is 10**11 rows, and as fast as the machine multiplies.
    found = (present.T @ present, values.T @ present, np.square(values).T @ present, values.T @ values)
    return PairSums(np.rint(np.stack(found)).astype(np.int64))
