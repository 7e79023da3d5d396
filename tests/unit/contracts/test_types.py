"""The table of types: every row to each target and back to its logical type, and the table in the documentation."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
from google.protobuf.descriptor_pb2 import FieldDescriptorProto

from assay.contracts import (
    Contract,
    avro_schema,
    json_schema,
    lake_columns,
    lint,
    load,
    protobuf_file,
    warehouse_columns,
)
from assay.contracts.ddl import Dialect, ddl
from assay.contracts.formats import BASE64, DATE, LOCAL_DATE_TIME, LOCAL_TIME, TIME
from assay.contracts.types import TYPES, said_by, type_of
from assay.lake import arrow_schema

FieldContract = Callable[[str], Contract]

ROOT = Path(__file__).parents[3]

FIELDS = {
    "text": "logicalType: string",
    "uuid": "logicalType: string, logicalTypeOptions: {format: uuid}",
    "bytes": "logicalType: string, logicalTypeOptions: {format: byte}",
    **{
        name: f"logicalType: integer, logicalTypeOptions: {{format: {name}}}"
        for name in ("i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64")
    },
    "whole": "logicalType: integer, physicalType: 'DECIMAL(30,0)'",
    "f32": "logicalType: number, logicalTypeOptions: {format: f32}",
    "f64": "logicalType: number",
    "decimal": "logicalType: number, physicalType: 'DECIMAL(12,2)'",
    "boolean": "logicalType: boolean",
    "date": "logicalType: date",
    "timestamp": "logicalType: timestamp",
    "local timestamp": "logicalType: timestamp, logicalTypeOptions: {timezone: false}",
    "time": "logicalType: time",
    "offset time": "logicalType: time, logicalTypeOptions: {timezone: true}",
    "object": "logicalType: object, properties: [{name: a, logicalType: string}]",
    "any object": "logicalType: object",
    "array": "logicalType: array, items: {logicalType: string}",
    "any array": "logicalType: array",
    "map": "logicalType: map, map: {key: {logicalType: string}, value: {logicalType: string}}",
}
"""A field of each row."""

HEAD = "apiVersion: v3.2.0\nkind: DataContract\nid: one\nversion: 1.0.0\nschema: [{name: r, properties: [{name: x, "

ROWS = pytest.mark.parametrize("row", FIELDS)
WIRED = pytest.mark.parametrize("row", [row for row in FIELDS if TYPES[row].avro])

TEXTS = {DATE: "date", LOCAL_DATE_TIME: "timestamp", LOCAL_TIME: "time", TIME: "time", BASE64: "string"}
FORMATS = {"date": "date", "date-time": "timestamp", "local-date-time": "timestamp", "time": "time"}


def of_pattern(pattern: str | None) -> str:
    """The logical type of a text that looks so."""
    if pattern and pattern.startswith("^-?(0|"):
        return "number" if r"\." in pattern else "integer"
    return TEXTS.get(pattern or "", "string")


def of_json(schema: Mapping[str, Any]) -> str:
    kind = schema["type"] if isinstance(schema["type"], str) else schema["type"][0]
    if kind == "string":
        return FORMATS.get(schema.get("format", ""), of_pattern(schema.get("pattern")))
    is_map = kind == "object" and isinstance(schema.get("additionalProperties"), dict)
    return "map" if is_map else kind


def of_avro(schema: Any) -> str:
    if isinstance(schema, str):
        return said_by("avro", schema) or ""
    if schema.get("logicalType") == "decimal":
        return "number" if schema["scale"] else "integer"
    return said_by("avro", f"{schema['type']} {schema.get('logicalType', '')}".strip()) or ""


def of_protobuf(field: FieldDescriptorProto, file: str) -> str:
    if field.label == FieldDescriptorProto.LABEL_REPEATED:
        return "map" if field.type_name.endswith("Entry") else "array"
    if field.type == FieldDescriptorProto.TYPE_MESSAGE:
        return said_by("protobuf", field.type_name[1:]) or "object"
    if field.type == FieldDescriptorProto.TYPE_STRING:
        found = re.search(rb"\^.*\$", field.options.SerializeToString())
        return of_pattern(found[0].decode() if found else None)
    return said_by("protobuf", FieldDescriptorProto.Type.Name(field.type).removeprefix("TYPE_").lower()) or ""


def of_sql(statement: str, dialect: Dialect) -> str:
    """What a column says: its comment, or else the word of its type."""
    if comment := re.search(r"(?:COMMENT|IS) '(\w+)'", statement):
        return comment[1]
    word = re.search(r'[`"]x[`"] (.*)\n', statement)
    assert word
    if sized := re.fullmatch(r"(DECIMAL|NUMERIC)\(\d+,(\d+)\)", word[1]):
        return "number" if int(sized[2]) else "integer"
    if word[1].endswith("[]"):
        return "array"
    name = word[1] if said_by(dialect, word[1]) else re.split(r"[(<]", word[1])[0]
    return said_by(dialect, name) or ""


@ROWS
def test_every_row_is_the_type_of_a_field(field_contract: FieldContract, row: str) -> None:
    assert type_of(field_contract(FIELDS[row]).fields[0]) == TYPES[row]


def test_every_row_is_shown() -> None:
    assert list(FIELDS) == list(TYPES)


@ROWS
def test_a_type_comes_back_from_json_schema(field_contract: FieldContract, row: str) -> None:
    assert of_json(json_schema(field_contract(FIELDS[row]))["properties"]["x"]) == TYPES[row].logical


@WIRED
def test_a_type_comes_back_from_avro(field_contract: FieldContract, row: str) -> None:
    assert of_avro(avro_schema(field_contract(FIELDS[row]))["fields"][0]["type"][1]) == TYPES[row].logical


@WIRED
def test_a_type_comes_back_from_protobuf(field_contract: FieldContract, row: str) -> None:
    file = protobuf_file(field_contract(FIELDS[row]))
    assert of_protobuf(file.message_type[0].field[0], file.name) == TYPES[row].logical


@pytest.mark.parametrize("form", ["avro", "protobuf"])
@pytest.mark.parametrize("row", [row for row in FIELDS if not TYPES[row].avro])
def test_a_type_that_a_form_does_not_have_is_a_finding(row: str, form: str) -> None:
    topics = f"\ncustomProperties: [{{property: assay.topics, value: {{format: {form}}}}}]"
    found = lint(f"{HEAD}{FIELDS[row]}}}]}}]{topics}".encode())
    assert [finding.message for finding in found] == [
        f"'x': {form} has no {TYPES[row].logical} of anything; write out its {'items' if 'array' in row else 'properties'}"
    ]


@ROWS
@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "spark"])
def test_a_type_comes_back_from_sql(field_contract: FieldContract, row: str, dialect: Dialect) -> None:
    assert of_sql(ddl(field_contract(FIELDS[row]), dialect), dialect) == TYPES[row].logical


@pytest.fixture(scope="module")
def every_type() -> Contract:
    fields = ", ".join(f"{{name: {row.replace(' ', '_')}, {field}}}" for row, field in FIELDS.items())
    key = "{name: id, logicalType: string, required: true, primaryKey: true}"
    return load(f"{HEAD[: HEAD.rindex('{')]}{key}, {fields}]}}]".encode())


def test_duckdb_takes_the_table_of_every_type(every_type: Contract) -> None:
    with duckdb.connect() as connection:
        connection.execute(ddl(every_type, "duckdb"))
        found = connection.execute("SELECT column_name FROM duckdb_columns() WHERE table_name = 'one'").fetchall()
    assert [name for (name,) in found] == [field.name for field in every_type.fields]


def test_the_warehouse_has_the_columns_of_the_lake_in_types_of_duckdb(every_type: Contract) -> None:
    schema = arrow_schema(lake_columns(every_type))
    with duckdb.connect() as connection:
        connection.register("lake", schema.empty_table())
        found = connection.execute("DESCRIBE lake").fetchall()
    assert [(name, kind.replace(",", ", ")) for name, kind, *_ in found] == list(warehouse_columns(every_type))


@pytest.mark.parametrize("dialect", ["postgres", "spark"])
def test_the_table_of_every_type_is_as_agreed(every_type: Contract, dialect: Dialect) -> None:
    agreed = Path(__file__).parent / f"every_type.{dialect}.sql"
    assert ddl(every_type, dialect) == agreed.read_text()


def test_the_reference_shows_the_table_as_it_is() -> None:
    words = [
        [
            row.logical,
            row.said_by,
            row.json,
            row.avro,
            row.protobuf,
            row.arrow,
            row.duckdb,
            row.postgres,
            row.spark,
            row.lake,
        ]
        for row in TYPES.values()
    ]
    lines = ["| " + " | ".join(f"`{word}`" if word else "-" for word in line) + " |" for line in words]
    shown = (ROOT / "docs/reference/types.md").read_text().splitlines()
    assert [line for line in shown if line.startswith("| `")][: len(lines)] == lines
