"""Avro read strictly by a contract: every byte accounted for, no work that the bytes do not pay for.

Encoding: https://avro.apache.org/docs/1.12.0/specification/#binary-encoding
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from assay.contracts.errors import MalformedRecordError
from assay.contracts.forms.avro_values import spell
from assay.contracts.model import Contract, Field
from assay.contracts.types import type_of

__all__ = ["CONTAINER", "record_reader"]

Read = Callable[[bytes, int], tuple[Any, int]]

CONTAINER = b"Obj\x01"
"""How a file of Avro begins; such a file is no record."""

_COUNTS = {"minProperties", "maxProperties"}
_MAX_VARINT = 10
_64_BITS = 2**64 - 1
_FLOAT, _DOUBLE = struct.Struct("<f"), struct.Struct("<d")


def record_reader(contract: Contract) -> Callable[[bytes], dict[str, Any]]:
    """What reads a record of `avro_schema(contract)` as JSON has it. It raises `MalformedRecordError` and nothing else.

    An integer of more than 64 bits is cut to 64 and the size of a block is not believed, as everywhere; an `int` of
    more than 32 bits is read whole, for the schema to refuse.
    """
    fields = _record(contract.fields)

    def read(row: bytes) -> dict[str, Any]:
        if row.startswith(CONTAINER) and b"avro.schema" in row:
            raise MalformedRecordError("a container file")
        try:
            record, end = fields(row, 0)
        except (IndexError, struct.error):
            raise MalformedRecordError("the end of the bytes within a value") from None
        except UnicodeDecodeError:
            raise MalformedRecordError("text that is not UTF-8") from None
        if end != len(row):
            raise MalformedRecordError(f"{len(row) - end} bytes after the record")
        return record  # type: ignore[no-any-return]  # a record is a dict

    return read


def _record(fields: tuple[Field, ...]) -> Read:
    parts = [(field.name, _reader(field)) for field in fields]

    def read(row: bytes, at: int) -> tuple[Any, int]:
        record = {}
        for name, part in parts:
            record[name], at = part(row, at)
        return record, at

    return read


def _counted(of: Read, field: Field) -> Read:
    """An object whose properties are counted: those that are null are not there, as far as they need not be."""
    kept = {*field.options.get("required", ())}  # type: ignore[misc]  # the standard has a list here

    def read(row: bytes, at: int) -> tuple[Any, int]:
        record, at = of(row, at)
        return {name: value for name, value in record.items() if value is not None or name in kept}, at

    return read


def _reader(field: Field) -> Read:
    return _typed(field) if field.required else _nullable(_typed(field))


def _typed(field: Field) -> Read:
    kind = type_of(field).avro.partition(" ")[0]
    if kind == "record":
        whole = _record(field.properties)
        return _counted(whole, field) if _COUNTS & field.options.keys() else whole
    if kind == "array" and field.items:
        return _array(_reader(field.items), _size(field.items))
    if kind == "map" and field.values:
        return _map(_reader(field.values), 1 + _size(field.values))
    meaning = spell(field)
    return _spelt(_SINGLE[kind], meaning) if meaning else _SINGLE[kind]


def _spelt(of: Read, meaning: Callable[[Any], Any]) -> Read:
    def read(row: bytes, at: int) -> tuple[Any, int]:
        value, at = of(row, at)
        return meaning(value), at

    return read


def _size(field: Field) -> int:
    """How many bytes a value takes at least; no value of a contract takes none, so a count is paid for in bytes."""
    row = type_of(field)
    if not field.required:
        return 1
    if row.avro == "record":
        return sum(map(_size, field.properties))
    return {"float": 4, "double": 8}.get(row.avro, 1)


def _long(row: bytes, at: int) -> tuple[int, int]:
    byte = row[at]
    if byte < 0x80:
        return (byte >> 1) ^ -(byte & 1), at + 1
    number = 0
    for place in range(_MAX_VARINT):
        byte = row[at + place]
        number |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            number &= _64_BITS
            return (number >> 1) ^ -(number & 1), at + place + 1
    raise MalformedRecordError("an integer of more than 10 bytes")


def _slice(row: bytes, at: int) -> tuple[bytes, int]:
    length, at = _long(row, at)
    if not 0 <= length <= len(row) - at:
        raise MalformedRecordError("a length that the bytes do not have")
    return row[at : at + length], at + length


def _string(row: bytes, at: int) -> tuple[str, int]:
    value, at = _slice(row, at)
    return value.decode(), at


def _boolean(row: bytes, at: int) -> tuple[bool, int]:
    byte = row[at]
    if byte > 1:
        raise MalformedRecordError("a boolean that is not 0 or 1")
    return byte == 1, at + 1


def _float(row: bytes, at: int) -> tuple[float, int]:
    return _FLOAT.unpack_from(row, at)[0], at + 4


def _double(row: bytes, at: int) -> tuple[float, int]:
    return _DOUBLE.unpack_from(row, at)[0], at + 8


_SINGLE: dict[str, Read] = {
    "boolean": _boolean,
    "bytes": _slice,
    "double": _double,
    "float": _float,
    "int": _long,
    "long": _long,
    "string": _string,
}


def _nullable(of: Read) -> Read:
    def read(row: bytes, at: int) -> tuple[Any, int]:
        branch, at = _long(row, at)
        if branch == 1:
            return of(row, at)
        if branch:
            raise MalformedRecordError("a branch that the union does not have")
        return None, at

    return read


def _blocks(row: bytes, at: int, size: int) -> tuple[int, int]:
    """How many items come in this block, no more than its bytes can hold, and where they begin."""
    count, at = _long(row, at)
    if count < 0:
        count = -count
        _, at = _long(row, at)
    if count > (len(row) - at) // size:
        raise MalformedRecordError("a block of more items than the bytes hold")
    return count, at


def _array(of: Read, size: int) -> Read:
    def read(row: bytes, at: int) -> tuple[list[Any], int]:
        items: list[Any] = []
        count, at = _blocks(row, at, size)
        while count:
            for _ in range(count):
                item, at = of(row, at)
                items.append(item)
            count, at = _blocks(row, at, size)
        return items, at

    return read


def _map(of: Read, size: int) -> Read:
    def read(row: bytes, at: int) -> tuple[dict[str, Any], int]:
        values: dict[str, Any] = {}
        count, at = _blocks(row, at, size)
        while count:
            for _ in range(count):
                key, at = _string(row, at)
                values[key], at = of(row, at)
            count, at = _blocks(row, at, size)
        return values, at

    return read
