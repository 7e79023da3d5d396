"""Whether users come to the variants in the shares that were set: the first thing to know of an experiment.

A sequential test of multinomial counts (Lindon and Malek, "Anytime-valid inference for multinomial count data", 2022):
the likelihood under shares drawn around the expected ones, over that under the expected ones. It is a martingale under
these, so it ever reaches 1 / alpha with a probability of at most alpha, at any number of looks and any number of users.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Balance", "balance_of", "log_evidence", "shares_of"]

CONCENTRATIONS = (10.0, 100.0, 1_000.0, 10_000.0)
"""How closely the drawn shares lie to the expected ones: from 16 points of a percentage off an even split to half a
point. The mean over them finds gross mismatches early and small ones late."""


@dataclass(frozen=True, slots=True)
class Balance:
    """The users of each variant against the expected shares; `statistic` is the log of the evidence for a mismatch."""

    users: Mapping[str, int]
    expected: Mapping[str, float]
    statistic: float
    p: float
    alpha: float

    @property
    def is_kept(self) -> bool:
        """Whether the counts may have come from the expected shares."""
        return self.p > self.alpha


def shares_of(weights: Mapping[str, float]) -> dict[str, float]:
    """Return the weights of variants as shares of 1.

    Raises:
        ValueError: there are fewer than two, or one is not above 0.
    """
    if len(weights) < 2:
        raise ValueError("an experiment compares two variants at least")
    for name, weight in weights.items():
        if not 0 < weight < math.inf:
            raise ValueError(f"the share of variant {name!r} must be a number above 0, not {weight:g}")
    whole = math.fsum(weights.values())
    return {name: weight / whole for name, weight in weights.items()}


def balance_of(users: Mapping[str, int], expected: Mapping[str, float], alpha: float) -> Balance:
    """Hold the counts of users to the expected shares; a variant without a count has none.

    Raises:
        ValueError: a count is of a variant that no share is expected of, or the shares are none.
    """
    shares = shares_of(expected)
    if unknown := sorted(set(users) - set(shares)):
        raise ValueError(f"variant {unknown[0]!r} has users but no expected share")
    counts = {name: users.get(name, 0) for name in shares}
    logs = [log_evidence(counts, shares, each) for each in CONCENTRATIONS]
    most = max(logs)
    statistic = most + math.log(math.fsum(math.exp(each - most) for each in logs) / len(logs))
    return Balance(counts, shares, statistic, math.exp(min(-statistic, 0.0)), alpha)


def log_evidence(users: Mapping[str, int], shares: Mapping[str, float], concentration: float) -> float:
    """Return the log of the Dirichlet-multinomial likelihood of the counts over their multinomial one."""
    total = sum(users.values())
    log = math.lgamma(concentration) - math.lgamma(concentration + total)
    for name, share in shares.items():
        prior, count = concentration * share, users[name]
        log += math.lgamma(prior + count) - math.lgamma(prior) - count * math.log(share)
    return log
