"""The check of a new schema against the versions before it: the one function that a registry needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from assay.contracts.compatibility.findings import Break, Outcome, Warned
from assay.contracts.compatibility.kinds import JUDGES, KindJudge, Policy, SchemaText
from assay.contracts.compatibility.modes import Direction, Mode
from assay.contracts.compatibility.pairs import Budget, BudgetSpentError

__all__ = ["BUDGET", "Comparison", "Compatibility", "check"]

T = TypeVar("T")

BUDGET = 40_000
"""Pairs that a check may compare for each version, about two seconds of work at most; 500 fields take some 1,000."""

_SHOWN = 8
"""Breaks of a comparison that get a document: each one is a schema compiled or a record written and read."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The new schema and one version before it, in one direction; `version` is the place in what was given."""

    version: int
    direction: Direction
    outcome: Outcome
    breaks: tuple[Break, ...] = ()
    warned: tuple[Warned, ...] = ()


@dataclass(frozen=True, slots=True)
class Compatibility:
    """What a check came to."""

    comparisons: tuple[Comparison, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """Incompatible if any comparison is, else undecided if any is, else compatible."""
        outcomes = {each.outcome for each in self.comparisons}
        worst = (Outcome.INCOMPATIBLE, Outcome.UNDECIDED)
        return next((each for each in worst if each in outcomes), Outcome.COMPATIBLE)

    @property
    def is_compatible(self) -> bool:
        """Whether compatibility was proved, by the rules, for every version that counts."""
        return self.outcome is Outcome.COMPATIBLE

    @property
    def breaks(self) -> tuple[Break, ...]:
        """All that breaks, version by version."""
        return tuple(found for each in self.comparisons for found in each.breaks)


def check(
    new: SchemaText,
    before: Sequence[SchemaText],
    mode: Mode,
    *,
    policy: Policy = Policy.STRICT,
    budget: int = BUDGET,
) -> Compatibility:
    """Compare a new schema with the versions before it, oldest first, as far as the mode asks for it.

    Ends within the budget, whatever the schemas are; a version that can't be judged in it is undecided.

    Raises:
        SchemaError: the new schema, or a version that it is compared with, is none.
    """
    directions = mode.directions
    judge = JUDGES[new.kind](policy)
    parsed = judge.parse(new, strict=True)
    first = 0 if mode.is_transitive else max(len(before) - 1, 0)
    found: list[Comparison] = []
    for place in reversed(range(first if directions else len(before), len(before))):
        old = before[place]
        if old.kind is not new.kind:
            found += (_changed_kind(place, direction, new, old) for direction in directions)
            continue
        other = judge.parse(old, strict=False)
        found += (_judged(judge, (parsed, other), (place, direction), budget) for direction in directions)
    return Compatibility(tuple(found))


def _judged(judge: KindJudge[T], versions: tuple[T, T], of: tuple[int, Direction], units: int) -> Comparison:
    """The new version, which comes first, and an old one in a direction."""
    new, old = versions
    if of[1] is Direction.FORWARD:
        return _compared(judge, (old, new), of, units)
    if breaks := judge.succession(new, old):
        return Comparison(*of, Outcome.INCOMPATIBLE, breaks)
    return _compared(judge, versions, of, units)


def _compared(judge: KindJudge[T], pair: tuple[T, T], of: tuple[int, Direction], units: int) -> Comparison:
    reader, writer = pair
    try:
        breaks, warned = judge.compare(reader, writer, Budget(units))
    except BudgetSpentError:
        return Comparison(*of, Outcome.UNDECIDED)
    outcome = Outcome.INCOMPATIBLE if breaks else Outcome.COMPATIBLE
    return Comparison(*of, outcome, tuple(_shown(judge, breaks, reader, writer)), warned)


def _changed_kind(place: int, direction: Direction, new: SchemaText, old: SchemaText) -> Comparison:
    message = f"the version before is {old.kind}, the new one {new.kind}"
    found = Break("", "schema-type-changed", message, "the same kind of schema, or a new subject")
    return Comparison(place, direction, Outcome.INCOMPATIBLE, (found,))


def _shown(judge: KindJudge[T], breaks: tuple[Break, ...], reader: T, writer: T) -> Iterator[Break]:
    """The breaks with a document each, for the first of those that one can be built for."""
    left = _SHOWN
    for each in breaks:
        document = each.document
        if each.sample and left:
            left -= 1
            document = judge.document(each.sample, reader, writer)
        yield replace(each, document=document, sample=None)
