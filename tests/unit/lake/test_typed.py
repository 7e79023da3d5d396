"""Records as columns of their own types: what goes in comes out, through Arrow and through DuckDB."""

from __future__ import annotations

import base64
from typing import Any

import duckdb
import orjson
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.contracts import Contract, Field, Judge, load
from assay.contracts.ddl import ddl
from assay.contracts.forms.spelling import decimal
from assay.contracts.moments import moment_of
from assay.contracts.schema import INTEGER_BOUNDS
from assay.contracts.types import digits, type_of
from assay.contracts.verdict import ACCEPTED
from assay.lake import SchemaError, typed_records, typed_schema, typed_table

CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: every
version: 1.0.0
schema:
  - name: record
    properties:
      - {name: text, logicalType: string, required: true}
      - {name: uuid, logicalType: string, logicalTypeOptions: {format: uuid}}
      - {name: bytes, logicalType: string, logicalTypeOptions: {format: byte}}
      - {name: i8, logicalType: integer, logicalTypeOptions: {format: i8}}
      - {name: i16, logicalType: integer, logicalTypeOptions: {format: i16}}
      - {name: i32, logicalType: integer, logicalTypeOptions: {format: i32}}
      - {name: i64, logicalType: integer}
      - {name: u8, logicalType: integer, logicalTypeOptions: {format: u8}}
      - {name: u16, logicalType: integer, logicalTypeOptions: {format: u16}}
      - {name: u32, logicalType: integer, logicalTypeOptions: {format: u32}}
      - {name: u64, logicalType: integer, logicalTypeOptions: {format: u64}}
      - {name: whole, logicalType: integer, physicalType: "DECIMAL(38,0)"}
      - {name: f32, logicalType: number, logicalTypeOptions: {format: f32}}
      - {name: f64, logicalType: number}
      - {name: decimal, logicalType: number, physicalType: "DECIMAL(12,2)"}
      - {name: boolean, logicalType: boolean}
      - {name: date, logicalType: date}
      - {name: day, logicalType: date, logicalTypeOptions: {format: dd.MM.yyyy}}
      - {name: timestamp, logicalType: timestamp}
      - {name: local, logicalType: timestamp, logicalTypeOptions: {timezone: false}}
      - {name: time, logicalType: time}
      - {name: offset, logicalType: time, logicalTypeOptions: {timezone: true}}
      - name: object
        logicalType: object
        properties:
          - {name: at, logicalType: timestamp}
          - {name: price, logicalType: number, physicalType: "DECIMAL(5,1)"}
          - {name: parts, logicalType: array, items: {logicalType: date, required: false}}
      - {name: any_object, logicalType: object}
      - {name: array, logicalType: array, items: {logicalType: object, properties: [{name: x, logicalType: time}]}}
      - {name: any_array, logicalType: array}
      - {name: map, logicalType: map, map: {key: {logicalType: string}, value: {logicalType: timestamp, required: false}}}
"""

EVERY = load(CONTRACT.encode())
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | TEXT,
    lambda inside: st.lists(inside, max_size=2) | st.dictionaries(TEXT, inside, max_size=2),
    max_leaves=4,
)


def values(field: Field) -> st.SearchStrategy[Any]:
    """Every value that a field may have, each spelled as columns spell it."""
    if size := digits(field):
        limit = 10**size.precision - 1
        return st.integers(-limit, limit).map(lambda whole: decimal(whole, size.scale))
    row = type_of(field)
    if row.name in INTEGER_BOUNDS:
        return st.integers(*INTEGER_BOUNDS[row.name])
    if field.type in ("date", "timestamp", "time") and row.name != "offset time":
        return moments(field)
    if field.properties or field.items or field.values:
        return nested(field)
    return {
        "text": TEXT,
        "uuid": st.uuids().map(str),
        "bytes": st.binary(max_size=8).map(lambda value: base64.b64encode(value).decode()),
        "f32": st.floats(width=32, allow_nan=False, allow_infinity=False),
        "f64": st.floats(allow_nan=False, allow_infinity=False),
        "boolean": st.booleans(),
        "offset time": st.times().map(lambda value: f"{value.isoformat()}+05:30"),
        "any object": st.dictionaries(TEXT, JSON, max_size=2),
        "any array": st.lists(JSON, max_size=2),
    }[row.name]


def moments(field: Field) -> st.SearchStrategy[str]:
    written = moment_of(field)
    assert written
    if written.kind == "date":
        return st.integers(-700_000, 700_000).map(lambda day: written.write(day * 86_400 * 10**9) or "")
    bounds = (0, 86_400 * 10**6 - 1) if written.kind == "time" else (-(10**15), 10**15)
    return st.integers(*bounds).map(lambda count: written.write(count * 1000) or "")


def nested(field: Field) -> st.SearchStrategy[Any]:
    if field.items:
        return st.lists(optional(field.items), max_size=3)
    if field.values:
        return st.dictionaries(TEXT, optional(field.values), max_size=3)
    return st.fixed_dictionaries({each.name: optional(each) for each in field.properties})


def optional(field: Field) -> st.SearchStrategy[Any]:
    return values(field) if field.required else st.none() | values(field)


RECORDS = st.lists(st.fixed_dictionaries({each.name: optional(each) for each in EVERY.fields}), min_size=1, max_size=3)


def through_duckdb(contract: Contract, table: pa.Table) -> pa.Table:
    """The columns after a table of the contract has held them."""
    names = ", ".join(f'"{field.name}"' for field in contract.fields)
    read = ", ".join(
        f'CAST("{each.name}" AS VARCHAR) AS "{each.name}"' if each.type == pa.string() else f'"{each.name}"'
        for each in table.schema
    )
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(ddl(contract, "duckdb"))
        connection.register("given", table)
        connection.execute(f'INSERT INTO "{contract.id}" SELECT {names} FROM given')
        return connection.sql(f'SELECT {read} FROM "{contract.id}"').to_arrow_table()


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], max_examples=40, deadline=None)
@given(records=RECORDS)
def test_records_come_back_from_columns_and_from_duckdb_unchanged(records: list[dict[str, Any]]) -> None:
    judge = Judge(EVERY)
    assert [judge.explain(orjson.dumps(record)).verdict for record in records] == [ACCEPTED] * len(records)
    table = typed_table(EVERY, records)
    assert typed_records(EVERY, table) == records
    assert typed_records(EVERY, through_duckdb(EVERY, table)) == records


def test_a_column_that_says_less_than_its_contract_is_marked() -> None:
    marked = {field.name: field.metadata[b"assay.type"].decode() for field in typed_schema(EVERY) if field.metadata}
    assert marked == {"offset": "time", "any_object": "object", "any_array": "array"}


@pytest.mark.parametrize(
    ("field", "value"), [("timestamp", "2013-01-01T00:00:00.000000001Z"), ("decimal", "0.001"), ("i8", 200)]
)
def test_what_a_column_does_not_hold_is_refused(field: str, value: object) -> None:
    with pytest.raises(SchemaError, match=f"column '{field}' has a value that"):
        typed_table(EVERY, [{"text": "a", field: value}])
