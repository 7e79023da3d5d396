"""How promises and contracts stand: kept, at risk, broken or unknown. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from assay.alerts.promises.burn import BurnRate, in_words
from assay.alerts.promises.hysteresis import Memory
from assay.contracts import Patience

__all__ = ["ENOUGH_RECORDS", "Status", "standing_of", "worst"]

ENOUGH_RECORDS = 100
"""Records from which on a burn rate is taken seriously, where the contract names no other number."""


class Status(StrEnum):
    """How a promise or a contract stands."""

    KEPT = "kept"
    AT_RISK = "at risk"
    BROKEN = "broken"
    UNKNOWN = "unknown"


_FROM_WORST = (Status.BROKEN, Status.AT_RISK, Status.UNKNOWN, Status.KEPT)


def standing_of(
    *, is_broken: bool, unknown: str, memory: Memory, patience: Patience, burns: Sequence[BurnRate]
) -> tuple[Status, str]:
    """Return how a promise stands, and why where that is not plain.

    A promise that is broken stays so while it can't be measured. It is at risk when it uses up what may go wrong faster
    than promised, or when half of the windows that it takes to fire are broken.

    Args:
        is_broken: there is a breach.
        unknown: why it can't be measured, empty where it can.
        memory: what hysteresis remembers after the newest window.
        patience: the promise's.
        burns: its burn rates.
    """
    if is_broken:
        return Status.BROKEN, unknown
    if unknown:
        return Status.UNKNOWN, unknown
    if patience.fires_after > 1 and 2 * _lately(memory, patience) >= patience.fires_after:
        return Status.AT_RISK, f"{_lately(memory, patience)} of {patience.fires_after} windows to a breach are broken"
    enough = patience.min_records or ENOUGH_RECORDS
    fast = [each for each in burns if each.rate >= 1 and each.records >= enough]
    if fast:
        most = max(fast, key=lambda each: each.rate)
        return Status.AT_RISK, f"over {in_words(most.over_s)} it burns {most.rate:.3g} times what is promised"
    return Status.KEPT, ""


def worst(statuses: Iterable[Status]) -> Status:
    """The status of a contract: that of its worst promise; unknown for a contract without promises."""
    found = set(statuses)
    return next((each for each in _FROM_WORST if each in found), Status.UNKNOWN)


def _lately(memory: Memory, patience: Patience) -> int:
    """Broken windows among those that the next one is looked at with."""
    return Memory(recent=memory.recent[-max(1, patience.out_of - 1) :]).broken
