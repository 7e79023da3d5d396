"""Avro written by a contract: what `avro_reader` reads.

Encoding: https://avro.apache.org/docs/1.12.0/specification/#binary-encoding
"""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from assay.contracts.errors import UnwritableError
from assay.contracts.forms.writing import nanoseconds, number, of, scalar, unwritable
from assay.contracts.model import Contract, Field
from assay.contracts.moments import moment_of
from assay.contracts.types import digits, type_of

__all__ = ["avro_long", "record_writer"]

_DAY_NS, _MICRO_NS = 86_400 * 10**9, 1000
_I64 = range(-(2**63), 2**63)
_DECIMAL = re.compile(r"-?[0-9]{1,100}(?:\.[0-9]{1,100})?")
"""More digits than any decimal has; and no exponent, which makes a number of any size of a few characters."""


def record_writer(contract: Contract) -> Callable[[Mapping[str, Any]], bytes]:
    """What writes a record, as JSON has it, in Avro of the contract's schema. A field that is not there is null.

    It writes what Avro can say, be it against the contract, and leaves out what is no field. It raises
    `UnwritableError` where a required field is not there, or a value is of a type that Avro cannot say there.
    """

    def write(record: Mapping[str, Any]) -> bytes:
        return _record(contract.fields, record, "")

    return write


def avro_long(value: int) -> bytes:
    """An integer in Avro, of any size."""
    rest, octets = (value << 1) if value >= 0 else (-value << 1) - 1, bytearray()
    while rest > 0x7F:
        octets.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*octets, rest])


def _record(fields: Sequence[Field], record: Mapping[str, Any], at: str) -> bytes:
    return b"".join(_value(field, record.get(field.name), f"{at}/{field.name}") for field in fields)


def _value(field: Field, value: Any, at: str) -> bytes:
    if value is None and not field.required:
        return b"\0"
    try:
        written = _typed(field, value, at)
    except UnwritableError:
        raise
    except (TypeError, ValueError, OverflowError) as error:
        raise unwritable(field, value, at) from error
    return written if field.required else b"\2" + written


def _typed(field: Field, value: Any, at: str) -> bytes:
    match type_of(field).avro.partition(" ")[0]:
        case "record":
            return _record(field.properties, of(dict, value), at)
        case "array" if items := field.items:
            return _block([_value(items, item, f"{at}/*") for item in of(list, value)])
        case "map" if values := field.values:
            return _block(
                [_text(key.encode()) + _value(values, item, f"{at}/*") for key, item in of(dict, value).items()]
            )
        case "boolean":
            return bytes([of(bool, value)])
        case "float":
            return struct.pack("<f", number(value))
        case "double":
            return struct.pack("<d", number(value))
        case "int" | "long":
            return avro_long(_counted(field, value))
        case "bytes":
            is_bytes = type_of(field).name == "bytes"
            return _text(base64.b64decode(value) if is_bytes else _unscaled(field, value))
    return _text(of(str, scalar(field, value)).encode())


def _block(items: list[bytes]) -> bytes:
    return avro_long(len(items)) + b"".join(items) + b"\0" if items else b"\0"


def _text(value: bytes) -> bytes:
    return avro_long(len(value)) + value


def _counted(field: Field, value: Any) -> int:
    if moment_of(field):
        return nanoseconds(field, value) // (_DAY_NS if type_of(field).name == "date" else _MICRO_NS)
    if of(int, value) not in _I64:
        raise ValueError("no integer of 64 bits")
    return int(value)


def _unscaled(field: Field, value: Any) -> bytes:
    size = digits(field)
    if isinstance(value, bool) or (isinstance(value, str) and not _DECIMAL.fullmatch(value)):
        raise TypeError("no decimal")
    exact = Fraction(value) * 10 ** (size.scale if size else 0)
    whole = int(exact)
    if whole != exact:
        raise ValueError("more places than the decimal has")
    return whole.to_bytes(whole.bit_length() // 8 + 1, "big", signed=True)
