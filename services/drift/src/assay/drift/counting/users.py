"""Business metrics of users: what one action or outcome adds to whom, exactly."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from assay.contracts.monitoring import SESSIONS, Metric
from assay.drift.counting.known import Answered, Event
from assay.monitoring.experiments.exact import LARGEST, SMALLEST, UNIT_BITS

__all__ = ["Share", "amount_of", "enrolled", "exact", "shares_of"]


class Share(NamedTuple):
    """What is added to a user's totals, in units of 2**-1074."""

    metric: str
    variant: str
    user: str
    numerator: int
    denominator: int


def enrolled(metrics: Sequence[Metric], answered: Answered) -> Iterator[Share]:
    """Give the experiments that a prediction makes its user part of: with nothing done yet."""
    yield from _of(metrics, answered.variant, answered.user, None)


def shares_of(metrics: Sequence[Metric], event: Event, answered: Answered | None) -> list[Share] | None:
    """Return what an action or an outcome adds; None where its prediction must say first whose it is.

    A variant that is none of a metric's, or a user that nobody names, adds nothing. What is counted by session is counted
    with its session, and not here.
    """
    variant = event.variant or (answered.variant if answered else "")
    user = event.user or (answered.user if answered else "")
    if answered is None and not (variant and user):
        return None
    return list(_of(metrics, variant, user, event))


def exact(value: float) -> int:
    """Return a number in units of 2**-1074; 0 for what is no size that can be summed."""
    if not math.isfinite(value) or not SMALLEST <= abs(value) <= LARGEST:
        return 0
    whole, below = value.as_integer_ratio()
    return whole << (UNIT_BITS - below.bit_length() + 1)


def amount_of(of: str, event: Event | None, *, of_value: bool) -> int:
    """Return what an event adds to one side of a metric; `users` is 1 for each user, whatever they do, and is added by nobody."""
    if event is None or event.name != of:
        return 0
    return exact(event.value) if of_value else event.count << UNIT_BITS


def _of(metrics: Sequence[Metric], variant: str, user: str, event: Event | None) -> Iterator[Share]:
    if not variant or not user:
        return
    for metric in metrics:
        if variant not in dict(metric.shares):
            continue
        above = amount_of(metric.numerator, event, of_value=metric.of_value)
        below = amount_of(metric.denominator, event, of_value=False)
        is_counted = metric.denominator != SESSIONS and event is not None
        if event is None or (is_counted and event.name in (metric.numerator, metric.denominator)):
            yield Share(metric.name, variant, user, above, below)
