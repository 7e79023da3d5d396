"""What the users of one variant did, as sums that merge by addition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assay.monitoring.experiments.exact import exact_sum, exact_sum_of_products, packed, unpacked

__all__ = ["UserSums", "sums_of", "totals_of_users"]

_COUNTS = ("users", "responders")

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class UserSums:
    """Counts and exact sums over users, each of whom has a numerator and a denominator.

    A metric per user has the denominator 1. With y and x for them, the last four are the sums of y³, y²x, yx² and x³.
    Sums of different users add up to the sums of them all, in any order, integer by integer. Where a user did more,
    take the user's old sums off and add the new ones: `+ new - old`.
    """

    users: int = 0
    responders: int = 0
    numerators: int = 0
    denominators: int = 0
    numerator_squares: int = 0
    denominator_squares: int = 0
    products: int = 0
    numerator_cubes: int = 0
    numerator_skews: int = 0
    denominator_skews: int = 0
    denominator_cubes: int = 0

    def __add__(self, other: UserSums) -> UserSums:
        return UserSums(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    def __sub__(self, other: UserSums) -> UserSums:
        return UserSums(*(getattr(self, each.name) - getattr(other, each.name) for each in fields(self)))

    def as_json(self) -> dict[str, int | str]:
        """Return it as a small JSON object."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value if name in _COUNTS else packed(value) for name, value in values.items()}

    @classmethod
    def from_json(cls, written: Mapping[str, object]) -> UserSums:
        """Read what `as_json` wrote.

        Raises:
            ValueError: it is no such object.
        """
        names = [each.name for each in fields(cls)]
        if set(written) != set(names):
            raise ValueError(f"sums of users have exactly the keys {', '.join(names)}")
        values = (written[name] for name in names)
        return cls(*(value if isinstance(value, int) else unpacked(str(value)) for value in values))


def sums_of(numerators: ArrayLike, denominators: ArrayLike | None = None) -> UserSums:
    """Return the sums of users: one entry for each, zeros included; without denominators, each has 1.

    Raises:
        ValueError: the columns differ in length, or a number is not finite, below 0 as a denominator, or of a size
            beyond 1e30 or below 1e-30.
    """
    above = np.asarray(numerators, dtype=np.float64)
    below = np.ones_like(above) if denominators is None else np.asarray(denominators, dtype=np.float64)
    if above.shape != below.shape or above.ndim != 1:
        raise ValueError("a user has one numerator and one denominator: two columns of one length")
    if (below < 0).any():
        raise ValueError("a denominator counts what could have happened: it is 0 or more")
    return UserSums(
        users=len(above),
        responders=int(np.count_nonzero(above)),
        numerators=exact_sum(above),
        denominators=exact_sum(below),
        numerator_squares=exact_sum_of_products(above, above),
        denominator_squares=exact_sum_of_products(below, below),
        products=exact_sum_of_products(above, below),
        numerator_cubes=exact_sum(above * above * above),
        numerator_skews=exact_sum(above * above * below),
        denominator_skews=exact_sum(above * below * below),
        denominator_cubes=exact_sum(below * below * below),
    )


def totals_of_users(users: NDArray[np.int64], values: ArrayLike) -> Floats:
    """Return the sum of each user's values, users in rising order; the order of the rows does not matter."""
    amounts = np.asarray(values, dtype=np.float64)
    if not len(users):
        return amounts
    order = np.lexsort((amounts, users))
    starts = np.flatnonzero(np.diff(users[order], prepend=users[order][0] - 1))
    return np.add.reduceat(amounts[order], starts)
