"""A required field is missing and an unknown one is there: it may have another name now. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from assay.contracts import Field
from assay.recovery.proposals.candidate import Candidate, Finding
from assay.recovery.proposals.case import Case, Letter, Problem, accepting, field_at, name_of, parent_of, parts_of, said
from assay.recovery.proposals.casts import counterparts

__all__ = ["renames"]

ALIKE = 0.6
MAX_PAIRS = 5
"""Fields that are looked at for one that is missing, the most alike first."""


def renames(case: Case, problem: Problem) -> Iterator[Finding]:
    """Pair what is missing with what is unknown, in the same object of the same dead letters."""
    if problem.rule == "required":
        missing, others = [problem], _others(case, problem, "additionalProperties")
        pairs = [(problem, extra) for extra in others]
    elif problem.rule == "additionalProperties":
        missing = _others(case, problem, "required")
        pairs = [(lacking, problem) for lacking in missing]
    else:
        return
    pairs.sort(key=lambda pair: -_likeness(pair[0].path, pair[1].path))
    for lacking, extra in pairs[:MAX_PAIRS]:
        yield from _pair(case, lacking, extra)


def _others(case: Case, problem: Problem, rule: str) -> list[Problem]:
    """Problems of another rule in the same object, in at least half of the dead letters that have this one."""
    having, parent = case.having(problem), parent_of(problem.path)
    found = {
        each
        for letter in having
        for each in letter.problems
        if each.rule == rule and parent_of(each.path) == parent and parts_of(each.path)
    }
    return sorted(each for each in found if 2 * len(_both(having, each)) >= len(having))


def _pair(case: Case, lacking: Problem, extra: Problem) -> Iterator[Finding]:
    field = field_at(case.contract, lacking.path)
    if field is None:
        return
    letters = case.having(lacking)
    both = _both(letters, extra)
    values = Case(case.contract, both, case.may_show).values(extra)
    fits, exact = (sum(map(asked, values)) for asked in (accepting(field), counterparts(field)))
    if 2 * max(fits, exact) < max(1, len(values)):
        return
    old, new = said(extra.path), name_of(lacking.path)
    steps: tuple[Mapping[str, object], ...] = ({"rename": {old: new}},)
    if fits < exact:
        steps = (*steps, {"cast": {said(lacking.path): field.type}})
    likeness = _likeness(lacking.path, extra.path)
    yield Candidate(
        title=f"rename {old} to {said(lacking.path)}{' and cast it' if fits < exact else ''}",
        word=f"{new}_renamed",
        steps=steps,
        evidence=(
            f"{len(both):,} of {len(letters):,} dead letters without {lacking.path} have the unknown {extra.path}",
            _values_say(field, lacking.path, fits, exact, len(values)),
            _names_say(likeness),
        ),
        solves=frozenset({lacking, extra}),
        when=lacking,
        cost=1 + (2 - 2 * likeness) + (0.5 if fits < exact else 0),
    )


def _both(letters: Sequence[Letter], problem: Problem) -> list[Letter]:
    return [letter for letter in letters if problem in letter.problems]


def _values_say(field: Field, path: str, fits: int, exact: int, total: int) -> str:
    if fits >= exact:
        return f"{fits:,} of its {total:,} values keep what the contract asks of {path}"
    return f"{exact:,} of its {total:,} values have an exact counterpart of type {field.type}, as {path} asks"


def _names_say(likeness: float) -> str:
    if likeness == 1:
        return "the two names differ only in how they are written"
    return (
        "the two names are alike" if likeness >= ALIKE else "the two names are not alike: only the values speak for it"
    )


def _likeness(one: str, other: str) -> float:
    """How alike two names are, from 0 to 1; capitals and what joins words make no difference."""
    first, second = ("".join(filter(str.isalnum, name_of(path))).casefold() for path in (one, other))
    if not first or not second:
        return 0
    if first in second or second in first:
        return max(ALIKE, len(min(first, second, key=len)) / len(max(first, second, key=len)))
    return SequenceMatcher(None, first, second, autojunk=False).ratio()
