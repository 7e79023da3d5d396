"""What is wrong with a rejected record, in words that give nothing of the record away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeGuard

import jsonschema_rs

from assay.contracts.formats import BASE64, DATE, DATE_TIME, LOCAL_TIME, TIME
from assay.contracts.outline import text_look, times_the_limit
from assay.contracts.own_formats import said_of
from assay.contracts.patterns import as_written
from assay.contracts.verdict import MAX_VIOLATIONS, Violation

__all__ = ["KEYWORDS", "LIMITS", "absent", "explain", "pointer", "shape"]

_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_MAX_PATH = 160
_MAX_EXPECTED = 160
_FORMATS = {
    "date": "a date like 2013-02-28",
    "date-time": "a timestamp like 2013-02-28T12:00:00Z",
    "local-date-time": "a timestamp like 2013-02-28T12:00:00",
    "time": "a time like 12:00:00Z",
}
_DIGITS = {
    DATE: _FORMATS["date"],
    DATE_TIME: _FORMATS["date-time"],
    TIME: _FORMATS["time"],
    LOCAL_TIME: "a time like 12:00:00",
    BASE64: "bytes in base64",
}
LIMITS = {
    "minimum": "at least {0}",
    "maximum": "at most {0}",
    "exclusiveMinimum": "more than {0}",
    "exclusiveMaximum": "less than {0}",
    "multipleOf": "a multiple of {0}",
    "minLength": "at least {0} characters",
    "maxLength": "at most {0} characters",
    "minItems": "at least {0} items",
    "maxItems": "at most {0} items",
    "minProperties": "at least {0} properties",
    "maxProperties": "at most {0} properties",
}
"""Bounds in words, by keyword of JSON Schema."""

KEYWORDS = (
    "additionalProperties",
    "enum",
    "format",
    "pattern",
    "propertyNames",
    "required",
    "type",
    "uniqueItems",
    *LIMITS,
)
"""Every rule of the schema that a violation may name."""


def explain(errors: Iterable[jsonschema_rs.ValidationError], record: object) -> list[Violation]:
    """At most 16 violations; a value of the wrong type is told once, not once for each keyword it breaks."""
    found: dict[tuple[str, str], Violation] = {}
    mistyped: set[str] = set()
    for violation in (each for error in errors for each in islice(_violations(error, record), MAX_VIOLATIONS)):
        if violation.path in mistyped:
            continue
        if violation.rule in ("type", "required"):
            mistyped.add(violation.path)
        found[violation.path, violation.rule] = violation
        if len(found) == MAX_VIOLATIONS:
            break
    return list(found.values())


def absent(path: Iterable[str | int]) -> Violation:
    """A required value is not there."""
    return Violation(pointer(path), "required", "present and not null", "absent")


def pointer(path: Iterable[str | int]) -> str:
    """The JSON Pointer of a path, cut where a record's own names make it long."""
    text = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)
    return _cut(text, _MAX_PATH)


def shape(value: object) -> str:
    """The type and size of a JSON value."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return f"string of {_count(len(value), 'character')}"
        case list():
            return f"array of {_count(len(value), 'item')}"
        case dict():
            return f"object of {len(value)} {'property' if len(value) == 1 else 'properties'}"
    return type(value).__name__


def _violations(error: jsonschema_rs.ValidationError, record: object) -> Iterator[Violation]:
    keyword, limit, path = error.kind.name, error.kind.value, error.instance_path
    if keyword == "required":
        yield absent([*path, limit])
    elif keyword == "additionalProperties":
        inside = _at(record, path)
        for name in limit:
            found = _outline(keyword, limit, inside.get(name)) if isinstance(inside, dict) else "unknown"
            yield Violation(pointer([*path, name]), keyword, "no such property", found)
    else:
        value = _at(record, path)
        if value is None and keyword in ("type", "enum"):
            yield Violation(pointer(path), "required", "present and not null", "null")
        else:
            yield Violation(pointer(path), *_expected(keyword, limit), _outline(keyword, limit, value))


def _outline(keyword: str, limit: object, value: object) -> str:
    """The shape of a value, and what it looks like where that helps to see what happened."""
    look = ""
    if isinstance(value, str) and keyword in ("additionalProperties", "format", "pattern", "type"):
        look = text_look(value)
    elif _is_number(value) and _is_number(limit) and keyword in _BOUNDS:
        look = times_the_limit(value, limit)
    return f"{shape(value)}, {look}" if look else shape(value)


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _expected(keyword: str, limit: Any) -> tuple[str, str]:
    """The rule and what it asks for; a date is a format whether its digits or its calendar are wrong."""
    match keyword:
        case "type":
            return keyword, " or ".join(sorted(limit, key=lambda name: name == "null"))
        case "enum":
            return keyword, _cut("one of " + ", ".join(map(str, filter(_is_value, limit))), _MAX_EXPECTED)
        case "pattern" if name := _DIGITS.get(limit):
            return "format", name
        case "pattern":
            return keyword, _cut(f"a string that matches {as_written(limit)}", _MAX_EXPECTED)
        case "format" if own := said_of(limit):
            rule, said = own
            return rule, _cut(LIMITS.get(rule, "a text like {0}").format(said), _MAX_EXPECTED)
        case "format":
            return keyword, _FORMATS.get(limit, f"a string of format {limit}")
        case "uniqueItems":
            return keyword, "no item twice"
        case "propertyNames":
            return keyword, "keys that the contract allows"
    return keyword, LIMITS.get(keyword, "what the schema asks for").format(limit)


def _at(record: Any, path: Iterable[str | int]) -> Any:
    for part in path:
        record = record[part]
    return record


def _is_value(option: object) -> bool:
    return option is not None


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
