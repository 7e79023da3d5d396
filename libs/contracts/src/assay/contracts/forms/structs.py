"""A schema as msgspec structs, where these are at least as strict as the schema."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, Union

import msgspec

__all__ = ["NotExpressibleError", "struct_type"]

_I64 = range(-(2**63), 2**63)
_EXACT = 2**53
"""From here on msgspec rounds an integer before it compares it as a number."""

_DIGITS = r"(?!0000)[0-9]{4}"
_LEAP = r"(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)"
_DATE = (
    rf"(?:{_DIGITS}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    rf"|02-(?:0[1-9]|1[0-9]|2[0-8]))|(?!0000){_LEAP}-02-29)"
)
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?"
_OFFSET = r"(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
_MOMENTS = {
    "date": rf"\A{_DATE}\Z",
    "date-time": rf"\A{_DATE}T{_TIME}{_OFFSET}\Z",
    "local-date-time": rf"\A{_DATE}T{_TIME}\Z",
    "time": rf"\A{_TIME}{_OFFSET}\Z",
}
"""Stricter than the formats: no leap second, no small t or z, no year 0. A contract's own pattern never comes here."""

_ALLOWED = {
    "object": {"type", "properties", "required", "additionalProperties", "$schema", "title"},
    "array": {"type", "items", "minItems", "maxItems"},
    "string": {"type", "minLength", "maxLength"},
    "integer": {"type", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"},
    "number": {"type", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"},
    "boolean": {"type"},
}
_BOUNDS = {"minimum": "ge", "maximum": "le", "exclusiveMinimum": "gt", "exclusiveMaximum": "lt"}
_LENGTHS = {"minLength": "min_length", "maxLength": "max_length", "minItems": "min_length", "maxItems": "max_length"}

Schema = dict[str, Any]


class NotExpressibleError(Exception):
    """A schema asks for something that msgspec does not check."""


def struct_type(schema: Schema) -> Any:
    """The type whose decoder refuses whatever the schema refuses.

    Raises:
        NotExpressibleError: there is none.
    """
    kinds = schema["type"] if isinstance(schema.get("type"), list) else [schema.get("type")]
    types = [_of_kind(kind, schema) for kind in kinds if kind != "null"]
    if len(types) != 1:
        raise NotExpressibleError
    return types[0] | None if "null" in kinds else types[0]


def _of_kind(kind: object, schema: Schema) -> Any:
    if kind == "string" and ("enum" in schema or "format" in schema):
        return _choice(schema) if "enum" in schema else _moment(schema)
    if not isinstance(kind, str) or schema.keys() - _ALLOWED.get(kind, set()):
        raise NotExpressibleError
    return _TYPES[kind](schema)


def _choice(schema: Schema) -> Any:
    options = tuple(each for each in schema["enum"] if each is not None)
    if schema.keys() - {"type", "enum"} or not options or not all(isinstance(each, str) for each in options):
        raise NotExpressibleError
    return Literal[options]


def _moment(schema: Schema) -> Any:
    """A date or time; its own pattern says no more than the format does with digits."""
    if schema.keys() - {"type", "format", "pattern"} or schema["format"] not in _MOMENTS:
        raise NotExpressibleError
    return Annotated[str, msgspec.Meta(pattern=_MOMENTS[schema["format"]])]


def _object(schema: Schema) -> Any:
    properties, required = schema["properties"], set(schema["required"])
    if schema.get("additionalProperties") is not False or required - properties.keys():
        raise NotExpressibleError
    names = sorted(properties, key=lambda name: name not in required)
    fields: list[Any] = []
    for place, name in enumerate(names):
        kind = struct_type(properties[name])
        fields.append((f"f{place}", kind) if name in required else (f"f{place}", _or_unset(kind), msgspec.UNSET))
    rename = {f"f{place}": name for place, name in enumerate(names)}
    return msgspec.defstruct("Row", fields, rename=rename, forbid_unknown_fields=True, gc=False)


def _or_unset(kind: Any) -> Any:
    return Union[kind, msgspec.UnsetType]  # noqa: UP007 -- made from a value


def _array(schema: Schema) -> Any:
    if "items" not in schema:
        raise NotExpressibleError
    limits = {_LENGTHS[name]: schema[name] for name in _LENGTHS if name in schema}
    return Annotated[list[struct_type(schema["items"])], msgspec.Meta(**limits)]  # type: ignore[misc]  # made at run time


def _string(schema: Schema) -> Any:
    limits = {_LENGTHS[name]: schema[name] for name in _LENGTHS if name in schema}
    return Annotated[str, msgspec.Meta(**limits)] if limits else str


def _integer(schema: Schema) -> Any:
    bounds = _bounds(schema)
    if not {"ge", "gt"} & bounds.keys() or not {"le", "lt"} & bounds.keys():
        raise NotExpressibleError
    if not all(isinstance(bound, int) and bound in _I64 for bound in bounds.values()):
        raise NotExpressibleError
    return Annotated[int, msgspec.Meta(**bounds)]


def _number(schema: Schema) -> Any:
    bounds = _bounds(schema)
    if not all(abs(bound) < _EXACT for bound in bounds.values()):
        raise NotExpressibleError
    return Annotated[float, msgspec.Meta(**bounds)] if bounds else float


def _bounds(schema: Schema) -> dict[str, Any]:
    """A bound and its exclusive twin cannot both be told; the tighter one is not worth finding out."""
    bounds = {word: schema[name] for name, word in _BOUNDS.items() if name in schema}
    if {"ge", "gt"} <= bounds.keys() or {"le", "lt"} <= bounds.keys():
        raise NotExpressibleError
    return bounds


def _boolean(_schema: Schema) -> Any:
    return bool


_TYPES: dict[str, Callable[[Schema], Any]] = {
    "object": _object,
    "array": _array,
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
}
