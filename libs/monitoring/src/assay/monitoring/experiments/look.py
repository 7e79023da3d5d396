"""What the sums of an experiment say at a look, with the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from assay.monitoring.experiments.balance import Balance, balance_of
from assay.monitoring.experiments.experiment import Experiment
from assay.monitoring.experiments.past import Decision, Past
from assay.monitoring.experiments.ratio import Difference, Estimate, difference_of, estimate_of, skewness_of
from assay.monitoring.experiments.sequence import fixed_errors, fixed_p
from assay.monitoring.experiments.sums import UserSums

__all__ = ["LEAST_RESPONDERS", "Comparison", "FixedHorizon", "Look", "State", "look_at"]

State = Literal["higher", "lower", "undecided", "insufficient", "invalid"]

LEAST_RESPONDERS = 30
"""Users of a pair with something to count, below which its variance is no measure yet."""

MOST_SKEWNESS = 0.25
"""Of a difference. Of 1,000 null tests with 10 % in one variant, peeked 100 times, up to 15 % were rejected where any
skewness would do, and 3.2 % at most within this one: revenue, rare conversions, and such as nearly all make."""

NOTHING_YET = Past()
_MISMATCH = "users are not assigned in the expected shares: find out why before reading any difference"


@dataclass(frozen=True, slots=True)
class FixedHorizon:
    """The interval for one look at the planned number of users; before that, or at a second look, it promises nothing."""

    planned_users: float
    is_reached: bool
    low: float
    high: float
    p: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """A variant against the control with its evidence; `low` to `high` holds at every look at once.

    `values` are those of the variant and the control, `statistic` is the difference in standard errors. Once `higher`
    or `lower` was found at a look it stays, unless the assignment turns out unsound: `decided_at` is the number of
    users then, and `p` the smallest of all looks.
    """

    variant: str
    control: str
    state: State
    reason: str
    users: int
    alpha: float
    p: float = 1.0
    decided_at: int | None = None
    values: tuple[float, float] | None = None
    difference: Difference | None = None
    low: float | None = None
    high: float | None = None
    statistic: float | None = None
    fixed: FixedHorizon | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """All that an experiment says at one look; `past` is what to keep of it, and of those before, for the next."""

    balance: Balance
    comparisons: tuple[Comparison, ...]
    past: Past


def look_at(experiment: Experiment, sums: Mapping[str, UserSums], past: Past = NOTHING_YET) -> Look:
    """Compare every variant with the control; `past` is that of the last look, where there was one.

    A mismatch of the assignment, once found, makes every comparison invalid: who is in which variant depends on
    something, and it may be what is measured.

    Raises:
        ValueError: there are sums of a variant that the experiment does not have.
    """
    users = {name: each.users for name, each in sums.items()}
    balance = balance_of(users, experiment.expected, experiment.balance_alpha)
    balance = replace(balance, p=min(balance.p, past.balance_p))
    compared = [_after(past, _compared(experiment, name, sums)) for name in experiment.treatments]
    decided = {each.variant: Decision(each.state == "higher", each.decided_at) for each in compared if each.decided_at}
    kept = Past(past.looks + 1, balance.p, {each.variant: each.p for each in compared}, decided)
    if not balance.is_kept:
        compared = [replace(each, state="invalid", reason=_MISMATCH, decided_at=None) for each in compared]
    return Look(balance, tuple(compared), kept)


def _compared(experiment: Experiment, name: str, sums: Mapping[str, UserSums]) -> Comparison:
    variant, control = sums.get(name, UserSums()), sums.get(experiment.control, UserSums())
    found = estimate_of(variant), estimate_of(control)
    reason = _lacking(experiment.least_users, variant, control)
    if not reason and found[0] and found[1]:
        reason = _unfit(found[0], found[1])
        if not reason:
            return _judged(experiment, name, found[0], found[1])
    users = variant.users + control.users
    return Comparison(name, experiment.control, "insufficient", reason, users, experiment.alpha_each)


def _unfit(variant: Estimate, control: Estimate) -> str:
    if not variant.variance + control.variance:
        return "every user is like every other in what is counted"
    if skewness_of(variant, control) > MOST_SKEWNESS:
        return "a few users weigh too much for shares as uneven as these: it takes more users"
    return ""


def _lacking(least_users: int, variant: UserSums, control: UserSums) -> str:
    if min(variant.users, control.users) < least_users:
        return f"each variant needs {least_users:,} users"
    if min(variant.denominators, control.denominators) <= 0:
        return "a variant's denominators add up to 0"
    if variant.responders + control.responders < LEAST_RESPONDERS:
        return f"{LEAST_RESPONDERS} users with a numerator other than 0 are needed"
    return ""


def _judged(experiment: Experiment, name: str, variant: Estimate, control: Estimate) -> Comparison:
    difference, sequence = difference_of(variant, control), experiment.sequence(name)
    statistic = difference.value / difference.standard_error
    reach = sequence.errors(difference.users) * difference.standard_error
    is_decided = abs(difference.value) > reach
    return Comparison(
        variant=name,
        control=experiment.control,
        state=("higher" if difference.value > 0 else "lower") if is_decided else "undecided",
        reason="the interval leaves 0 out" if is_decided else "the interval holds 0",
        users=difference.users,
        alpha=sequence.alpha,
        p=sequence.p(statistic, difference.users),
        decided_at=difference.users if is_decided else None,
        values=(variant.value, control.value),
        difference=difference,
        low=difference.value - reach,
        high=difference.value + reach,
        statistic=statistic,
        fixed=_fixed(experiment.planned_of(name), difference, sequence.alpha),
    )


def _after(past: Past, compared: Comparison) -> Comparison:
    """Keep what an earlier look decided, and the smallest p."""
    compared = replace(compared, p=min(past.p.get(compared.variant, 1.0), compared.p))
    decided = past.decided.get(compared.variant)
    if decided is None:
        return compared
    state: State = "higher" if decided.is_higher else "lower"
    return replace(compared, state=state, reason="an earlier look left 0 out", decided_at=decided.users)


def _fixed(planned: float | None, difference: Difference, alpha: float) -> FixedHorizon | None:
    if planned is None:
        return None
    reach = fixed_errors(alpha) * difference.standard_error
    return FixedHorizon(
        planned_users=planned,
        is_reached=difference.users >= planned,
        low=difference.value - reach,
        high=difference.value + reach,
        p=fixed_p(difference.value / difference.standard_error),
    )
