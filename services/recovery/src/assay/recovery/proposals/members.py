"""Values that are none of those that a field may have: a slip of the pen, or a new one. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from assay.contracts import Contract, Field
from assay.recovery.proposals.candidate import Amendment, Candidate, Finding
from assay.recovery.proposals.case import Case, Problem, field_at, name_of, parts_of, said

__all__ = ["distance", "members"]

MAX_VALUES = 50
"""Different values beyond which nobody would go through them one by one."""

MAX_LENGTH = 64
MAX_NEW = 5
SEEN = 2
"""How often a value is seen before it may be a new one."""


def members(case: Case, problem: Problem) -> Iterator[Finding]:
    """Map values to the one member that each is near to; offer what is near to none as a new member.

    Both show values: of sealed dead letters nothing is proposed.
    """
    field = field_at(case.contract, problem.path)
    if field is None or problem.rule != "enum" or not case.may_show:
        return
    counts = Counter(case.texts(problem))
    allowed = [member for member in field.enum if isinstance(member, str)]
    if not counts or len(counts) > MAX_VALUES or max(map(len, (*counts, *allowed))) > MAX_LENGTH:
        return
    near = {value: member for value in sorted(counts) if (member := _nearest(value, allowed)) is not None}
    if near:
        yield _map(problem, near, counts)
    new = [value for value, seen in counts.most_common() if value not in near and seen >= SEEN]
    if 0 < len(new) <= MAX_NEW:
        yield _amendment(case.contract, problem, field, new, counts)


def _map(problem: Problem, near: dict[str, str], counts: Counter[str]) -> Candidate:
    place, mapped = said(problem.path), sum(counts[value] for value in near)
    return Candidate(
        title=f"map {len(near)} values of {place} to the member that each is near to",
        word=f"{name_of(problem.path)}_members",
        steps=({"map": {place: {"values": near}}},),
        evidence=(
            f"{mapped:,} of {counts.total():,} values differ in a letter or two from one member, and from no other",
            *(f"{json.dumps(value)} ({counts[value]:,} times) is near to {json.dumps(near[value])}" for value in near),
        ),
        solves=frozenset({problem}),
        when=problem,
        cost=3,
    )


def _amendment(
    contract: Contract, problem: Problem, field: Field, new: Sequence[str], counts: Counter[str]
) -> Amendment:
    told = ", ".join(json.dumps(value) for value in new)
    return Amendment(
        title=f"no flow: allow {told} in {problem.path}, a change of the contract",
        evidence=(
            *(f"{json.dumps(value)} came {counts[value]:,} times, and is near to no member" for value in new),
            f"in the contract, under the values of {problem.path}: {'; '.join(f'- value: {json.dumps(v)}' for v in new)}",
            "once that version is in force, replay the failure as it is",
        ),
        contract=_amended(contract, parts_of(problem.path), (*field.enum, *new)),
        cost=4,
    )


def _amended(contract: Contract, parts: Sequence[str], values: Sequence[object]) -> Contract:
    return replace(contract, fields=_fields(contract.fields, parts, values))


def _fields(fields: Sequence[Field], parts: Sequence[str], values: Sequence[object]) -> tuple[Field, ...]:
    return tuple(_field(each, parts[1:], values) if each.name == parts[0] else each for each in fields)


def _field(field: Field, parts: Sequence[str], values: Sequence[object]) -> Field:
    if not parts:
        return replace(field, enum=tuple(values))  # type: ignore[arg-type]  # members and texts are scalars
    if field.items is not None:
        return replace(field, items=_field(field.items, parts[1:], values))
    if field.values is not None:
        return replace(field, values=_field(field.values, parts[1:], values))
    return replace(field, properties=_fields(field.properties, parts, values))


def _nearest(value: str, allowed: Sequence[str]) -> str | None:
    """The one member that a value is near to: one letter away, two where it is long; None where there are others."""
    bare = _bare(value)
    same = [member for member in allowed if _bare(member) == bare]
    if len(same) == 1:
        return same[0]
    most = 1 if len(bare) < 6 else 2
    near = [member for member in allowed if distance(bare, _bare(member), most) <= most]
    return near[0] if len(near) == 1 and len(bare) > 2 else None


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def distance(one: str, other: str, most: int) -> int:
    """How many letters must be changed, added or taken away to make one of the other; `most` + 1 for more than `most`."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, 1):
        above, row[0] = row[0], place
        for spot, wanted in enumerate(other, 1):
            above, row[spot] = row[spot], min(row[spot] + 1, row[spot - 1] + 1, above + (letter != wanted))
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)
