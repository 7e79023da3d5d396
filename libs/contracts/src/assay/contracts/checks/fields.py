"""What a field may be: types, options and values that the judge can hold a record to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema_rs

from assay.contracts.checks.parts import body_of, repeated
from assay.contracts.document import Document, Pointer
from assay.contracts.engine import validator
from assay.contracts.errors import Finding
from assay.contracts.reading import read_field
from assay.contracts.schema import INTEGER_BOUNDS, STRING_FORMATS, field_schema
from assay.contracts.words import did_you_mean, listed

__all__ = ["check_fields"]

_TYPES = ("string", "integer", "number", "boolean", "date", "timestamp", "time", "object", "array", "map")
_OURS = ("event_ms", "late_ms")
_MAX_PATTERN = 1024
_MAX_DEPTH = 16
_BOUNDS = (
    ("minLength", "maxLength"),
    ("minimum", "maximum"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
)


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
    options = list(_options(document, name, kind, field.get("logicalTypeOptions", {}), (*at, "logicalTypeOptions")))
    yield from options
    yield from _properties(document, field, at, depth + 1)
    for part, inside in _inside(field).items():
        yield from _field(document, inside, (*at, *part), depth + 1)
    if kind == "map" and field["map"]["key"].get("logicalType") != "string":
        here = (*at, "map", "key", "logicalType")
        yield document.finding(here, f"{name!r}: the keys of a map are text; write `logicalType: string`")
    if not options:
        yield from _enum(document, field, at)


def _inside(field: dict[str, Any]) -> dict[Pointer, dict[str, Any]]:
    """The items of an array, or the key and the value of a map, by their place."""
    parts: dict[Pointer, dict[str, Any]] = {("map", part): each for part, each in field.get("map", {}).items()}
    return parts | ({("items",): field["items"]} if "items" in field else {})


def _options(document: Document, name: str, kind: str, options: dict[str, Any], at: Pointer) -> Iterator[Finding]:
    for low, high in _BOUNDS:
        if kind not in ("date", "timestamp", "time") and options.get(low, 0) > options.get(high, options.get(low, 0)):
            yield document.finding((*at, low), f"{name!r}: {low} is above {high}; no value can keep both")
    if kind == "string":
        yield from _string(document, name, options, at)
    elif kind == "integer" and options.get("format", "i64") not in INTEGER_BOUNDS:
        known = listed(INTEGER_BOUNDS)
        yield document.finding((*at, "format"), f"{name!r}: JSON cannot carry {options['format']}; use one of {known}")
    elif kind in ("date", "timestamp", "time"):
        yield from _moment(document, name, kind, options, at)


def _string(document: Document, name: str, options: dict[str, Any], at: Pointer) -> Iterator[Finding]:
    form, pattern = options.get("format"), options.get("pattern", "")
    if form is not None and form not in STRING_FORMATS:
        hint = did_you_mean(form, STRING_FORMATS) or f"; use one of {listed(STRING_FORMATS)}, or a pattern"
        yield document.finding((*at, "format"), f"{name!r}: the format {form!r} is not checked{hint}")
    if len(pattern) > _MAX_PATTERN:
        yield document.finding((*at, "pattern"), f"{name!r}: a pattern has at most {_MAX_PATTERN} characters")
    elif pattern and not _compiles({"pattern": pattern}):
        message = "is not a regular expression that takes linear time (no look-around, no back-references)"
        yield document.finding((*at, "pattern"), f"{name!r}: the pattern {message}")


def _moment(document: Document, name: str, kind: str, options: dict[str, Any], at: Pointer) -> Iterator[Finding]:
    for option in options:
        if option.endswith(("imum", "Maximum", "Minimum")):
            hint = f"write a rule, like timestamp({name}) >= timestamp('2013-01-01T00:00:00Z')"
            yield document.finding((*at, option), f"{name!r}: bounds on a {kind} are not checked; {hint}")
        elif option == "format":
            form = "yyyy-MM-dd" if kind == "date" else "RFC 3339"
            yield document.finding((*at, option), f"{name!r}: a {kind} is always written as {form}; take `format` out")


def _enum(document: Document, field: dict[str, Any], at: Pointer) -> Iterator[Finding]:
    plain = read_field({**field, "enum": [], "required": True})
    if field.get("enum") and _compiles(schema := field_schema(plain)):
        judge = validator(schema)
        for index, each in enumerate(field["enum"]):
            if not judge.is_valid(each["value"]):
                message = (
                    f"{each['value']!r} is not a {plain.type} that {plain.name!r} may have; quote it or take it out"
                )
                yield document.finding((*at, "enum", index, "value"), message)


def _compiles(schema: dict[str, Any]) -> bool:
    try:
        validator(schema)
    except jsonschema_rs.ValidationError:
        return False
    return True
