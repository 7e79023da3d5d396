"""Records in JSON that mean harm, of every kind. Pure."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any

__all__ = ["LARGE", "SMALL", "SURELY_REFUSED", "bomb", "good"]

LEVELS = 10_000
NAMES = 40_000
ZEROS = 100_000
STRANGE_NUMBERS = (
    b"9223372036854775808", b"-9223372036854775809", b"18446744073709551616", b"1e400", b"-1e400", b"1e-400", b"NaN",
    b"Infinity", b"-Infinity", b"-0", b"01", b"0x10", b"1.", b".5", b"+1", b"1e", b"1_000", b"9" * 400, b"1" + b"0" * 4_000,
    b"0." + b"3" * 4_000, b"9007199254740993", b"4.0000000000000001",
)  # fmt: skip
BAD_TEXT = (
    rb'"\ud800"', rb'"\udc00\ud800"', rb'"\ud83d\ude00"', b'"\xff\xfe"', b'"\xed\xa0\x80"', b'"\xc0\x80"', b'"\xf5\x80\x80\x80"',
    b'"\x00"', rb'"\u0000"', rb'"\x41"', b'"\n"', rb'"\u00"', '"\u202e\u0301\u200b"'.encode(), '"\ufeff"'.encode(),
)  # fmt: skip
STRANGE_TIMES = (
    "2016-12-31T23:59:60Z", "2013-02-30T00:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59+24:00", "2013-1-1T0:0:0Z",
    "2013-01-01T00:00:00.999999999999Z", "2013-01-01 00:00:00Z", "\u0662\u0660\u0661\u0663-01-01T00:00:00Z", "+12013-01-01T00:00:00Z",
    "2013-01-01T24:00:00Z", "2013-W01-1T00:00:00Z", "2013-01-01T00:00:00-00:00",
)  # fmt: skip
FIELDS = ("id", "at", "day", "count", "ratio", "state", "code", "paid", "note", "tags", "place")
ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    0.5,
    1e300,
    "",
    "x",
    "\u0000",
    [],
    {},
    [[]],
    {"zip": 1},
    [1, None],
    "1",
)


def good(random: Random) -> dict[str, Any]:
    """Return a record that keeps the contract of `contract.victim`."""
    return {
        "id": str(random.getrandbits(40)),
        "at": f"2013-{random.randint(1, 12):02}-{random.randint(1, 28):02}T{random.randint(0, 23):02}:00:00Z",
        "day": "2013-02-08",
        "count": random.randint(1, 2**40),
        "ratio": random.uniform(-1, 1),
        "state": random.choice(("NEW", "PAID")),
        "code": "a" * random.randint(1, 20),
        "paid": random.random() < 1 / 2,
        "note": random.choice((None, "none", "ünïcödé 😀")),
        "tags": ["a"] * random.randint(0, 3),
        "place": {"zip": "00000"},
    }


def _with(random: Random, name: str, raw: bytes) -> bytes:
    """A good record with one value written as these bytes."""
    return json.dumps(good(random) | {name: "@@"}).encode().replace(b'"@@"', raw, 1)


def _untouched(random: Random) -> bytes:
    return json.dumps(good(random)).encode()


def _truncated(random: Random) -> bytes:
    whole = _untouched(random)
    return whole[: random.randrange(len(whole))]


def _flipped(random: Random) -> bytes:
    whole = bytearray(_untouched(random))
    for _ in range(random.randint(1, 4)):
        whole[random.randrange(len(whole))] = random.choice((random.randrange(256), *whole[:8], *b'{}[]",:0-9e'))
    return bytes(whole)


def _spliced(random: Random) -> bytes:
    one, other = _untouched(random), _untouched(random)
    return one[: random.randrange(len(one))] + other[random.randrange(len(other)) :]


def _noise(random: Random) -> bytes:
    return random.randbytes(random.randint(1, 400))


def _wrong_type(random: Random) -> bytes:
    return json.dumps(good(random) | {random.choice(FIELDS): random.choice(ODD_VALUES)}).encode()


def _missing(random: Random) -> bytes:
    record = good(random)
    for name in random.sample(FIELDS, random.randint(1, 4)):
        del record[name]
    return json.dumps(record).encode()


def _number(random: Random) -> bytes:
    return _with(random, random.choice(("count", "ratio")), random.choice(STRANGE_NUMBERS))


def _text(random: Random) -> bytes:
    return _with(random, random.choice(("id", "note", "code", "state")), random.choice(BAD_TEXT))


def _time(random: Random) -> bytes:
    return json.dumps(good(random) | {random.choice(("at", "day")): random.choice(STRANGE_TIMES)}).encode()


def _twice(random: Random) -> bytes:
    name = json.dumps(random.choice(FIELDS)).encode()
    return b"{" + name + b":" + random.choice(STRANGE_NUMBERS[:4]) + b"," + _untouched(random)[1:]


def _unknown(random: Random) -> bytes:
    return json.dumps(good(random) | {f"u{number}": number for number in range(random.randint(1, 30))}).encode()


def _not_an_object(random: Random) -> bytes:
    return random.choice(
        (b"", b" ", b"null", b"[]", b'"{}"', b"1", b"{}{}", b"{},", b"\xef\xbb\xbf{}", b"{'a':1}", b"//x\n{}")
    )


def _framed(random: Random) -> bytes:
    start = random.choice((b"\x00", b"\x01", b"\x02", b"\xff", b"\x00\x00\x00")) + random.randbytes(
        random.choice((3, 4, 16))
    )
    return start + _untouched(random)


def _packed(random: Random) -> bytes:
    return random.choice((gzip.compress, zlib.compress))(_untouched(random))


def _pattern(random: Random) -> bytes:
    return json.dumps(good(random) | {"code": "a" * random.randint(20, 60) + "!"}).encode()


@cache
def _zeros() -> bytes:
    return gzip.compress(b"0" * 100_000_000)


def bomb(_random: Random) -> bytes:
    """A hundred million bytes, should anyone unpack them."""
    return _zeros()


def _deep_lists(random: Random) -> bytes:
    return _with(random, random.choice(("tags", "note", "unknown")), b"[" * LEVELS + b"]" * LEVELS)


def _deep_objects(random: Random) -> bytes:
    return _with(random, random.choice(("place", "note", "unknown")), b'{"a":' * LEVELS + b"1" + b"}" * LEVELS)


def _open_for_ever(random: Random) -> bytes:
    return random.choice((b"[", b'{"a":')) * LEVELS * 10


def _many_names(random: Random) -> bytes:
    return _names(NAMES) + _untouched(random)[1:]


@cache
def _names(count: int) -> bytes:
    return b"{" + b"".join(b'"u%d":1,' % number for number in range(count))


def _million_names(random: Random) -> bytes:
    return _names(1_000_000) + _untouched(random)[1:]


def _same_name(random: Random) -> bytes:
    return b"{" + b'"count":1,' * NAMES + _untouched(random)[1:]


def _long_pattern(random: Random) -> bytes:
    return json.dumps(good(random) | {"code": "a" * 4_095 + "!"}).encode()


def _long_number(random: Random) -> bytes:
    return _with(random, "count", b"1" + b"0" * ZEROS)


def _many_items(random: Random) -> bytes:
    return json.dumps(good(random) | {"tags": [random.choice((1, "a"))] * NAMES}).encode()


def _too_large(random: Random) -> bytes:
    return _with(random, "note", b'"' + b"x" * 2_000_000 + b'"')


SMALL: dict[str, Callable[[Random], bytes]] = {
    "untouched": _untouched, "truncated": _truncated, "flipped bytes": _flipped, "spliced": _spliced, "noise": _noise,
    "wrong type": _wrong_type, "missing": _missing, "strange number": _number, "bad text": _text, "strange time": _time,
    "name twice": _twice, "unknown names": _unknown, "not an object": _not_an_object, "framed": _framed,
    "compressed": _packed, "catastrophic pattern": _pattern,
}  # fmt: skip
LARGE: dict[str, Callable[[Random], bytes]] = {
    "gzip bomb": bomb, "10,000 lists": _deep_lists, "10,000 objects": _deep_objects, "never closed": _open_for_ever,
    "40,000 names": _many_names, "1,000,000 names": _million_names, "40,000 times one name": _same_name, "long catastrophic pattern": _long_pattern,
    "100,000 digits": _long_number, "40,000 items": _many_items, "too large": _too_large,
}  # fmt: skip
SURELY_REFUSED = frozenset(
    {
        "truncated", "unknown names", "not an object", "framed", "compressed", "catastrophic pattern", "gzip bomb",
        "10,000 lists", "10,000 objects", "never closed", "40,000 names", "1,000,000 names", "long catastrophic pattern", "100,000 digits",
        "too large",
    }
)  # fmt: skip
"""Kinds of which no record keeps the contract."""
