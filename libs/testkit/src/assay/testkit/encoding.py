"""Records of a contract as a producer writes them in a binary form, from what they are as JSON, good or bad."""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from assay.contracts import Contract, Field
from assay.contracts.forms.protobuf_reader import message_class
from assay.contracts.moments import moment, moment_of
from assay.contracts.types import digits, type_of

__all__ = ["avro_bytes", "avro_long", "protobuf_bytes"]


def avro_bytes(contract: Contract, record: Mapping[str, Any]) -> bytes:
    """The record in Avro, of the contract's own schema; a field that is not there is null.

    Raises:
        KeyError, TypeError, ValueError: a required field is not there, or a value is of another type, which Avro cannot
            say.
    """
    return _record(contract.fields, record)


def protobuf_bytes(contract: Contract, record: Mapping[str, Any]) -> bytes:
    """The record in Protobuf, of the contract's own message; what is null is not there.

    Raises:
        TypeError, ValueError: a value is of another type, or does not fit, which Protobuf cannot say.
    """
    message = message_class(contract)()
    _fill(contract.fields, message, record)
    return message.SerializeToString(deterministic=True)


def _fill(fields: Sequence[Field], message: Any, record: Mapping[str, Any]) -> None:
    message.SetInParent()
    for field in fields:
        value = record.get(field.name)
        if value is not None:
            _set(field, message, value)


def _set(field: Field, message: Any, value: Any) -> None:
    name, each = field.name, field.items or field.values
    if field.values and each:
        for key, item in _of(dict, value).items():
            _put(each, getattr(message, name), key, item)
    elif each:
        for item in _of(list, value):
            _append(each, getattr(message, name), item)
    elif field.properties:
        _fill(field.properties, getattr(message, name), _of(dict, value))
    elif type_of(field).name == "timestamp":
        _stamp(field, getattr(message, name), value)
    else:
        setattr(message, name, _scalar(field, value))


def _append(field: Field, values: Any, item: Any) -> None:
    if field.properties:
        _fill(field.properties, values.add(), _of(dict, item))
    elif type_of(field).name == "timestamp":
        _stamp(field, values.add(), item)
    else:
        values.append(_scalar(field, item))


def _put(field: Field, values: Any, key: str, item: Any) -> None:
    if field.properties:
        _fill(field.properties, values[key], _of(dict, item))
    elif type_of(field).name == "timestamp":
        _stamp(field, values[key], item)
    else:
        values[key] = _scalar(field, item)


def _stamp(field: Field, stamp: Any, value: str) -> None:
    own = moment_of(field)
    nanoseconds = own.read(_of(str, value)) if own else None
    if nanoseconds is None:
        raise ValueError(f"{field.name} is no moment")
    stamp.SetInParent()
    stamp.seconds, stamp.nanos = divmod(nanoseconds, 10**9)


def _scalar(field: Field, value: Any) -> Any:
    row, own = type_of(field), moment_of(field)
    if row.name == "bytes":
        return base64.b64decode(value)
    if own and own.form:
        nanoseconds = own.read(value)
        return value if nanoseconds is None else moment(own.kind).write(nanoseconds)
    if row.name in ("whole", "decimal"):
        return str(value)
    if row.logical == "number":
        return _number(value)
    kind = {"integer": int, "boolean": bool}.get(row.logical, str)
    return _of(kind, value)


def avro_long(value: int) -> bytes:
    """An integer in Avro, of any size."""
    rest, octets = (value << 1) if value >= 0 else (-value << 1) - 1, bytearray()
    while rest > 0x7F:
        octets.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*octets, rest])


def _record(fields: Sequence[Field], record: Mapping[str, Any]) -> bytes:
    return b"".join(_avro(field, record[field.name] if field.required else record.get(field.name)) for field in fields)


def _avro(field: Field, value: Any) -> bytes:
    if field.required:
        return _typed(field, value)
    return b"\0" if value is None else b"\2" + _typed(field, value)


def _typed(field: Field, value: Any) -> bytes:
    row = type_of(field)
    match row.avro.partition(" ")[0]:
        case "record":
            return _record(field.properties, _of(dict, value))
        case "array" if field.items:
            return _block([_avro(field.items, item) for item in _of(list, value)])
        case "map" if field.values:
            return _block([_text(key.encode()) + _avro(field.values, item) for key, item in _of(dict, value).items()])
        case "boolean":
            return bytes([_of(bool, value)])
        case "float":
            return struct.pack("<f", _number(value))
        case "double":
            return struct.pack("<d", _number(value))
        case "int" | "long":
            return avro_long(_counted(field, value))
        case "bytes":
            return _text(base64.b64decode(value) if row.name == "bytes" else _unscaled(field, value))
    return _text(_of(str, _scalar(field, value)).encode())


def _of(kind: type[Any], value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(f"no {kind.__name__}")
    return value


def _number(value: Any) -> float:
    if type(value) not in (int, float):
        raise TypeError("no number")
    return float(value)


def _block(items: list[bytes]) -> bytes:
    return avro_long(len(items)) + b"".join(items) + b"\0" if items else b"\0"


def _text(value: bytes) -> bytes:
    return avro_long(len(value)) + value


def _counted(field: Field, value: Any) -> int:
    own = moment_of(field)
    if own is None:
        return _whole(value)
    nanoseconds = own.read(_of(str, value))
    if nanoseconds is None:
        raise ValueError(f"{field.name} is no moment")
    return nanoseconds // (86_400 * 10**9 if type_of(field).name == "date" else 1000)


def _whole(value: Any) -> int:
    if not -(2**63) <= _of(int, value) < 2**63:
        raise ValueError("no integer of 64 bits")
    return int(value)


def _unscaled(field: Field, value: Any) -> bytes:
    size = digits(field)
    if isinstance(value, bool):
        raise TypeError("no decimal")
    exact = Fraction(value) * 10 ** (size.scale if size else 0)
    whole = int(exact)
    if whole != exact:
        raise ValueError("more places than the decimal has")
    return whole.to_bytes(whole.bit_length() // 8 + 1, "big", signed=True)
