"""What is missing and can only be one thing, and what is there and nobody knows. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from assay.recovery.proposals.candidate import Candidate, Finding
from assay.recovery.proposals.case import Case, Problem, field_at, name_of, said

__all__ = ["absences"]

COST_OF_LOSS = 5


def absences(case: Case, problem: Problem) -> Iterator[Finding]:
    """A default where the contract allows one value alone; null where it allows that; a drop of what is unknown."""
    field, place = field_at(case.contract, problem.path), said(problem.path)
    letters = len(case.having(problem))
    if problem.rule == "required" and field is not None and field.required and len(field.enum) == 1:
        yield Candidate(
            title=f"set {place} to the one value that the contract allows, where it is missing",
            word=f"{name_of(problem.path)}_default",
            steps=({"default": {place: field.enum[0]}},),
            evidence=(f"{letters:,} dead letters lack it, and no other value may stand there",),
            solves=frozenset({problem}),
            when=problem,
            cost=2,
        )
    elif problem.rule == "additionalProperties" and field is None:
        yield Candidate(
            title=f"drop {place}",
            word=f"drop_{name_of(problem.path)}",
            steps=({"drop": [place]},),
            evidence=(
                f"{letters:,} dead letters have it, and the contract does not know it",
                "what it holds is lost to readers; the dead letters keep it",
            ),
            solves=frozenset({problem}),
            when=problem,
            cost=COST_OF_LOSS,
            loses=True,
        )
    elif problem.rule not in ("required", "additionalProperties") and field is not None and not field.required:
        yield Candidate(
            title=f"set {place} to null",
            word=f"{name_of(problem.path)}_to_null",
            steps=({"set": {place: None}},),
            evidence=(
                f"{letters:,} dead letters have a value there that the contract does not allow; it may be null",
                "what it holds is lost to readers; the dead letters keep it",
            ),
            solves=frozenset({problem}),
            when=problem,
            cost=COST_OF_LOSS + 1,
            loses=True,
        )
