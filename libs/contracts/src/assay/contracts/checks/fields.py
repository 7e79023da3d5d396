"""What a field may be: types, options and values that the judge can hold a record to."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from assay.contracts.checks.options import check_options, compiles
from assay.contracts.checks.parts import body_of, repeated
from assay.contracts.document import Document, Pointer
from assay.contracts.engine import validator
from assay.contracts.errors import Finding
from assay.contracts.model import Field
from assay.contracts.reading import pattern_lines, read_field, valid_lines
from assay.contracts.schema import field_schema
from assay.contracts.types import digits
from assay.contracts.words import listed

__all__ = ["check_fields"]

_TYPES = ("string", "integer", "number", "boolean", "date", "timestamp", "time", "object", "array", "map")
_OURS = ("event_ms", "late_ms")
_MAX_DEPTH = 16


def check_fields(document: Document) -> Iterator[Finding]:
    """Everything about a field that the judge could not hold a record to, or the lake could not store."""
    body, at = body_of(document), ("schema", 0)
    for index, each in enumerate(body["properties"]):
        if each["name"].startswith("_") or each["name"] in _OURS:
            here = (*at, "properties", index)
            yield document.finding(here, f"{each['name']!r} is a name that Assay adds to records; choose another")
    yield from _properties(document, body, at, 1)


def _properties(document: Document, body: dict[str, Any], at: Pointer, depth: int) -> Iterator[Finding]:
    properties = body.get("properties", [])
    folded = [{"name": each["name"].lower()} for each in properties]
    for index, _ in repeated(folded, "name"):
        name = properties[index]["name"]
        yield document.finding((*at, "properties", index), f"property {name!r} is here twice (case does not count)")
    for index, each in enumerate(properties):
        yield from _field(document, each, (*at, "properties", index), depth)


def _field(document: Document, field: dict[str, Any], at: Pointer, depth: int) -> Iterator[Finding]:
    name, kind = field.get("name", "items"), field.get("logicalType")
    if depth > _MAX_DEPTH:
        yield document.finding(at, f"{name!r} is more than {_MAX_DEPTH} levels deep; flatten the record")
        return
    if kind not in _TYPES:
        problem = f"has the logicalType {kind}, which cannot be judged" if kind else "has no logicalType"
        yield document.finding((*at, "logicalType"), f"{name!r} {problem}; write one of {listed(_TYPES)}")
        return
    plain = read_field(field)
    problems = list(check_options(document, plain, at))
    yield from problems
    yield from _patterns(document, field, plain, at)
    if field.get("unique") and not field.get("primaryKey"):  # of a key the newest record counts
        message = f"{name!r}: no record is held to `unique`, for that takes all the others; take it out"
        yield document.finding((*at, "unique"), message)
    yield from _properties(document, field, at, depth + 1)
    for part, inside in _inside(field).items():
        yield from _field(document, inside, (*at, *part), depth + 1)
    if kind == "map" and field["map"]["key"].get("logicalType") != "string":
        here = (*at, "map", "key", "logicalType")
        yield document.finding(here, f"{name!r}: the keys of a map are text; write `logicalType: string`")
    if not problems:
        yield from _enum(document, field, plain, at)


def _patterns(document: Document, field: dict[str, Any], plain: Field, at: Pointer) -> Iterator[Finding]:
    """A pattern in a quality line is that of the field: a string has one."""
    for index, pattern in pattern_lines(field):
        here = (*at, "quality", index, "arguments", "pattern")
        if plain.type != "string":
            message = f"a pattern is for text, not for {_an(plain.type)}; list its validValues, or write a rule"
            yield document.finding(here, f"{plain.name!r}: {message}")
        elif pattern != plain.options["pattern"]:
            yield document.finding(here, f"{plain.name!r} has another pattern already; keep one, or write a rule")


def _an(kind: str) -> str:
    return f"{'an' if kind[0] in 'aio' else 'a'} {kind}"


def _inside(field: dict[str, Any]) -> dict[Pointer, dict[str, Any]]:
    """The items of an array, or the key and the value of a map, by their place."""
    parts: dict[Pointer, dict[str, Any]] = {("map", part): each for part, each in field.get("map", {}).items()}
    return parts | ({("items",): field["items"]} if "items" in field else {})


def _enum(document: Document, field: dict[str, Any], plain: Field, at: Pointer) -> Iterator[Finding]:
    schema = field_schema(dataclasses.replace(plain, enum=(), required=True))
    if not compiles(schema) or not list(_listed_values(field)):
        return
    if not plain.enum:
        yield document.finding(at, f"{plain.name!r}: its enum and its quality lines have no value in common; join them")
    if digits(plain):
        message = f"{plain.name!r}: a decimal has more than one spelling; list its values in a rule, not in an enum"
        yield document.finding((*at, "enum"), message)
        return
    judge = validator(schema)
    for place, value in _listed_values(field):
        if not judge.is_valid(value):
            message = f"{value!r} is not {_an(plain.type)} that {plain.name!r} may have; quote it or take it out"
            yield document.finding((*at, *place), message)


def _listed_values(field: dict[str, Any]) -> Iterator[tuple[Pointer, Any]]:
    """Every value that a record may have, with its place: in the enum, and in quality lines that no record may break."""
    for index, each in enumerate(field.get("enum", [])):
        yield ("enum", index, "value"), each["value"]
    for index, values in valid_lines(field):
        for place, value in enumerate(values):
            yield ("quality", index, "arguments", "validValues", place), value
