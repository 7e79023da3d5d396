"""Constraints of a field as options of buf.validate (https://buf.build/docs/protovalidate/), in wire format.

They tell every other reader what the contract asks. Only what means the same there is said: a pattern with classes on
which engines of regular expressions differ is left to the contract.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterable, Iterator
from typing import Any

from google.protobuf.descriptor_pb2 import FieldOptions

__all__ = ["FIELD_RULES", "REQUIRED", "options"]

FIELD_RULES = 1159
"""The number of the extension (buf.validate.field) of the options of a field."""

_RULES = {
    "float": 1,
    "double": 2,
    "int32": 3,
    "int64": 4,
    "uint32": 5,
    "uint64": 6,
    "string": 14,
    "repeated": 18,
    "map": 19,
}
REQUIRED = 25
"""The number of what says, in that extension, that a field must be there."""

_LT, _LTE, _GT, _GTE, _IN, _FINITE = 2, 3, 4, 5, 6, 8  # of a number
_SIZES = {"string": ("Length", 2, 3), "repeated": ("Items", 1, 2), "map": ("Properties", 1, 2)}
_PATTERN, _STRING_IN, _UNIQUE, _EACH = 6, 10, 3, {"repeated": 4, "map": 5}
_LIMITS = {"float": 2.0**128 - 2.0**103, "double": math.inf}
_SAME_EVERYWHERE = re.compile(r"(?:[^\\.]|\\[^A-Za-z0-9])*")
_DIFFERENT = ("(?", "[[", "&&", "--", "~~")

Schema = dict[str, Any]


def options(kind: str, schema: Schema, *, required: bool = False, of: tuple[str, Schema] | None = None) -> FieldOptions:
    """The options of a field of that type, from its JSON Schema; `of` is what a `repeated` or a `map` holds.

    A required list has no rule: on the wire an empty one and none are the same.
    """
    rules = _rules(kind, schema, of)
    if required and of is None:
        rules += _count(REQUIRED, 1)
    return FieldOptions.FromString(_part(FIELD_RULES, rules)) if rules else FieldOptions()


def _rules(kind: str, schema: Schema, of: tuple[str, Schema] | None = None) -> bytes:
    inside = b"".join(_float(kind, schema) if kind in ("float", "double") else _other(kind, schema))
    if of and (each := _rules(*of)):
        inside += _part(_EACH[kind], each)
    return _part(_RULES[kind], inside) if inside else b""


def _other(kind: str, schema: Schema) -> Iterator[bytes]:
    if "int" in kind:
        yield _count(_GTE, max(math.ceil(schema["minimum"]), _after(schema.get("exclusiveMinimum", -math.inf))))
        yield _count(_LTE, min(math.floor(schema["maximum"]), -_after(-schema.get("exclusiveMaximum", math.inf))))
        yield from (_count(_IN, value) for value in _values(schema))
    if kind in _SIZES:
        of, least, most = _SIZES[kind]
        yield from (_count(n, schema[name]) for n, name in ((least, f"min{of}"), (most, f"max{of}")) if name in schema)
    if kind == "string":
        pattern = schema.get("pattern", "")
        if pattern and _SAME_EVERYWHERE.fullmatch(pattern) and not any(part in pattern for part in _DIFFERENT):
            yield _part(_PATTERN, pattern.encode())
        yield from (_part(_STRING_IN, value.encode()) for value in _values(schema))
    if schema.get("uniqueItems") and schema.get("items", {}).get("type") not in ("object", "array"):
        yield _count(_UNIQUE, 1)


def _after(bound: float) -> float:
    """The least whole number above a bound."""
    return bound if math.isinf(bound) else math.floor(bound) + 1


def _float(kind: str, schema: Schema) -> Iterator[bytes]:
    for number, name in ((_GTE, "minimum"), (_GT, "exclusiveMinimum"), (_LTE, "maximum"), (_LT, "exclusiveMaximum")):
        if name in schema and abs(schema[name]) < _LIMITS[kind] and not _is_weaker(name, schema):
            yield _real(kind, number, schema[name])
    yield from (_real(kind, _IN, value) for value in _values(schema))
    yield _count(_FINITE, 1)


def _is_weaker(name: str, schema: Schema) -> bool:
    """Whether the other bound of the same side says more: only one of the two can be said."""
    is_exclusive = name.startswith("exclusive")
    other = schema.get(name[9].lower() + name[10:] if is_exclusive else f"exclusive{name[0].upper()}{name[1:]}")
    if other is None:
        return False
    tighter = other > schema[name] if name.lower().endswith("minimum") else other < schema[name]
    return tighter or (other == schema[name] and not is_exclusive)


def _values(schema: Schema) -> Iterable[Any]:
    return (value for value in schema.get("enum", ()) if value is not None)


def _part(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _count(number: int, value: float) -> bytes:
    return _varint(number << 3) + _varint(int(value) % 2**64)


def _real(kind: str, number: int, value: float) -> bytes:
    tag, layout = (5, "<f") if kind == "float" else (1, "<d")
    return _varint(number << 3 | tag) + struct.pack(layout, value)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes((*out, value))
