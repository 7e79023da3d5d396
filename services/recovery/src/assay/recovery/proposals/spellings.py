"""Dates, times and numbers that are written in another way: one way fits all of them, or none is proposed. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from assay.contracts import Contract
from assay.contracts.moments import FormatError, moment, moment_of
from assay.contracts.types import type_of
from assay.recovery.proposals.candidate import Candidate, Doubt, Finding
from assay.recovery.proposals.case import Case, Problem, field_at, name_of, said
from assay.recovery.proposals.numerals import NUMERALS, PLAIN

__all__ = ["spellings"]

DAYS = (
    "yyyy-MM-dd", "yyyy/MM/dd", "yyyy.MM.dd", "yyyyMMdd", "dd.MM.yyyy", "dd/MM/yyyy", "MM/dd/yyyy", "dd-MM-yyyy",
    "MM-dd-yyyy", "ddMMyyyy",
)  # fmt: skip
CLOCKS = ("HH:mm:ss", "HH:mm", "HHmmss", "HH:mm:ss.SSS", "HH:mm:ss.SSSSSS", "HH.mm.ss")
OFFSETS = ("XXX", "Z")
NANOSECONDS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
COUNT = re.compile("[0-9]{1,20}")
PLAUSIBLE = range(946_684_800 * 10**9, 4_102_444_800 * 10**9)
"""From the year 2000 to 2100, in nanoseconds: no two units of time put the same number there."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way to write values: what a step says of it, how people call it, and what each value means then."""

    said: Mapping[str, object]
    name: str
    meanings: tuple[object, ...]


def spellings(case: Case, problem: Problem) -> Iterator[Finding]:
    """Read values in the one way in which all of them are written."""
    field = field_at(case.contract, problem.path)
    if field is None or problem.rule not in ("type", "format", "pattern"):
        return
    values, agree = case.values(problem), False
    if field.type in ("integer", "number"):
        found = _numerals(case.texts(problem))
        agree = len({each.meanings for each in found}) == 1  # a sign that is in none of them makes no difference
    elif moment_of(field) is not None:
        kind = type_of(field).name
        found = [*_moments(case.texts(problem), kind, case.contract), *_epochs(values, kind)]
    else:
        return
    if len(found) > 1 and not agree:
        names = " or ".join(each.name for each in found[:3])
        yield Doubt(f"the values of {problem.path} may be {names}: nothing in them says which")
    elif found:
        yield _candidate(problem, found[0], len(values))


def _candidate(problem: Problem, spelling: Spelling, count: int) -> Candidate:
    place = said(problem.path)
    return Candidate(
        title=f"read {place} as {spelling.name}",
        word=f"{name_of(problem.path)}_read",
        steps=({"parse": {place: dict(spelling.said)}},),
        evidence=(f"all {count:,} values are written as {spelling.name}, and in no other way that is known",),
        solves=frozenset({problem}),
        when=problem,
        cost=2,
    )


def _moments(texts: Sequence[str], kind: str, contract: Contract) -> list[Spelling]:
    """The ways to write days and times in which all texts are written."""
    found = [
        Spelling({"format": form}, f"text like {form}", meanings)
        for form in _forms(kind)
        if (meanings := _read(kind, form, texts)) is not None
    ]
    if not found and kind == "timestamp":
        for form in _forms("local timestamp"):
            if (meanings := _read("local timestamp", form, texts)) is not None:
                zone = contract.timezone
                said_of = {"format": form, "timezone": zone}
                found.append(Spelling(said_of, f"text like {form} in {zone}, the time zone of the contract", meanings))
    return found


def _forms(kind: str) -> Iterator[str]:
    if kind == "date":
        yield from DAYS
    elif kind == "time":
        yield from CLOCKS
    else:
        for day in DAYS:
            for between in (" ", "'T'"):
                for clock in CLOCKS:
                    yield from (
                        [f"{day}{between}{clock}"]
                        if kind == "local timestamp"
                        else [f"{day}{between}{clock}{offset}" for offset in OFFSETS]
                    )


def _read(kind: str, form: str, texts: Sequence[str]) -> tuple[object, ...] | None:
    """What texts mean in a form; None where one of them is not written so."""
    if not texts:
        return None
    try:
        written = moment(kind, form)
    except FormatError:
        return None
    meanings = []
    for text in texts:
        if (meaning := written.read(text)) is None:
            return None
        meanings.append(meaning)
    return tuple(meanings)


def _epochs(values: Sequence[object], kind: str) -> list[Spelling]:
    """The units of time since 1970 in which all values are between the years 2000 and 2100."""
    if kind not in ("timestamp", "local timestamp", "date") or not values:
        return []
    whole = [int(value) if isinstance(value, str) and COUNT.fullmatch(value) else value for value in values]
    numbers = [value for value in whole if isinstance(value, int) and not isinstance(value, bool)]
    if len(numbers) < len(values):
        return []
    return [
        Spelling({"epoch": unit}, f"a count of {unit} since 1970", tuple(value * size for value in numbers))
        for unit, size in NANOSECONDS.items()
        if all(value * size in PLAUSIBLE for value in numbers)
    ]


def _numerals(texts: Sequence[str]) -> list[Spelling]:
    """The ways to write numbers in which all texts are written, other than JSON's own."""
    found: list[Spelling] = []
    if not texts or all(PLAIN.read(text) is not None for text in texts):
        return found
    for numeral in NUMERALS:
        meanings = [numeral.read(text) for text in texts]
        if None not in meanings:
            found.append(Spelling(numeral.said, numeral.name, tuple(meanings)))
    return found
