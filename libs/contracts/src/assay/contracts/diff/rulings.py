"""What a change of one value is: the judges that the table puts together."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from assay.contracts.diff.change import Bump, ChangeClass
from assay.contracts.diff.tree import Edit

__all__ = [
    "HARMLESS",
    "MEANING",
    "MORE",
    "REVIEW",
    "TIGHTER",
    "WEAKER",
    "WIRE",
    "Judge",
    "Ruling",
    "always",
    "at_least",
    "at_most",
    "exclusive",
    "limits",
    "ranked",
    "set_of",
    "when",
]


@dataclass(frozen=True, slots=True)
class Ruling:
    """The class of a change, what it says to a person, and a raise of the version above that of its class."""

    kind: ChangeClass
    says: str = ""
    least: Bump = Bump.NONE

    @property
    def bump(self) -> Bump:
        """The least raise of the version."""
        return max(self.kind.bump, self.least)

    def saying(self, says: str) -> Ruling:
        """The same with these words, if it has none of its own."""
        return Ruling(self.kind, self.says or says, self.least)


Judge = Callable[[Edit], Ruling]

WIRE = Ruling(ChangeClass.BREAKING_WIRE)
MEANING = Ruling(ChangeClass.BREAKING_MEANING)
WEAKER = Ruling(ChangeClass.PROMISE_WEAKENED)
TIGHTER = Ruling(ChangeClass.PRODUCER_TIGHTENING)
REVIEW = Ruling(ChangeClass.REVIEW)
HARMLESS = Ruling(ChangeClass.HARMLESS)
MORE = Ruling(ChangeClass.HARMLESS, least=Bump.MINOR)
"""Harmless, and something that was not there before."""


def always(ruling: Ruling) -> Judge:
    """The same whatever was done."""
    return lambda _edit: ruling


def when(*, added: Ruling, removed: Ruling, changed: Ruling) -> Judge:
    """By what was done."""

    def judge(edit: Edit) -> Ruling:
        return added if edit.is_added else removed if edit.is_removed else changed

    return judge


def ranked(*order: object, down: Ruling, up: Ruling) -> Judge:
    """By the place of both values in an order; what is not in it has to be looked at."""

    def judge(edit: Edit) -> Ruling:
        if edit.before not in order or edit.after not in order:
            return REVIEW
        was, now = order.index(edit.before), order.index(edit.after)
        return down if now < was else up if now > was else HARMLESS

    return judge


def at_least(*, raised: Ruling = TIGHTER, lowered: Ruling = WEAKER) -> Judge:
    """A lower limit; none is below every other."""
    return lambda edit: _compared(edit, -math.inf, lower=lowered, higher=raised)


def at_most(*, raised: Ruling = WEAKER, lowered: Ruling = TIGHTER) -> Judge:
    """An upper limit; none is above every other."""
    return lambda edit: _compared(edit, math.inf, lower=lowered, higher=raised)


def exclusive(*, on: Ruling, off: Ruling) -> Judge:
    """A switch that is off where it is absent."""
    return lambda edit: on if edit.after is True else off if edit.before is True else HARMLESS


def set_of(*, grown: Ruling, shrunk: Ruling, unlike: Ruling) -> Judge:
    """A list whose order says nothing; absent is empty."""

    def judge(edit: Edit) -> Ruling:
        was, now = _members(edit.before), _members(edit.after)
        if was == now:
            return HARMLESS
        return grown if was < now else shrunk if now < was else unlike

    return judge


def limits(edit: Edit) -> Ruling:
    """The threshold of a quality line: what keeps the promise of which also keeps the other."""
    was, now = _range(edit.before), _range(edit.after)
    if was is None or now is None:
        return WEAKER
    if _within(now, was):
        return HARMLESS if _within(was, now) else TIGHTER
    return WEAKER


def _compared(edit: Edit, absent: float, *, lower: Ruling, higher: Ruling) -> Ruling:
    was = absent if edit.before is None else edit.before
    now = absent if edit.after is None else edit.after
    if edit.before is None or edit.after is None:  # an infinity and a word can't be compared
        return higher if (edit.before is None) == (absent < 0) else lower
    try:
        return lower if now < was else higher if now > was else HARMLESS
    except TypeError:
        return WEAKER


def _members(value: Any) -> frozenset[str]:
    listed = value if isinstance(value, list) else [] if value is None else [value]
    return frozenset(json.dumps(each, sort_keys=True, default=str) for each in listed)


_Range = tuple[tuple[float, int], tuple[float, int]]
"""The lowest and the highest value that is allowed; 1 beside the lowest, or -1 beside the highest, leaves it out."""


def _range(written: Any) -> _Range | None:
    operators = json.loads(written) if isinstance(written, str) else {}
    if len(operators) != 1:
        return None
    name, limit = next(iter(operators.items()))
    numbers = limit if isinstance(limit, list) else [limit]
    if not numbers or any(isinstance(each, bool) or not isinstance(each, int | float) for each in numbers):
        return None
    low, high = numbers[0], numbers[-1]
    ranges: dict[str, _Range] = {
        "mustBe": ((low, 0), (low, 0)),
        "mustBeGreaterThan": ((low, 1), (math.inf, 0)),
        "mustBeGreaterOrEqualTo": ((low, 0), (math.inf, 0)),
        "mustBeLessThan": ((-math.inf, 0), (low, -1)),
        "mustBeLessOrEqualTo": ((-math.inf, 0), (low, 0)),
        "mustBeBetween": ((low, 0), (high, 0)),
    }
    return ranges.get(name)


def _within(inner: _Range, outer: _Range) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]
