"""Confluent's frame: which schema a record says it was written with, and where the record itself begins.

Shape: https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID, uuid5

from assay.contracts.errors import ContractsError

__all__ = ["MAX_INDEXES", "SCHEMA_HEADER", "Frame", "FrameError", "Headers", "framed", "guid_of", "unframe"]

SCHEMA_HEADER = "__value_schema_id"
"""The header that carries a frame's first bytes, where a producer keeps them out of the value."""

MAX_INDEXES = 16
"""Messages within one another that a Protobuf frame may name."""

_BY_ID, _BY_GUID = 0, 1
_SIZES = {_BY_ID: 5, _BY_GUID: 17}
_MAX_VARINT = 5
_FIRST = (0,)
_GUIDS = UUID("6f1f2b1e-8c0a-5d5e-9b6a-3a4d2f0c7e11")

Headers = Iterable[tuple[str, bytes | None]]


class FrameError(ContractsError):
    """What stands before a record is no frame: `expected` says what should be there, `found` what is."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(f"expected {expected}, found {found}")
        self.expected = expected
        self.found = found


@dataclass(frozen=True, slots=True)
class Frame:
    """The schema that a record was written with, by id or by guid, and the record without the frame.

    `prefix` is what stands before the payload in the value, empty when a header carries it.
    """

    schema_id: int | None
    guid: UUID | None
    payload: bytes
    indexes: tuple[int, ...] = ()
    prefix: bytes = b""


def guid_of(text: bytes) -> UUID:
    """The guid of a contract version: the same for the same text, in every registry."""
    return uuid5(_GUIDS, hashlib.sha256(text).hexdigest())


def unframe(value: bytes, headers: Headers, form: Literal["json", "avro", "protobuf"]) -> Frame | None:
    """The frame of a value, in its header or before its payload; None when the value is bare.

    No JSON and no Protobuf begins with a byte 0 or 1. A bare Avro record may: one that is long enough to hold a frame
    is taken for framed, so a producer of bare Avro puts a string or another value that is never empty first.

    Raises:
        FrameError: the frame is cut short, or names another message than the first of its file.
    """
    for name, said in headers:
        if name == SCHEMA_HEADER and said is not None:
            frame = _parsed(said, form)
            if frame is None or frame.payload:
                raise FrameError(f"a schema id or guid in header {SCHEMA_HEADER}", f"{len(said)} bytes")
            return Frame(frame.schema_id, frame.guid, value, frame.indexes)
    return _parsed(value, form)


def framed(payload: bytes, schema: int | UUID, indexes: Sequence[int] | None = None) -> bytes:
    """The payload behind a frame; `indexes` are those of a Protobuf message, None for another form."""
    start = bytes([_BY_ID]) + schema.to_bytes(4, "big") if isinstance(schema, int) else bytes([_BY_GUID]) + schema.bytes
    if indexes is None:
        return start + payload
    listed = () if tuple(indexes) == _FIRST else indexes
    return start + b"".join(map(_varint, (len(listed), *listed))) + payload


def _parsed(value: bytes, form: str) -> Frame | None:
    size = _SIZES.get(value[0]) if value else None
    if size is None or (form == "avro" and len(value) < size):
        return None
    if len(value) < size:
        raise FrameError(f"a frame of {size} bytes", f"{len(value)} bytes")
    indexes, end = _indexes(value, size) if form == "protobuf" else ((), size)
    if indexes not in ((), _FIRST):
        raise FrameError("the first message of the file", f"message {'.'.join(map(str, indexes))}")
    by_id = value[0] == _BY_ID
    return Frame(
        schema_id=int.from_bytes(value[1:size], "big") if by_id else None,
        guid=None if by_id else UUID(bytes=value[1:size]),
        payload=value[end:],
        indexes=indexes,
        prefix=value[:end],
    )


def _indexes(value: bytes, at: int) -> tuple[tuple[int, ...], int]:
    """The path of a message in its file, and where it ends; a lone 0 stands for the first message."""
    count, at = _zigzag(value, at)
    if not 0 <= count <= MAX_INDEXES:
        raise FrameError(f"at most {MAX_INDEXES} message indexes", str(count))
    indexes = []
    for _ in range(count):
        index, at = _zigzag(value, at)
        indexes.append(index)
    return tuple(indexes) or _FIRST, at


def _zigzag(value: bytes, at: int) -> tuple[int, int]:
    number = 0
    for place, byte in enumerate(value[at : at + _MAX_VARINT]):
        number |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return (number >> 1) ^ -(number & 1), at + place + 1
    raise FrameError(f"a message index of at most {_MAX_VARINT} bytes", "no end of it")


def _varint(number: int) -> bytes:
    rest, digits = (number << 1) ^ (number >> 63), bytearray()
    while rest > 0x7F:
        digits.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*digits, rest])
