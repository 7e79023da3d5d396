"""Which places of a record a step may name: those of the contract, and what the flow itself takes away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from assay.contracts.checks.scope import Scope
from assay.contracts.model import Field
from assay.contracts.recovery.fields import field_at
from assay.contracts.recovery.pointers import Pointer, parse, text
from assay.contracts.words import did_you_mean

__all__ = ["Places", "listed", "temporary_places", "unknown_place", "unknown_places"]

Places = frozenset[Pointer]

_TAKEN = ("rename", "move", "copy", "drop", "split")
"""Steps whose places may be of the record alone: what a producer has called otherwise."""

_TAKING = ("remove", "move", "copy")
"""Operations of a patch of which the same holds."""


def temporary_places(flow: Mapping[str, Any]) -> Places:
    """Places that some step of the flow takes away or reads, and that need not be of the contract."""
    found: set[Pointer] = set()
    for step in flow["steps"]:
        for word in _TAKEN:
            found.update(map(parse, step.get(word, ())))
        found.update(parse(name) for each in step.get("merge", {}).values() for name in each["of"])
        found.update(parse(each.get("from") or each["path"]) for each in step.get("patch", ()) if each["op"] in _TAKING)
    return frozenset(found)


def unknown_place(pointer: Pointer, scope: Scope, passing: Places = frozenset()) -> str:
    """What is wrong with a place that is to be of the contract; nothing if it is there."""
    if not pointer or pointer in passing or field_at(scope.fields, pointer) is not None:
        return ""
    first, *_ = pointer
    if first not in scope.names:
        is_free = not scope.is_closed or any(each[:1] == (first,) for each in passing)
        return "" if is_free else f"{first!r} is not a property{did_you_mean(first, scope.names)}"
    for length in range(1, len(pointer)):
        field = field_at(scope.fields, pointer[:length])
        if field is not None and field_at(scope.fields, pointer[: length + 1]) is None and not _is_open(field, scope):
            hint = did_you_mean(pointer[length], [each.name for each in field.properties])
            return f"there is no {pointer[length]!r} inside {text(pointer[:length])}{hint}"
    return ""


def _is_open(field: Field, scope: Scope) -> bool:
    is_any = field.type in ("object", "array") and not field.properties and not field.items
    return is_any or not scope.is_closed


def unknown_places(word: str, said: Any, scope: Scope, passing: Places) -> Iterator[tuple[Any, str]]:
    """The places of a step that are to be of the contract, and are not."""
    for key, name in _places(word, said):
        if message := unknown_place(parse(name), scope, passing):
            yield key, message


def _places(word: str, said: Any) -> Iterator[tuple[Any, str]]:
    match word:
        case "set" | "default" | "cast" | "parse" | "case" | "map" | "evaluate" | "merge":
            yield from ((name, name) for name in said)
        case "trim":
            yield from enumerate(said)
        case "copy" | "move":
            yield from said.items()
        case "rename":
            yield from ((source, _renamed(source, name)) for source, name in said.items())
        case "split":
            for name, each in said.items():
                yield from ((name, target) for target in listed(each["into"]))


def _renamed(source: str, name: str) -> str:
    around = parse(source)[:-1]
    return name if not around else "".join(f"/{part}" for part in (*around, name))


def listed(names: str | list[str]) -> list[str]:
    """The names, of which one may stand alone."""
    return [names] if isinstance(names, str) else names
