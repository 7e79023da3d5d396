"""Records in Protobuf: read by the contract, judged as their JSON is, with nothing in them that no field has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.contracts import Contract, Judge, Reason, load, protobuf_file
from assay.contracts.forms.binary import OneByOne
from assay.contracts.forms.protobuf import ProtobufForm
from assay.testkit.encoding import protobuf_bytes

GOOD = {"id": "a", "at": "2013-01-01T10:00:00Z", "amount": 1}
HEAD = "apiVersion: v3.2.0\nkind: DataContract\nid: one\nversion: 1.0.0\nschema: [{name: r, properties: ["

FIELDS = {
    "id": ("logicalType: string", "é"),
    "key": ("logicalType: string, logicalTypeOptions: {format: uuid}", "2eb8aa08-aa98-11ea-b4aa-73b441d16380"),
    "raw": ("logicalType: string, logicalTypeOptions: {format: byte}", "AAEC"),
    "small": ("logicalType: integer, logicalTypeOptions: {format: i8}", -7),
    "unsigned": ("logicalType: integer, logicalTypeOptions: {format: u32}", 2**32 - 1),
    "big": ("logicalType: integer", -(2**63)),
    "huge": ("logicalType: integer, logicalTypeOptions: {format: u64}", 2**64 - 1),
    "whole": ("logicalType: integer, physicalType: 'DECIMAL(30,0)'", "-123456789012345678901"),
    "price": ("logicalType: number, physicalType: 'DECIMAL(20,2)'", "-0.50"),
    "single": ("logicalType: number, logicalTypeOptions: {format: f32}", 0.1),
    "double": ("logicalType: number", 0.1),
    "yes": ("logicalType: boolean", False),
    "day": ("logicalType: date", "1969-12-31"),
    "written": ("logicalType: date, logicalTypeOptions: {format: dd.MM.yyyy}", "31.12.1969"),
    "at": ("logicalType: timestamp", "2013-01-01T10:00:00.5Z"),
    "start": ("logicalType: timestamp", "1970-01-01T00:00:00Z"),
    "local": ("logicalType: timestamp, logicalTypeOptions: {timezone: false}", "1969-12-31T23:59:59.000001"),
    "clock": ("logicalType: time", "23:59:59.25"),
    "place": ("logicalType: object, properties: [{name: zip, logicalType: string, required: true}]", {"zip": ""}),
    "tags": ("logicalType: array, items: {logicalType: string}", ["a", "b"]),
    "stops": ("logicalType: array, items: {logicalType: timestamp}", ["2013-01-01T10:00:00Z"]),
    "legs": ("logicalType: array, items: {logicalType: object, properties: [{name: n, logicalType: integer}]}", [{"n": 0}, {}]),
    "counts": ("logicalType: map, map: {key: {logicalType: string}, value: {logicalType: integer}}", {"a": 0}),
}  # fmt: skip


def contract_of(*fields: str) -> Contract:
    return load(f"{HEAD}{', '.join(f'{{{field}}}' for field in fields)}]}}]".encode())


def one(field: str) -> Contract:
    return contract_of(f"name: x, required: true, {field}")


def verdict_of(contract: Contract, value: bytes) -> Any:
    return Judge(contract, "protobuf").judge(value)


@pytest.fixture(params=["columns", "one by one"])
def screen(request: pytest.FixtureRequest) -> Callable[[Contract, list[bytes]], list[bool]]:
    def of(contract: Contract, rows: list[bytes]) -> list[bool]:
        form = ProtobufForm(contract)
        return form.accepts(rows) if request.param == "columns" else OneByOne(contract, form.record).screen(rows)[0]

    return of


def test_the_record_is_the_first_message_of_its_file(orders: Contract) -> None:
    assert [message.name for message in protobuf_file(orders).message_type] == ["Order"]


@pytest.mark.parametrize("name", FIELDS)
def test_every_type_is_read_as_its_json(name: str) -> None:
    field, value = FIELDS[name]
    contract = one(field)
    row = protobuf_bytes(contract, {"x": value})
    assert ProtobufForm(contract).record(row) == {"x": value}
    assert ProtobufForm(contract).accepts([row]) == [True]
    assert ProtobufForm(contract).explain(row).accepted


@pytest.mark.parametrize("name", FIELDS)
def test_every_optional_type_may_be_absent(name: str) -> None:
    contract = contract_of(f"name: x, {FIELDS[name][0]}")
    assert ProtobufForm(contract).record(b"") == {}
    assert ProtobufForm(contract).accepts([b""]) == [True]


@pytest.mark.parametrize("name", [name for name in FIELDS if name not in ("tags", "stops", "legs", "counts")])
def test_every_required_type_must_be_there(name: str) -> None:
    contract = one(FIELDS[name][0])
    violations = verdict_of(contract, b"").violations
    assert [(each.path, each.rule, each.found) for each in violations] == [("/x", "required", "absent")]
    assert ProtobufForm(contract).accepts([b""]) == [False]


def test_what_is_looked_at_is_what_is_read(orders: Contract) -> None:
    rows = [protobuf_bytes(orders, GOOD | {"id": str(number), "tags": ["x"] * number}) for number in range(1, 9)]
    form = ProtobufForm(orders, ["id", "at", "tags", "note"])
    form.accepts([b"\xff", *rows])
    looks = form.look(rows[3:])
    assert looks == [{"id": str(n), "at": GOOD["at"], "tags": ["x"] * n, "note": None} for n in range(4, 9)]


@pytest.mark.parametrize(
    "change",
    [{"id": "123456789"}, {"amount": -1}, {"state": "LOST"}, {"code": "abc"}, {"amount": None}, {"place": {}}],
)
def test_broken_record_has_the_verdict_of_its_json(orders: Contract, change: dict[str, object]) -> None:
    record = {name: value for name, value in (GOOD | change).items() if value is not None}
    verdict = verdict_of(orders, protobuf_bytes(orders, record))
    assert not verdict.accepted
    assert verdict == Judge(orders, "json").judge(orjson.dumps(record))


def test_a_batch_is_judged_row_by_row(orders: Contract, screen: Callable[[Contract, list[bytes]], list[bool]]) -> None:
    good = protobuf_bytes(orders, GOOD)
    rows = [good, protobuf_bytes(orders, GOOD | {"amount": -1}), good + b"\xf8\x07\x01", good[:-1], good]
    assert screen(orders, rows * 20) == [True, False, False, False, True] * 20


@pytest.mark.parametrize(
    ("more", "found"),
    [
        (b"\xf8\x07\x01", "integer"),  # field 127, a varint
        (b"\xfa\x07\x03abc", "string of 3 characters"),
        (b"\xf9\x07" + bytes(8), "number"),
        (b"\xfd\x07" + bytes(4), "number"),
        (b"\xfb\x07\xfc\x07", "object of 0 properties"),
    ],
)
def test_field_that_the_contract_does_not_have_is_refused(orders: Contract, more: bytes, found: str) -> None:
    (violation,) = verdict_of(orders, protobuf_bytes(orders, GOOD) + more).violations
    assert (violation.path, violation.rule, violation.found) == ("/#127", "additionalProperties", found)


def test_field_that_a_message_inside_does_not_have_is_refused(orders: Contract) -> None:
    inside = b"\x0a\x01z\xf8\x07\x01"
    row = protobuf_bytes(orders, GOOD) + b"\x4a" + bytes([len(inside)]) + inside
    assert [each.path for each in verdict_of(orders, row).violations] == ["/place/#127"]


def test_timestamp_with_a_field_of_its_own_is_malformed(orders: Contract) -> None:
    row = protobuf_bytes(orders, GOOD) + b"\x12\x03\xf8\x07\x01"
    assert verdict_of(orders, row).reason is Reason.MALFORMED


@pytest.mark.parametrize("openness", ["open", "closed"])
def test_open_contract_takes_fields_it_does_not_have_and_no_other_wire_type(
    changed_orders: Callable[..., Contract], openness: str
) -> None:
    edit = ("customProperties:", f"customProperties:\n  - {{property: assay.openness, value: {openness}}}")
    contract = changed_orders(edit)
    good = protobuf_bytes(contract, GOOD)
    assert verdict_of(contract, good + b"\xf8\x07\x01").accepted == (openness == "open")
    assert verdict_of(contract, good + b"\x1a\x01a").violations[0].found == "field 3 with another wire type"


@pytest.mark.parametrize(
    "value",
    [
        b"\x0a\x05a",  # a length that the bytes do not have
        b"\x0a\x02\xff\xfe",  # no UTF-8
        b"\x07",  # no wire type
        b"\x00\x00",  # no field number
        b"\x0b" * 5000,  # groups within groups
        b"\x80" * 100,
        b"\x4a\x02\x0a\x05",
    ],
)
def test_bytes_that_are_no_message_are_malformed(orders: Contract, value: bytes) -> None:
    verdict = verdict_of(orders, value)
    assert (verdict.reason, verdict.violations[0].rule) == (Reason.MALFORMED, "protobuf")


@pytest.mark.parametrize("stamp", [b"\x10\xff\xff\xff\xff\x07", b"\x08\xff\xff\xff\xff\xff\xff\xff\x7f", b"\x10\x80\x94\xeb\xdc\x03", b"\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"])  # fmt: skip
def test_moment_outside_the_calendar_breaks_the_format(stamp: bytes) -> None:
    verdict = verdict_of(one("logicalType: timestamp"), b"\x0a" + bytes([len(stamp)]) + stamp)
    assert [(each.path, each.rule) for each in verdict.violations] == [("/x", "format")]


def test_moment_in_the_spelling_of_json_is_not_as_protobuf_has_it() -> None:
    contract = one("logicalType: date, logicalTypeOptions: {format: dd.MM.yyyy}")
    assert verdict_of(contract, b"\x0a\x0a1969-12-31").accepted
    assert not verdict_of(contract, b"\x0a\x0a31.12.1969").accepted


FEWER = {name: each for name, each in FIELDS.items() if name != "counts"}
EVERYTHING = contract_of(*(f"name: {name}, required: true, {field}" for name, (field, _) in FEWER.items()))
EVERY_ROW = protobuf_bytes(EVERYTHING, {name: value for name, (_, value) in FEWER.items()})


@given(st.data())
def test_columns_never_accept_what_the_reader_refuses(data: st.DataObject) -> None:
    row = bytearray(EVERY_ROW)
    for _ in range(data.draw(st.integers(1, 3))):
        row[data.draw(st.integers(0, len(row) - 1))] = data.draw(st.integers(0, 255))
    form = ProtobufForm(EVERYTHING)
    accepted = form.accepts([EVERY_ROW, bytes(row), EVERY_ROW])
    assert (accepted[0], accepted[2]) == (True, True)
    assert not accepted[1] or form.explain(bytes(row)).accepted


@given(st.binary(max_size=200))
def test_any_bytes_have_a_verdict(value: bytes) -> None:
    assert verdict_of(EVERYTHING, value).reason in (None, Reason.MALFORMED, Reason.SCHEMA)
