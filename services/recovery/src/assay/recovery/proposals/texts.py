"""Text that differs from what the contract allows in white space or capitals only. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from assay.recovery.proposals.candidate import Candidate, Finding
from assay.recovery.proposals.case import Case, Problem, accepting, field_at, name_of, said

__all__ = ["texts"]

RULES = frozenset({"enum", "pattern", "format", "maxLength", "minLength"})
WAYS: tuple[tuple[str, tuple[str, ...], Callable[[str], str]], ...] = (
    ("without the white space around it", ("trim",), str.strip),
    ("in capitals", ("upper",), str.upper),
    ("in small letters", ("lower",), str.lower),
    ("in capitals, without the white space around it", ("trim", "upper"), lambda text: text.strip().upper()),
    ("in small letters, without the white space around it", ("trim", "lower"), lambda text: text.strip().lower()),
)


def texts(case: Case, problem: Problem) -> Iterator[Finding]:
    """Write text in the first way in which the contract allows at least half of the values, and more than before."""
    field = field_at(case.contract, problem.path)
    if field is None or problem.rule not in RULES or not (values := case.texts(problem)):
        return
    is_accepted, place = accepting(field), said(problem.path)
    best = 0
    for name, words, way in WAYS:
        allowed = sum(is_accepted(way(value)) for value in values)
        if allowed <= best or 2 * allowed < len(values):
            continue
        best = allowed
        yield Candidate(
            title=f"write {place} {name}",
            word=f"{name_of(problem.path)}_{'_'.join(words)}",
            steps=tuple({"trim": [place]} if word == "trim" else {"case": {place: word}} for word in words),
            evidence=(f"the contract allows {allowed:,} of {len(values):,} values {name}",),
            solves=frozenset({problem}),
            when=problem,
            cost=len(words),
        )
