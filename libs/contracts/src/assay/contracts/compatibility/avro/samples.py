"""Small values of an Avro type, their bytes, and the proof that a reader refuses them."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable
from typing import Any, NamedTuple

from assay.contracts.compatibility.avro.spelling import spelled
from assay.contracts.compatibility.avro.types import AvroType
from assay.contracts.compatibility.findings import MAX_DEPTH, Sample

__all__ = ["Branch", "Samples", "encoded", "refused"]

_LEAST: dict[str, Any] = {
    "null": None,
    "boolean": False,
    "int": 0,
    "long": 0,
    "float": 0.0,
    "double": 0.0,
    "bytes": b"",
    "string": "",
}


class Branch(NamedTuple):
    """A value of a union."""

    place: int
    value: Any


class Samples:
    """The smallest value of each type, worked out once."""

    def __init__(self) -> None:
        self._least: dict[int, Sample | None] = {}
        self._depth = 0

    def least(self, of: AvroType) -> Sample | None:
        """The smallest value of a type; none of a record that holds itself without end, or that is large or deep."""
        if id(of) not in self._least:
            self._least[id(of)] = None  # while it is being worked out
            self._depth += 1
            self._least[id(of)] = self._made(of) if self._depth <= MAX_DEPTH else None
            self._depth -= 1
        return self._least[id(of)]

    def in_record(self, record: AvroType, name: str) -> Callable[[Sample], Sample | None]:
        """What puts a value into a field, with the smallest values in the others."""

        def around(sample: Sample) -> Sample | None:
            parts = {each.name: sample if each.name == name else self.least(each.type) for each in record.fields}
            return Sample.of({key: part.value for key, part in parts.items() if part}, parts.values())

        return around

    def _made(self, of: AvroType) -> Sample | None:
        match of.kind:
            case "record":
                parts = {each.name: self.least(each.type) for each in of.fields}
                return Sample.of({name: part.value for name, part in parts.items() if part}, parts.values())
            case "enum":
                return Sample(of.symbols[0]) if of.symbols else None
            case "fixed":
                return Sample.of(bytes(min(of.size, 1024)), []) if of.size <= 1024 else None
            case "array":
                return Sample([])
            case "map":
                return Sample({})
            case "union":
                made = ((place, self.least(each)) for place, each in enumerate(of.branches))
                return next((Sample.of(Branch(place, part.value), [part]) for place, part in made if part), None)
        return Sample(_LEAST[of.kind])


def refused(sample: Sample, reader: AvroType, writer: AvroType) -> str:
    """The value as JSON, if fastavro reads it with the writer's schema and not with the reader's; else nothing.

    Without fastavro there is no proof, and so nothing.
    """
    try:
        import fastavro
    except ImportError:
        return ""
    row = bytes(encoded(sample.value, writer))
    try:
        reader_schema, writer_schema = (fastavro.parse_schema(spelled(each), {}) for each in (reader, writer))
        written = fastavro.schemaless_reader(io.BytesIO(row), writer_schema, None)
    except Exception:  # noqa: BLE001 -- what the library can't take proves nothing
        return ""
    try:
        fastavro.schemaless_reader(io.BytesIO(row), writer_schema, reader_schema)
    except Exception:  # noqa: BLE001 -- it has no base error; whatever it raises, it did not read
        return json.dumps(written, default=_shown, ensure_ascii=False)
    return ""


def encoded(value: Any, of: AvroType) -> bytes:
    """A value in the binary form of its type."""
    match of.kind:
        case "enum":
            return _long(of.symbols.index(value))
        case "union":
            return _long(value.place) + encoded(value.value, of.branches[value.place])
        case "record":
            return b"".join(encoded(value[each.name], each.type) for each in of.fields)
        case "array" if of.items:
            return _blocks([encoded(each, of.items) for each in value])
        case "map" if of.items:
            return _blocks([_text(key) + encoded(each, of.items) for key, each in value.items()])
    return _PLAIN[of.kind](value)


def _shown(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _blocks(parts: list[bytes]) -> bytes:
    return (_long(len(parts)) if parts else b"") + b"".join(parts) + b"\0"


def _text(value: str) -> bytes:
    return _bytes(value.encode())


def _bytes(value: bytes) -> bytes:
    return _long(len(value)) + value


def _long(number: int) -> bytes:
    rest, row = (number << 1) ^ (number >> 63), bytearray()
    while rest > 0x7F:
        row.append(rest & 0x7F | 0x80)
        rest >>= 7
    row.append(rest)
    return bytes(row)


_PLAIN: dict[str, Callable[[Any], bytes]] = {
    "null": lambda _: b"",
    "boolean": lambda value: bytes([value]),
    "int": _long,
    "long": _long,
    "float": struct.Struct("<f").pack,
    "double": struct.Struct("<d").pack,
    "bytes": _bytes,
    "string": _text,
    "fixed": bytes,
}
