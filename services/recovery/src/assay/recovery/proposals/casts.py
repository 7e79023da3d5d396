"""A value has another type than the contract says, and an exact counterpart of that type. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from assay.contracts import Field
from assay.contracts.casting import CastError, cast
from assay.recovery.proposals.candidate import Candidate, Finding
from assay.recovery.proposals.case import Case, Problem, accepting, field_at, name_of, said

__all__ = ["casts", "counterparts"]

KINDS = frozenset({"string", "integer", "number", "boolean", "timestamp"})
ANSWERS = (("yes", "no"), ("y", "n"), ("on", "off"), ("t", "f"), ("1", "0"))
"""Words that stand for true and false."""


def casts(case: Case, problem: Problem) -> Iterator[Finding]:
    """Give values the type of their field, where at least half of them have an exact counterpart."""
    field = field_at(case.contract, problem.path)
    if field is None or problem.rule not in ("type", "format") or not (values := case.values(problem)):
        return
    bare = [value.strip() if isinstance(value, str) else value for value in values]
    exact, trimmed = (sum(map(counterparts(field), some)) for some in (values, bare))
    place = said(problem.path)
    if 2 * trimmed >= len(values):
        steps = (
            ({"trim": [place]}, {"cast": {place: field.type}}) if trimmed > exact else ({"cast": {place: field.type}},)
        )
        yield Candidate(
            title=f"cast {place} to {field.type}{', without the white space around it' if trimmed > exact else ''}",
            word=f"{name_of(problem.path)}_to_{field.type}",
            steps=steps,
            evidence=(f"{trimmed:,} of {len(values):,} values have an exact counterpart of type {field.type}",),
            solves=frozenset({problem}),
            when=problem,
            cost=len(steps),
        )
    if field.type == "boolean" and case.may_show:
        yield from _answers(problem, bare)


def counterparts(field: Field) -> Callable[[object], bool]:
    """What says whether a value can be cast to the type of a field, and the contract allows what that gives."""
    is_accepted = accepting(field)

    def has_one(value: object) -> bool:
        try:
            return field.type in KINDS and is_accepted(cast(value, field.type))
        except CastError:
            return False

    return has_one


def _answers(problem: Problem, values: list[object]) -> Iterator[Finding]:
    """Words of which everybody knows which is true."""
    spelled = {str(value) for value in values}
    for yes, no in ANSWERS:
        if spelled and {word.casefold() for word in spelled} <= {yes, no}:
            place = said(problem.path)
            yield Candidate(
                title=f"map {yes} and {no} of {place} to true and false",
                word=f"{name_of(problem.path)}_to_boolean",
                steps=({"map": {place: {"values": {word: word.casefold() == yes for word in sorted(spelled)}}}},),
                evidence=(f"all {len(values):,} values are {yes} or {no}",),
                solves=frozenset({problem}),
                when=problem,
                cost=2,
            )
