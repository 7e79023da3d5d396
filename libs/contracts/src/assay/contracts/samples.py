"""Records made from a schema, good ones and damaged ones, the same in every process: what an engine is tried on."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from itertools import islice
from random import Random
from typing import Any

from assay.contracts.matching import NotPlainError, matching
from assay.contracts.own_formats import said_of

__all__ = ["damaged", "least_size", "samples"]

Schema = dict[str, Any]

_PATHS, _MOST_PATHS = 200, 10_000
"""Values that are changed in one record: an array of 9,000 items would take minutes, one by one."""

_FORMATS = {
    "date": ("2012-02-29", "1999-12-31"),
    "date-time": ("2012-02-29T23:59:59Z", "2013-01-01T00:00:00.125+05:30"),
    "local-date-time": ("2012-02-29T23:59:59", "2013-01-01T00:00:00.5"),
    "time": ("23:59:59Z", "00:00:00.5-01:00"),
    "email": ("a@b.example", "first.last@mail.example"),
    "hostname": ("mail.example", "a"),
    "ipv4": ("127.0.0.1", "255.255.255.0"),
    "ipv6": ("::1", "2001:db8::8:800:200c:417a"),
    "uri": ("https://example.org/a?b#c", "urn:x:y"),
    "uuid": ("2eb8aa08-aa98-11ea-b4aa-73b441d16380", "00000000-0000-0000-0000-000000000000"),
}
_LETTERS = "abc XYZ-09_äß😀"
_ODD: tuple[object, ...] = (
    None, True, False, 0, -1, 1, 1.0, 0.5, -0.0, 1e300, 2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**64, -(2**63), "", "x",
    "1", "0" * 40, "2013-02-29", "2013-02-29T00:00:00Z", "2013-01-01 00:00:00Z", "2013-0*-01T00:00:00Z",
    "2016-12-31T23:59:60Z", "23:59:60Z", "A\n", "é", "\u0661", "😀😀", [], {}, [None], [[]], {"a": 1}, "\x00",
)  # fmt: skip
"""What stands where something else is due: wrong types, values at the edge of one, times that are none."""

_RAW = (b"NaN", b"1e400", b"01", b"-9223372036854775809", b"18446744073709551617", b'"\\ud800"', b'"\xff"', b'"\x01"',
        b"[" * 70 + b"]" * 70, b'{"a":' * 70 + b"1" + b"}" * 70, b"1.0000000000000000001", b"1e2", b"-0")  # fmt: skip
"""What Python's writer would not write."""


def samples(schema: Schema, count: int, random: Random) -> list[bytes]:
    """Records that should be good; of a schema that cannot be read well enough, some that are not."""
    return [_written(_value(schema, random)) for _ in range(count)]


def least_size(schema: Schema) -> int:
    """How large a sample is at least, in values and characters."""
    properties = sum(map(least_size, schema.get("properties", {}).values()))
    items = least_size(schema["items"]) if "items" in schema else 1
    return int(1 + properties + schema.get("minLength", 0) + schema.get("minItems", 0) * items)


def damaged(record: bytes, random: Random) -> Iterator[bytes]:
    """The record with one thing changed: a value, a name, a byte, its length. Some changes do no harm."""
    value = json.loads(record)
    paths = list(islice(_paths(value), _MOST_PATHS))
    for path in paths if len(paths) <= _PATHS else random.sample(paths, _PATHS):
        yield _written(_changed(value, path, random.choice(_ODD)))
        yield _written(_changed(value, path, _MARK)).replace(_MARKED, random.choice(_RAW), 1)
        yield _written(_without(value, path))
    yield record.replace(b"{", b'{"unknown":1,', 1)
    yield record.replace(b"{", b'{"":{"":[]},', 1)
    yield record.replace(b"}", b',"unknown":' + random.choice(_RAW) + b"}", 1)
    for name in value:
        yield b"{" + json.dumps(name).encode() + b":" + random.choice(_RAW) + b"," + record[1:]
        yield record[:-1] + b"," + json.dumps(name).encode() + b':"x"}'
    for _ in range(8):
        at = random.randrange(len(record))
        yield record[:at] + bytes([random.randrange(256)]) + record[at + 1 :]
    yield from (
        record[:-1],
        record + b"}",
        record + b" x",
        b"\xef\xbb\xbf" + record,
        b" " + record + b"\n",
        b"[" + record + b"]",
    )


_MARK = "\ue000here\ue000"
_MARKED = json.dumps(_MARK, ensure_ascii=False).encode()

Path = tuple[str | int, ...]


def _written(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _value(schema: Schema, random: Random) -> object:
    if "enum" in schema:
        return random.choice(schema["enum"])
    kinds = schema.get("type", "string")
    kind = random.choice(kinds) if isinstance(kinds, list) else kinds
    match kind:
        case "object":
            return _object(schema, random)
        case "array":
            least = schema.get("minItems", 0)
            count = random.randint(least, max(least, min(schema.get("maxItems", 3), least + 3)))
            return [_value(schema.get("items", {"type": "integer"}), random) for _ in range(count)]
        case "string":
            return _text(schema, random)
        case "integer" | "number":
            return _number(schema, random, is_whole=kind == "integer")
        case "boolean":
            return random.random() < 0.5
    return None


def _object(schema: Schema, random: Random) -> dict[str, object]:
    required = set(schema.get("required", ()))
    return {
        name: _value(inner, random)
        for name, inner in schema.get("properties", {}).items()
        if name in required or random.random() < 0.8
    }


def _text(schema: Schema, random: Random) -> str:
    if schema.get("format") in _FORMATS:
        return random.choice(_FORMATS[schema["format"]])
    if said := said_of(schema.get("format", "")):
        return said[1]
    if "pattern" in schema:
        try:
            return matching(schema["pattern"], random)
        except NotPlainError:
            return ""
    least = schema.get("minLength", 0)
    count = random.randint(least, max(least, min(schema.get("maxLength", 12), least + 12)))
    return "".join(random.choice(_LETTERS) for _ in range(count))


def _number(schema: Schema, random: Random, *, is_whole: bool) -> Any:
    high = min(schema.get("maximum", math.inf), schema.get("exclusiveMaximum", math.inf) - 1)
    low = max(schema.get("minimum", -math.inf), schema.get("exclusiveMinimum", -math.inf) + 1)
    low = min(high, 0) - 1000 if low == -math.inf else low
    high = max(low, min(high, low + 1000))
    edges = [schema[name] for name in ("minimum", "maximum") if name in schema]
    if edges and random.random() < 0.3:
        return random.choice(edges)
    step = schema.get("multipleOf")
    if step:
        return -(-int(low) // step) * step
    return (
        random.randint(math.ceil(low), max(math.ceil(low), math.floor(high)))
        if is_whole
        else low + random.random() * (high - low)
    )


def _paths(value: object, at: Path = ()) -> Iterator[Path]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in inside:
        yield (*at, name)
        yield from _paths(inner, (*at, name))


def _changed(value: Any, path: Path, to: object) -> Any:
    if not path:
        return to
    changed = value.copy()
    changed[path[0]] = _changed(value[path[0]], path[1:], to)
    return changed


def _without(value: Any, path: Path) -> Any:
    changed = value.copy()
    if len(path) == 1:
        del changed[path[0]]
    else:
        changed[path[0]] = _without(value[path[0]], path[1:])
    return changed
