"""Small bytes that promise much: their verdict takes no more work than their bytes pay for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assay.contracts import Contract, Judge, Reason, WireForm
from assay.testkit.encoding import avro_long

TAGS = "      - {name: tags, logicalType: array, items: {name: tag, logicalType: string}}\n"
FIRST = "      - {name: id"

BOMBS: dict[str, tuple[WireForm, bytes]] = {
    "block of 2^40 items": ("avro", b"\2" + avro_long(2**40)),
    "block of -2^63 items": ("avro", b"\2" + avro_long(-(2**63)) + b"\0"),
    "half a million blocks of one": ("avro", b"\2" + b"\2\0" * 500_000),
    "text of 2^62 bytes": ("avro", b"\0" + avro_long(2**62) + b"a"),
    "integer of 100,000 bytes": ("avro", b"\0\2a" + b"\x80" * 100_000),
    "container file": ("avro", b"Obj\x01" + b"\4\x16avro.schema\x04{}\x14avro.codec\x0edeflate\0" + b"\0" * 1000),
    "groups within groups": ("protobuf", b"\x0b" * 500_000),
    "messages within messages": ("protobuf", b"\x4a\x7f" * 300_000),
    "unknown fields cut short": ("protobuf", b"\xf8\x07" * 300_000 + b"\x01"),
    "300,000 unknown fields": ("protobuf", b"\xf8\x07\x01" * 300_000),
    "a list of half a million": ("protobuf", b"\x0a\x00" * 500_000),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_has_a_verdict(changed_orders: Callable[..., Contract], name: str) -> None:
    form, value = BOMBS[name]
    judge = Judge(changed_orders((TAGS, ""), (FIRST, TAGS + FIRST)), form)
    assert judge.screen([value, value]) == [None, None]
    assert judge.explain(value).verdict.reason in (Reason.MALFORMED, Reason.SCHEMA)
