"""A contract's fields as JSON Schema 2020-12."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from assay.contracts.formats import BASE64, DATE, DATE_TIME, LOCAL_TIME, TIME, decimal_pattern
from assay.contracts.model import Contract, Field
from assay.contracts.moments import moment_of
from assay.contracts.own_formats import RULES, bound, spelling
from assay.contracts.types import NATIVE_DIGITS, Digits, digits

__all__ = [
    "F32_LIMIT",
    "INTEGER_BOUNDS",
    "MAX_ITEMS",
    "STRING_FORMATS",
    "Schema",
    "field_schema",
    "json_schema",
    "key_schema",
]

MAX_ITEMS = 10_000
"""Limit of an array, and of the properties of an object, that sets none itself."""

INTEGER_BOUNDS = {
    **{f"i{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64)},
    **{f"u{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 64)},
}
_LEAST, _MOST = -(2**63), 2**64 - 1
"""Widths of ODCS. Without one an integer has 64 bits: the 32 of the standard would refuse ordinary ids."""

F32_LIMIT = float(2**128 - 2**103)
"""From here on the nearest number of 32 bits is infinity."""

STRING_FORMATS = ("binary", "byte", "email", "hostname", "ipv4", "ipv6", "password", "uri", "uuid")
"""Formats of strings that the judge knows. Bytes are written as base64; a password is a string like any other."""

Schema = dict[str, Any]
"""A JSON Schema."""


def json_schema(contract: Contract) -> Schema:
    """The schema of one record. Not required means absent or null; required means present and not null."""
    body = _object(contract.fields, contract.openness == "closed")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": contract.id, **body}


def key_schema(contract: Contract) -> Schema:
    """The schema of a deleted row: its key, and whatever else the source still knew."""
    return _object([field for field in contract.fields if field.name in contract.key], closed=False)


def _object(fields: Iterable[Field], closed: bool) -> Schema:
    listed = list(fields)
    schema: Schema = {
        "type": "object",
        "properties": {field.name: field_schema(field, closed) for field in listed},
        "required": [field.name for field in listed if field.required],
    }
    return schema | ({"additionalProperties": False} if closed else {"maxProperties": MAX_ITEMS})


def field_schema(field: Field, closed: bool = True) -> Schema:
    """The schema of one value."""
    schema = _typed(field, closed)
    if field.enum:
        schema["enum"] = [*field.enum] if field.required else [*field.enum, None]
    if not field.required:
        kinds = schema["type"]
        schema["type"] = [*(kinds if isinstance(kinds, list) else [kinds]), "null"]
    return schema


def _typed(field: Field, closed: bool) -> Schema:
    options = dict(field.options)
    if size := digits(field):
        return _decimal(field.type, size, options)
    match field.type:
        case "string":
            return {"type": "string"} | _string(options)
        case "integer":
            return {"type": "integer"} | _integer(options)
        case "number":
            return {"type": "number"} | _number(options)
        case "object":
            return _nested(field, options, closed and bool(field.properties))
        case "array":
            return {"type": "array", "maxItems": MAX_ITEMS} | _items(field, closed) | _limits(options, "Items")
        case "map":
            return _map(field, closed)
        case "boolean":
            return {"type": "boolean"}
    return {"type": "string"} | _moment(field, options)


def _string(options: Schema) -> Schema:
    schema: Schema = {name: options[name] for name in ("minLength", "maxLength", "pattern") if name in options}
    match options.get("format"):
        case None | "password":
            return schema
        case "byte" | "binary":
            return {"allOf": [{"pattern": BASE64}]} | schema if "pattern" in schema else {"pattern": BASE64} | schema
        case name:
            return schema | {"format": name}


def _integer(options: Schema) -> Schema:
    low, high = INTEGER_BOUNDS[options.get("format", "i64")]
    own = _bounds(options)
    return own | {"minimum": max(low, own.get("minimum", low)), "maximum": min(high, own.get("maximum", high))}


def _number(options: Schema) -> Schema:
    """What a number of 64 bits cannot hold is refused where it is read; one of 32 bits has a limit of its own."""
    own = _bounds(options)
    return own | _within(own, F32_LIMIT) if options.get("format") == "f32" else own


def _within(own: Schema, limit: float) -> Schema:
    """The limit on each side where no bound of the contract is nearer."""
    low = max(own.get("minimum", -math.inf), own.get("exclusiveMinimum", -math.inf))
    high = min(own.get("maximum", math.inf), own.get("exclusiveMaximum", math.inf))
    below = {"exclusiveMinimum": -limit} if low <= -limit else {}
    return below | ({"exclusiveMaximum": limit} if high >= limit else {})


def _decimal(kind: str, size: Digits, options: Schema) -> Schema:
    """A decimal as text, or as a number that has few enough digits to be read without a change."""
    schema: Schema = {"type": "string", "pattern": decimal_pattern(*size)}
    rest = _limited("decimal", "", options)
    if size.precision <= NATIVE_DIGITS[kind]:
        own = _bounds(options)
        schema |= {"type": ["string", kind]} | own | _within(own, 10 ** (size.precision - size.scale))
        if size.scale:
            rest = [{"multipleOf": float(f"1e-{size.scale}")}, *rest]
    return schema | {"allOf": rest} if rest else schema


def _limited(kind: str, form: str, options: Schema) -> list[Schema]:
    """The bounds on what is written as text."""
    return [{"format": bound(name, options[name], kind, form)} for name in RULES if name in options]


def _bounds(options: Schema) -> Schema:
    return {name: _whole(options[name]) for name in RULES if name in options}


def _whole(bound: float) -> float:
    """An integral bound as an int: the engine takes six times as long over 1e6 as over 1000000, and has 64 bits."""
    if float(bound).is_integer() and _LEAST <= bound <= _MOST:
        return int(bound)
    return float(bound)


def _limits(options: Schema, of: str) -> Schema:
    return {name: options[name] for name in (f"min{of}", f"max{of}", "uniqueItems") if name in options}


def _items(field: Field, closed: bool) -> Schema:
    return {"items": field_schema(field.items, closed)} if field.items else {}


def _nested(field: Field, options: Schema, closed: bool) -> Schema:
    schema = _object(field.properties, closed)
    schema["required"] += [name for name in options.get("required", []) if name not in schema["required"]]
    return schema | _limits(options, "Properties")


def _map(field: Field, closed: bool) -> Schema:
    schema: Schema = {"type": "object", "maxProperties": MAX_ITEMS}
    if field.values:
        schema["additionalProperties"] = field_schema(field.values, closed)
    keys = field_schema(field.keys, closed) if field.keys else {}
    return schema | {"propertyNames": keys} if keys.keys() - {"type"} else schema


def _moment(field: Field, options: Schema) -> Schema:
    written = moment_of(field)
    assert written is not None  # every other type has its own case
    plain = {"format": spelling(written.kind, written.form)} if written.form else dict(_MOMENTS[written.kind])
    limits = _limited(written.kind, written.form, options)
    return plain | {"allOf": limits} if limits else plain


_MOMENTS = {
    "date": {"format": "date", "pattern": DATE},
    "timestamp": {"format": "date-time", "pattern": DATE_TIME},
    "local timestamp": {"format": "local-date-time"},
    "time": {"pattern": LOCAL_TIME},
    "offset time": {"format": "time", "pattern": TIME},
}
