"""An Avro type as one self-contained schema, which other readers of Avro take."""

from __future__ import annotations

from typing import Any

from assay.contracts.compatibility.avro.types import ABSENT, AvroField, AvroType

__all__ = ["spelled"]


def spelled(of: AvroType, told: set[str] | None = None) -> Any:
    """The schema of a type, every named type defined where it is met first; logical types are left out."""
    known = set() if told is None else told
    match of.kind:
        case "union":
            return [spelled(each, known) for each in of.branches]
        case "array" if of.items:
            return {"type": "array", "items": spelled(of.items, known)}
        case "map" if of.items:
            return {"type": "map", "values": spelled(of.items, known)}
    return _named(of, known) if of.name else of.kind


def _named(of: AvroType, known: set[str]) -> Any:
    if of.name in known:
        return of.name
    known.add(of.name)
    schema: dict[str, Any] = {"type": of.kind, "name": of.name, "namespace": "", "aliases": list(of.aliases)}
    match of.kind:
        case "record":
            schema["fields"] = [_field(each, known) for each in of.fields]
        case "fixed":
            schema["size"] = of.size
        case "enum":
            schema["symbols"] = list(of.symbols)
            if of.default is not ABSENT:
                schema["default"] = of.default
    return schema


def _field(of: AvroField, known: set[str]) -> dict[str, Any]:
    schema = {"name": of.name, "aliases": list(of.aliases), "type": spelled(of.type, known)}
    return schema | {"default": of.default} if of.has_default else schema
