"""A failure as proposals look at it: its dead letters as values, and what is wrong with each. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from assay.contracts import Contract, Field
from assay.contracts.engine import validator
from assay.contracts.schema import field_schema

__all__ = ["Case", "Letter", "Problem", "accepting", "field_at", "name_of", "parent_of", "parts_of", "said"]

EVERY = "*"
MAX_VALUES = 5_000
"""Values of one place that are looked at: an array may have many."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One way in which dead letters break their contract: where, with `*` for the places of an array, and which rule."""

    path: str
    rule: str


@dataclass(frozen=True, slots=True)
class Letter:
    """The row of one dead letter, and what is wrong with it."""

    row: Mapping[str, object]
    problems: frozenset[Problem]


@dataclass(frozen=True, slots=True)
class Case:
    """The dead letters of one failure that could be read; `may_show` is false where some of them are sealed."""

    contract: Contract
    letters: Sequence[Letter]
    may_show: bool

    def having(self, problem: Problem) -> list[Letter]:
        """The dead letters that have this problem."""
        return [letter for letter in self.letters if problem in letter.problems]

    def values(self, problem: Problem) -> list[object]:
        """What stands at the place of a problem, in those that have it; nothing of what is null."""
        parts, found = parts_of(problem.path), list[object]()
        for letter in self.having(problem):
            found.extend(value for value in _at(letter.row, parts) if value is not None)
            if len(found) >= MAX_VALUES:
                break
        return found

    def texts(self, problem: Problem) -> list[str]:
        """The same where it is all text; nothing where something else is among it."""
        values = self.values(problem)
        return [value for value in values if isinstance(value, str)] if all(isinstance(v, str) for v in values) else []


def parts_of(path: str) -> tuple[str, ...]:
    """The parts of a JSON Pointer."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:])


def said(path: str) -> str:
    """A place as a step names it: a field by its name, what is deeper or has no name by its pointer."""
    parts = parts_of(path)
    return parts[0] if len(parts) == 1 and parts[0] and not parts[0].startswith("/") else path


def name_of(path: str) -> str:
    """The last part of a place that is a name."""
    return next((part for part in reversed(parts_of(path)) if part != EVERY), EVERY)


def parent_of(path: str) -> str:
    """The place that holds a place."""
    return path.rpartition("/")[0]


def field_at(contract: Contract, path: str) -> Field | None:
    """The field of the contract at a place."""
    fields, found = contract.fields, None
    for part in parts_of(path):
        if found is not None and found.type == "array":
            found = found.items
        elif found is not None and found.values is not None:
            found = found.values
        else:
            found = next((each for each in fields if each.name == part), None)
        if found is None:
            return None
        fields = found.properties
    return found


def accepting(field: Field) -> Callable[[object], bool]:
    """What says whether the contract allows a value in a field; where nothing may be, null is no value."""
    engine = validator(field_schema(replace(field, required=True)))
    return lambda value: bool(engine.is_valid(value))


def _at(value: object, parts: Sequence[str]) -> Iterator[object]:
    """Whatever stands at a place, with `*` for every place of an array and every key of a map."""
    if not parts:
        yield value
        return
    first, *rest = parts
    if isinstance(value, Mapping) and first in value:
        yield from _at(value[first], rest)
    elif first == EVERY and isinstance(value, list | Mapping):
        for each in value if isinstance(value, list) else value.values():
            yield from _at(each, rest)
