"""A ratio of sums over users with its variance: clicks per impression, conversions or revenue per user."""

from __future__ import annotations

import math
from dataclasses import dataclass

from assay.monitoring.experiments.exact import UNIT_BITS
from assay.monitoring.experiments.sums import UserSums

__all__ = ["Difference", "Estimate", "difference_of", "estimate_of", "skewness_of"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A metric of one variant; `variance` is that of the value, so its root is the standard error.

    `third` is the third central moment of what a single user adds to the value.
    """

    users: int
    value: float
    variance: float
    third: float = 0.0


@dataclass(frozen=True, slots=True)
class Difference:
    """What a variant has more than the control; `lift` is it as a share of the control, None where that is 0."""

    users: int
    value: float
    standard_error: float
    lift: float | None


def estimate_of(sums: UserSums) -> Estimate | None:
    """Return numerators over denominators, with the variance of the delta method over users; None where there is none.

    Users are independent, their clicks and impressions are not: with R the ratio, the variance is that of
    numerator - R x denominator over users, divided by the mean denominator squared and by the users. The arithmetic is
    in integers up to the last division, so no cancellation costs a digit.
    """
    users, above, below = sums.users, sums.numerators, sums.denominators
    if users < 2 or below <= 0:
        return None
    residual = (
        sums.numerator_squares * below * below
        - 2 * above * below * sums.products
        + above * above * sums.denominator_squares
    )
    variance = (residual * users << UNIT_BITS) / ((users - 1) * below**4)
    return Estimate(users, above / below, variance, (_cubes(sums) * users**2 << 2 * UNIT_BITS) / below**6)


def difference_of(variant: Estimate, control: Estimate) -> Difference:
    """Return the variant less the control."""
    value = variant.value - control.value
    return Difference(
        users=variant.users + control.users,
        value=value,
        standard_error=math.sqrt(variant.variance + control.variance),
        lift=value / control.value if control.value else None,
    )


def skewness_of(variant: Estimate, control: Estimate) -> float:
    """Return how skewed the difference would be if both variants had the same law, which both together estimate.

    With as many users on both sides it is 0, however skewed the users are: what is skewed one way in one is skewed the
    other way in the other. It is what makes intervals of means hold too seldom.
    """
    users = variant.users + control.users
    third = sum(each.users * each.third for each in (variant, control)) / users
    spread = sum(each.users**2 * each.variance for each in (variant, control)) / users
    lopsided = 1 / variant.users**2 - 1 / control.users**2
    return abs(third * lopsided) / math.sqrt(spread / variant.users + spread / control.users) ** 3


def _cubes(sums: UserSums) -> int:
    """The sum of (numerator - ratio x denominator) cubed, times the sum of the denominators cubed."""
    above, below = sums.numerators, sums.denominators
    first = below * sums.numerator_cubes - 3 * above * sums.numerator_skews
    return below**2 * first + above**2 * (3 * below * sums.denominator_skews - above * sums.denominator_cubes)
