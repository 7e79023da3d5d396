"""What a day says of a promise: nothing new, broken, or kept again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from assay.contracts import Counts, Promise, measure
from assay.warehouse.checks import Tally

__all__ = ["Evaluation", "Standing", "evaluate", "standing"]


class Standing(StrEnum):
    """What people are told of a promise after a day."""

    QUIET = "quiet"
    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a promise came to on a day; `kept` is None where there was nothing to hold it to."""

    promise: Promise
    tally: Tally
    value: float
    kept: bool | None
    words: str


def evaluate(promise: Promise, tally: Tally) -> Evaluation:
    """Hold a day's count to a promise.

    A day without records says nothing of what its records hold: it neither breaks such a promise nor counts as a day
    on which it was kept. A promise about how many there are is held to 0.
    """
    measured = measure(promise, Counts(rows=tally.rows, failing={promise.id: tally.failing}))
    return Evaluation(promise, tally, measured.value, measured.kept, measured.words)


def standing(kept: bool | None, *, broken_before: bool, observed: bool = False) -> Standing:
    """Answer what a day means; `broken_before` says that the day held last, or an earlier look at this one, broke it.

    A promise of a contract that is `observed` calls nobody, but what fired before is told when it is kept again.
    """
    if kept is None or (observed and not kept):
        return Standing.QUIET
    if not kept:
        return Standing.FIRING
    return Standing.RESOLVED if broken_before else Standing.QUIET
