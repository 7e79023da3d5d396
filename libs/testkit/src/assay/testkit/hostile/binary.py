"""Records in Avro and in Protobuf that mean harm, of every kind. Pure."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from random import Random
from typing import Any

from google.protobuf import descriptor_pool, json_format, message_factory, timestamp_pb2

from assay.contracts import avro_schema, protobuf_file
from assay.testkit.hostile.contract import victim
from assay.testkit.hostile.text import bomb, good

__all__ = ["AVRO", "LARGE", "PROTOBUF", "SURELY_REFUSED"]

Write = Callable[[Random], bytes]

EPOCH = date(1970, 1, 1)
HUGE = (2**31 - 1, 2**31, 2**62, 2**63 - 1, -1, -(2**31), -(2**63))
"""Lengths and counts that no record has."""

OVERLONG = (b"\xff" * 9 + b"\x01", b"\xff" * 10 + b"\x01", b"\xff" * 40, b"\x80" * 11 + b"\x01", b"\x80" * 3)
LEVELS = 10_000
FIELDS = 100_000


def small(write: Write) -> dict[str, Write]:
    """Return what makes a small record of each kind, from what makes a good one."""

    def truncated(random: Random) -> bytes:
        whole = write(random)
        return whole[: random.randrange(len(whole))]

    def flipped(random: Random) -> bytes:
        whole = bytearray(write(random))
        for _ in range(random.randint(1, 4)):
            whole[random.randrange(len(whole))] = random.randrange(256)
        return bytes(whole)

    def spliced(random: Random) -> bytes:
        one, other = write(random), write(random)
        return one[: random.randrange(len(one))] + other[random.randrange(len(other)) :]

    def inserted(random: Random) -> bytes:
        whole, place = write(random), random.randrange(40)
        strange = random.choice((zigzag(random.choice(HUGE)), random.choice(OVERLONG), struct.pack("<d", float("nan"))))
        return whole[:place] + strange + whole[place + random.randrange(8) :]

    return {
        "untouched": write,
        "truncated": truncated,
        "flipped bytes": flipped,
        "spliced": spliced,
        "huge numbers": inserted,
        "trailing bytes": lambda random: write(random) + random.randbytes(random.randint(1, 9)),
        "noise": lambda random: random.randbytes(random.randint(1, 300)),
        "framed": lambda random: random.choice((b"\x00", b"\x01")) + random.randbytes(4) + write(random),
        "compressed": lambda random: gzip.compress(write(random)),
        "empty": lambda _random: b"",
    }


def zigzag(number: int) -> bytes:
    """A number as Avro writes it, of 64 bits."""
    return varint((number << 1) ^ (number >> 63))


def varint(number: int) -> bytes:
    """A number of 64 bits, seven at a time, the least first."""
    rest, digits = number & (2**64 - 1), bytearray()
    while rest > 0x7F:
        digits.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*digits, rest])


@cache
def _schema() -> dict[str, Any]:
    return avro_schema(victim("avro"))


@cache
def _message() -> type[Any]:
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(timestamp_pb2.DESCRIPTOR.serialized_pb)
    pool.Add(protobuf_file(victim("protobuf")))
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("victim.Victim"))


def in_avro(random: Random) -> bytes:
    """A good record in Avro."""
    record = good(random)
    at = datetime.fromisoformat(record["at"])
    record |= {"at": int(at.timestamp()) * 1_000_000, "day": (date.fromisoformat(record["day"]) - EPOCH).days}
    return avro(_schema(), record)


def in_protobuf(random: Random) -> bytes:
    """A good record in Protobuf."""
    whole: bytes = json_format.ParseDict(good(random), _message()()).SerializeToString()
    return whole


def avro(schema: Any, value: Any) -> bytes:
    """A value in Avro, as the schema says."""
    match schema:
        case [_, _]:
            return zigzag(0) if value is None else zigzag(1) + avro(schema[1], value)
        case {"type": "record", "fields": fields}:
            return b"".join(avro(field["type"], value[field["name"]]) for field in fields)
        case {"type": "array", "items": items}:
            return zigzag(len(value)) + b"".join(avro(items, each) for each in value) + zigzag(0) * bool(value)
        case {"type": kind}:
            return avro(kind, value)
        case "boolean":
            return bytes([value])
        case "double":
            return struct.pack("<d", value)
        case "string":
            encoded: bytes = value.encode()
            return zigzag(len(encoded)) + encoded
    return zigzag(value)


def _avro_with(name: str, raw: bytes) -> Write:
    """A record that stops at a field, which is these bytes."""

    def write(random: Random) -> bytes:
        whole: Sequence[Mapping[str, Any]] = _schema()["fields"]
        names = [field["name"] for field in whole]
        before = {"fields": whole[: names.index(name)], "type": "record"}
        record = good(random) | {"at": 0, "day": 0}
        return avro(before, record) + raw

    return write


AVRO = small(in_avro) | {
    "huge text": lambda random: zigzag(random.choice(HUGE)) + b"x" * 50,
    "unknown branch": lambda random: _avro_with("day", zigzag(random.choice((2, 7, -1, 2**40))))(random),
    "huge list": lambda random: _avro_with("tags", zigzag(1) + zigzag(random.choice(HUGE)))(random),
    "list of nothing": _avro_with("tags", zigzag(1) + zigzag(2**40) + b"\x00" * 200),
    "block of a wrong size": lambda random: _avro_with("tags", zigzag(1) + zigzag(-3) + zigzag(random.choice(HUGE)))(
        random
    ),
    "neither true nor false": _avro_with("paid", zigzag(1) + b"\x07"),
    "text that is none": _avro_with("note", zigzag(1) + zigzag(2) + b"\xff\xfe"),
}
PROTOBUF = small(in_protobuf) | {
    "huge text": lambda random: b"\x0a" + varint(random.choice(HUGE)) + b"x" * 50,
    "wrong wire type": lambda random: (
        in_protobuf(random) + bytes([random.randrange(1, 12) << 3 | random.randrange(8), 1])
    ),
    "group that ends before it began": lambda random: in_protobuf(random) + b"\x5c",
    "unknown field": lambda random: in_protobuf(random) + varint(random.randint(100, 2**29 - 1) << 3) + b"\x01",
    "field 0": lambda random: in_protobuf(random) + b"\x00\x01",
    "text that is none": lambda random: in_protobuf(random) + b"\x0a\x02\xff\xfe",
}
_BOTH: dict[str, Write] = {
    "gzip bomb": bomb,
    "too large": lambda _random: b"\x0a" * 2_000_000,
    "long noise": lambda random: random.randbytes(200_000),
}
LARGE = {
    "avro": _BOTH
    | {
        "long list": _avro_with("tags", zigzag(1) + zigzag(FIELDS) + zigzag(1) * FIELDS),
        "many blocks": _avro_with("tags", zigzag(1) + (zigzag(1) + zigzag(0)) * FIELDS),
    },
    "protobuf": _BOTH
    | {
        "10,000 groups": lambda random: in_protobuf(random) + b"\xa3\x06" * LEVELS + b"\xa4\x06" * LEVELS,
        "10,000 groups, never closed": lambda random: in_protobuf(random) + b"\xa3\x06" * LEVELS,
        "100,000 unknown fields": lambda random: in_protobuf(random) + b"\xa0\x06\x01" * FIELDS,
        "100,000 times one field": lambda random: in_protobuf(random) + b"\x20\x01" * FIELDS,
        "long list": lambda random: in_protobuf(random) + b"\x52\x00" * FIELDS,
    },
}

SURELY_REFUSED = {
    "avro": frozenset(
        {
            "truncated", "trailing bytes", "compressed", "empty", "gzip bomb", "too large", "long noise", "huge text",
            "unknown branch", "huge list", "list of nothing", "block of a wrong size", "neither true nor false",
            "text that is none", "long list", "many blocks",
        }
    ),
    "protobuf": frozenset(
        {
            "compressed", "empty", "gzip bomb", "too large", "long noise", "huge text", "unknown field", "field 0",
            "text that is none", "10,000 groups", "10,000 groups, never closed", "100,000 unknown fields",
            "group that ends before it began",
        }
    ),
}  # fmt: skip
"""Kinds of which no record keeps the contract."""
