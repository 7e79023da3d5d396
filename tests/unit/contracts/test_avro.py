"""Records in Avro: read as another reader reads them, judged as their JSON is, and nothing of them taken on trust."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from typing import Any

import fastavro
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.contracts import Contract, Judge, Reason, avro_schema, load
from assay.contracts.forms.avro import AvroForm
from assay.contracts.forms.avro_reader import record_reader
from assay.contracts.forms.binary import OneByOne
from assay.testkit.encoding import avro_bytes, avro_long

GOOD = {"id": "a", "at": "2013-01-01T10:00:00Z", "amount": 1}
HEAD = "apiVersion: v3.2.0\nkind: DataContract\nid: one\nversion: 1.0.0\nschema: [{name: r, properties: ["

FIELDS = {
    "id": ("logicalType: string", "é"),
    "key": ("logicalType: string, logicalTypeOptions: {format: uuid}", "2eb8aa08-aa98-11ea-b4aa-73b441d16380"),
    "raw": ("logicalType: string, logicalTypeOptions: {format: byte}", "AAEC"),
    "small": ("logicalType: integer, logicalTypeOptions: {format: i8}", -7),
    "big": ("logicalType: integer", -(2**63)),
    "huge": ("logicalType: integer, logicalTypeOptions: {format: u64}", 2**64 - 1),
    "whole": ("logicalType: integer, physicalType: 'DECIMAL(30,0)'", "-123456789012345678901"),
    "price": ("logicalType: number, physicalType: 'DECIMAL(20,2)'", "-0.50"),
    "single": ("logicalType: number, logicalTypeOptions: {format: f32}", 0.1),
    "double": ("logicalType: number", 0.1),
    "yes": ("logicalType: boolean", True),
    "day": ("logicalType: date", "1969-12-31"),
    "written": ("logicalType: date, logicalTypeOptions: {format: dd.MM.yyyy}", "31.12.1969"),
    "at": ("logicalType: timestamp", "2013-01-01T10:00:00.5Z"),
    "local": ("logicalType: timestamp, logicalTypeOptions: {timezone: false}", "1969-12-31T23:59:59.000001"),
    "clock": ("logicalType: time", "23:59:59.25"),
    "place": ("logicalType: object, properties: [{name: zip, logicalType: string, required: true}]", {"zip": "1"}),
    "tags": ("logicalType: array, items: {logicalType: string}", ["a", "b"]),
    "counts": ("logicalType: map, map: {key: {logicalType: string}, value: {logicalType: integer}}", {"a": 1}),
}


def contract_of(*fields: str) -> Contract:
    return load(f"{HEAD}{', '.join(f'{{{field}}}' for field in fields)}]}}]".encode())


def one(field: str) -> Contract:
    return contract_of(f"name: x, required: true, {field}")


def verdict_of(contract: Contract, value: bytes) -> Any:
    return Judge(contract, "avro").judge(value)


@pytest.fixture(params=["columns", "one by one"])
def screen(request: pytest.FixtureRequest) -> Callable[[Contract, list[bytes]], list[bool]]:
    def of(contract: Contract, rows: list[bytes]) -> list[bool]:
        form = AvroForm(contract)
        return form.accepts(rows) if request.param == "columns" else OneByOne(contract, form.record).screen(rows)[0]

    return of


@pytest.mark.parametrize("name", FIELDS)
def test_every_type_is_read_as_its_json(name: str) -> None:
    field, value = FIELDS[name]
    contract = one(field)
    row = avro_bytes(contract, {"x": value})
    assert AvroForm(contract).record(row) == {"x": value}
    assert AvroForm(contract).accepts([row]) == [True]
    assert AvroForm(contract).explain(row).accepted


@pytest.mark.parametrize("name", FIELDS)
def test_every_optional_type_may_be_null(name: str) -> None:
    contract = contract_of(f"name: x, {FIELDS[name][0]}")
    assert AvroForm(contract).record(b"\0") == {"x": None}
    assert AvroForm(contract).accepts([b"\0"]) == [True]


@pytest.mark.parametrize("name", FIELDS)
def test_another_reader_takes_the_same_bytes(name: str) -> None:
    contract = one(FIELDS[name][0])
    source = io.BytesIO(avro_bytes(contract, {"x": FIELDS[name][1]}) + b"more")
    fastavro.schemaless_reader(source, fastavro.parse_schema(avro_schema(contract)), None)
    assert source.read() == b"more"


def test_what_is_looked_at_is_what_is_read(orders: Contract) -> None:
    rows = [avro_bytes(orders, GOOD | {"id": str(number), "tags": ["x"] * number}) for number in range(9)]
    form = AvroForm(orders, ["id", "at", "tags", "note"])
    form.accepts([b"", *rows[:5], b"\1", *rows[5:]])
    looks = form.look(rows[3:])
    assert looks == [
        {"id": str(number), "at": GOOD["at"], "tags": ["x"] * number, "note": None} for number in range(3, 9)
    ]


BROKEN: dict[str, tuple[dict[str, object], str]] = {
    "/id": ({"id": "123456789"}, "maxLength"),
    "/amount": ({"amount": -1}, "minimum"),
    "/state": ({"state": "LOST"}, "enum"),
    "/code": ({"code": "abc"}, "pattern"),
}


@pytest.mark.parametrize("path", BROKEN)
def test_broken_record_has_the_verdict_of_its_json(orders: Contract, path: str) -> None:
    record = GOOD | BROKEN[path][0]
    verdict = verdict_of(orders, avro_bytes(orders, record))
    assert verdict == Judge(orders, "json").judge(orjson.dumps(record))
    assert [(each.path, each.rule) for each in verdict.violations] == [(path, BROKEN[path][1])]


def test_a_batch_is_judged_row_by_row(orders: Contract, screen: Callable[[Contract, list[bytes]], list[bool]]) -> None:
    good = avro_bytes(orders, GOOD)
    rows = [good, avro_bytes(orders, GOOD | {"amount": -1}), good + b"\0", good[:-1], good]
    assert screen(orders, rows * 20) == [True, False, False, False, True] * 20


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("logicalType: string", b"", "the end of the bytes within a value"),
        ("logicalType: string", b"\2ab", "1 bytes after the record"),
        ("logicalType: string", avro_long(2**40) + b"a", "a length that the bytes do not have"),
        ("logicalType: string", avro_long(-5) + b"a", "a length that the bytes do not have"),
        ("logicalType: string", b"\4\xff\xfe", "text that is not UTF-8"),
        ("logicalType: string", b"\6\xed\xa0\x80", "text that is not UTF-8"),
        ("logicalType: integer", b"\x80" * 100 + b"\0", "an integer of more than 10 bytes"),
        ("logicalType: boolean", b"\7", "a boolean that is not 0 or 1"),
        ("logicalType: number", b"\0\0\0", "the end of the bytes within a value"),
        ("logicalType: array, items: {logicalType: string}", avro_long(2**40) + b"\2a", "a block of more items than the bytes hold"),
        ("logicalType: array, items: {logicalType: string}", avro_long(-(2**63)) + b"\2", "a block of more items than the bytes hold"),
        ("logicalType: integer, logicalTypeOptions: {format: u64}", b"\0", "a decimal that is not of 1 to 16 bytes"),
        ("logicalType: string", b"Obj\x01" + b"\4\x16avro.schema", "a container file"),
    ],
)  # fmt: skip
def test_bytes_that_are_no_record_are_malformed(field: str, value: bytes, found: str) -> None:
    verdict = verdict_of(one(field), value)
    assert (verdict.reason, verdict.violations[0].rule, verdict.violations[0].found) == (
        Reason.MALFORMED,
        "avro",
        found,
    )


@pytest.mark.parametrize("branch", [b"\1", b"\4", avro_long(2**40)])
def test_branch_that_the_union_does_not_have_is_malformed(branch: bytes) -> None:
    assert verdict_of(contract_of("name: x, logicalType: string"), branch + b"\2a").reason is Reason.MALFORMED


def test_int_of_more_than_32_bits_breaks_its_maximum() -> None:
    violation = verdict_of(one("logicalType: integer, logicalTypeOptions: {format: i32}"), avro_long(2**40)).violations
    assert [(each.path, each.rule) for each in violation] == [("/x", "maximum")]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("size", ["f32", "f64"])
def test_what_is_no_number_breaks_the_type(value: float, size: str) -> None:
    contract = one(f"logicalType: number, logicalTypeOptions: {{format: {size}}}")
    verdict = verdict_of(contract, struct.pack("<f" if size == "f32" else "<d", value))
    assert [(each.path, each.rule) for each in verdict.violations] == [("/x", "type")]


@pytest.mark.parametrize("kind", ["date", "timestamp", "time"])
@pytest.mark.parametrize("count", [2**31 - 1, 2**63 - 1, -(2**31), -(2**63)])
def test_moment_outside_the_calendar_breaks_the_format(kind: str, count: int) -> None:
    verdict = verdict_of(one(f"logicalType: {kind}"), avro_long(count))
    is_there = (kind == "timestamp" and abs(count) <= 2**31) or (kind == "time" and count == 2**31 - 1)
    assert [each.rule for each in verdict.violations] == ([] if is_there else ["format"])


@given(st.data())
def test_columns_never_accept_what_the_reader_refuses(data: st.DataObject) -> None:
    contract = EVERYTHING
    row = bytearray(EVERY_ROW)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(row) - 1))
        row[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.sampled_from([len(row), len(row) - 1]))
    rows = [EVERY_ROW, bytes(row[:cut]), EVERY_ROW]
    form = AvroForm(contract)
    accepted = form.accepts(rows)
    assert (accepted[0], accepted[2]) == (True, True)
    assert accepted[1] == form.explain(rows[1]).accepted


FEWER = {name: each for name, each in FIELDS.items() if name not in ("raw", "huge", "whole", "price", "counts")}
EVERYTHING = contract_of(*(f"name: {name}, required: true, {field}" for name, (field, _) in FEWER.items()))
EVERY_ROW = avro_bytes(EVERYTHING, {name: value for name, (_, value) in FEWER.items()})


@given(st.binary(max_size=200))
def test_any_bytes_have_a_verdict(value: bytes) -> None:
    assert verdict_of(EVERYTHING, value).reason in (None, Reason.MALFORMED, Reason.SCHEMA)


@given(st.integers(-(2**63), 2**63 - 1))
def test_integers_are_read_as_they_were_written(value: int) -> None:
    assert record_reader(one("logicalType: integer"))(avro_long(value)) == {"x": value}
