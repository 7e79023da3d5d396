"""Which places of a record a step may name: those of the contract, and what the flow itself takes away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from assay.contracts.checks.scope import Scope
from assay.contracts.model import Field
from assay.contracts.recovery.fields import field_at
from assay.contracts.recovery.pointers import Pointer, parse
from assay.contracts.words import did_you_mean

__all__ = ["Names", "listed", "temporary_names", "unknown_place", "unknown_places"]

Names = frozenset[str]

_TAKEN = ("rename", "move", "copy", "drop")
"""Steps whose places may be of the record alone: what a producer has called otherwise."""


def temporary_names(flow: Mapping[str, Any]) -> Names:
    """Top-level names that some step of the flow takes away or reads, and that need not be of the contract."""
    found: set[str] = set()
    for step in flow["steps"]:
        for word in _TAKEN:
            found.update(parse(name)[0] for name in step.get(word, ()) if parse(name))
        found.update(parse(name)[0] for name in step.get("split", ()))
        found.update(parse(name)[0] for each in step.get("merge", {}).values() for name in each["of"])
        found.update(parse(each.get("from") or each["path"])[0] for each in step.get("patch", ()) if _takes(each))
    return frozenset(found)


def unknown_place(pointer: Pointer, scope: Scope, passing: Names = frozenset()) -> str:
    """What is wrong with a place that is to be of the contract; nothing if it is there."""
    if not pointer or pointer[0] in passing or field_at(scope.fields, pointer) is not None:
        return ""
    if pointer[0] not in scope.names:
        return f"{pointer[0]!r} is not a property{did_you_mean(pointer[0], scope.names)}" if scope.is_closed else ""
    for length in range(1, len(pointer)):
        field = field_at(scope.fields, pointer[:length])
        if field is not None and field_at(scope.fields, pointer[: length + 1]) is None and not _is_open(field, scope):
            names = [each.name for each in field.properties]
            return f"{pointer[length]!r} is nothing inside {field.name!r}{did_you_mean(pointer[length], names)}"
    return ""


def _is_open(field: Field, scope: Scope) -> bool:
    is_any = field.type in ("object", "array") and not field.properties and not field.items
    return is_any or not scope.is_closed


def _takes(operation: Mapping[str, Any]) -> bool:
    return operation["op"] in ("remove", "move", "copy") and bool(parse(operation.get("from") or operation["path"]))


def unknown_places(word: str, said: Any, scope: Scope, passing: Names) -> Iterator[tuple[Any, str]]:
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
    *around, _ = parse(source)
    return name if not around else "".join(f"/{part}" for part in (*around, name))


def listed(names: str | list[str]) -> list[str]:
    """The names, of which one may stand alone."""
    return [names] if isinstance(names, str) else names
