"""The one mapping of types: what a logical type of ODCS is in JSON, on the wire, in columns and in SQL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from assay.contracts.model import Contract, Field

__all__ = [
    "MAX_DIGITS",
    "NATIVE_DIGITS",
    "TYPES",
    "Digits",
    "Type",
    "digits",
    "known_type",
    "lake_columns",
    "said_by",
    "type_of",
    "warehouse_columns",
]

MAX_DIGITS = 38
"""Digits of a decimal that every target holds."""

NATIVE_DIGITS = {"integer": 18, "number": 15}
"""Digits up to which a decimal may also be a JSON number: so many are read without a change."""


class Digits(NamedTuple):
    """The size of a decimal: its digits, and how many of them are after the point."""

    precision: int
    scale: int


@dataclass(frozen=True, slots=True)
class Type:
    """A row of the table: what the contract says, and what that is in each target.

    A second word of `json` is a format, of `avro` a logical type. `{p}` and `{s}` are the digits of a decimal and those
    after the point. The lake holds what no later version of a contract outgrows: moments as the record spells them.
    """

    name: str
    logical: str
    said_by: str
    json: str
    avro: str
    protobuf: str
    arrow: str
    duckdb: str
    postgres: str
    spark: str
    lake: str


_WHOLE = ("decimal128({p}, 0)", "DECIMAL({p},0)", "NUMERIC({p},0)", "DECIMAL({p},0)", "decimal128(38, 0)")
_DECIMAL = ("decimal128({p}, {s})", "DECIMAL({p},{s})", "NUMERIC({p},{s})", "DECIMAL({p},{s})", "decimal128(38, {s})")
_UTC, _LOCAL = "timestamp[us, tz=UTC]", "timestamp[us]"

# fmt: off
_ROWS = (
    # name, ODCS logicalType, option | JSON Schema, Avro, Protobuf | Arrow, DuckDB, PostgreSQL, Spark, the lake
    Type("text", "string", "", "string", "string", "string", "string", "VARCHAR", "TEXT", "STRING", "string"),
    Type("uuid", "string", "format: uuid", "string uuid", "string uuid", "string",
         "string", "UUID", "UUID", "STRING", "string"),
    Type("bytes", "string", "format: byte", "string base64", "bytes", "bytes",
         "binary", "BLOB", "BYTEA", "BINARY", "string"),
    Type("i8", "integer", "format: i8", "integer", "int", "int32", "int8", "TINYINT", "SMALLINT", "TINYINT", "int64"),
    Type("i16", "integer", "format: i16", "integer", "int", "int32", "int16", "SMALLINT", "SMALLINT", "SMALLINT", "int64"),
    Type("i32", "integer", "format: i32", "integer", "int", "int32", "int32", "INTEGER", "INTEGER", "INT", "int64"),
    Type("i64", "integer", "", "integer", "long", "int64", "int64", "BIGINT", "BIGINT", "BIGINT", "int64"),
    Type("u8", "integer", "format: u8", "integer", "int", "uint32", "uint8", "UTINYINT", "SMALLINT", "SMALLINT", "int64"),
    Type("u16", "integer", "format: u16", "integer", "int", "uint32", "uint16", "USMALLINT", "INTEGER", "INT", "int64"),
    Type("u32", "integer", "format: u32", "integer", "long", "uint32", "uint32", "UINTEGER", "BIGINT", "BIGINT", "int64"),
    Type("u64", "integer", "format: u64", "integer", "bytes decimal", "uint64",
         "uint64", "UBIGINT", "NUMERIC(20,0)", "DECIMAL(20,0)", "decimal128(38, 0)"),
    Type("whole", "integer", "physicalType: DECIMAL(p,0)", "string", "bytes decimal", "string", *_WHOLE),
    Type("f32", "number", "format: f32", "number", "float", "float", "float", "FLOAT", "REAL", "FLOAT", "double"),
    Type("f64", "number", "", "number", "double", "double", "double", "DOUBLE", "DOUBLE PRECISION", "DOUBLE", "double"),
    Type("decimal", "number", "physicalType: DECIMAL(p,s)", "string", "bytes decimal", "string", *_DECIMAL),
    Type("boolean", "boolean", "", "boolean", "boolean", "bool", "bool", "BOOLEAN", "BOOLEAN", "BOOLEAN", "bool"),
    Type("date", "date", "", "string date", "int date", "string", "date32[day]", "DATE", "DATE", "DATE", "string"),
    Type("timestamp", "timestamp", "", "string date-time", "long timestamp-micros", "google.protobuf.Timestamp",
         _UTC, "TIMESTAMPTZ", "TIMESTAMPTZ", "TIMESTAMP", "string"),
    Type("local timestamp", "timestamp", "timezone: false", "string local-date-time", "long local-timestamp-micros",
         "string", _LOCAL, "TIMESTAMP", "TIMESTAMP", "TIMESTAMP_NTZ", "string"),
    Type("time", "time", "", "string local-time", "long time-micros", "string",
         "time64[us]", "TIME", "TIME", "STRING", "string"),
    Type("offset time", "time", "timezone: true", "string time", "string offset-time", "string",
         "string", "VARCHAR", "TIMETZ", "STRING", "string"),
    Type("object", "object", "properties", "object", "record", "message",
         "struct", "STRUCT", "JSONB", "STRUCT", "string"),
    Type("any object", "object", "", "object", "", "", "string", "JSON", "JSONB", "STRING", "string"),
    Type("array", "array", "items", "array", "array", "repeated", "list", "[]", "JSONB", "ARRAY", "string"),
    Type("any array", "array", "", "array", "", "", "string", "JSON", "JSONB", "STRING", "string"),
    Type("map", "map", "map", "object", "map", "map", "map", "MAP", "JSONB", "MAP", "string"),
)
# fmt: on

TYPES = {row.name: row for row in _ROWS}
"""The rows by name. A target with no word for a row does not hold it, and lint says so."""

_SIZED = re.compile(r"(?:DECIMAL|NUMERIC|NUMBER)\s*\(\s*(\d{1,3})\s*(?:,\s*(\d{1,3})\s*)?\)", re.IGNORECASE)


def digits(field: Field) -> Digits | None:
    """The size of a number whose physicalType is DECIMAL(p,s), NUMERIC or NUMBER likewise; None for any other field."""
    sized = _SIZED.fullmatch(field.physical.strip()) if field.type in NATIVE_DIGITS else None
    return Digits(int(sized[1]), int(sized[2] or 0)) if sized else None


def type_of(field: Field) -> Type:
    """The row of a field of a contract that lint has passed."""
    return TYPES[_name(field)]


def known_type(field: Field) -> Type | None:
    """The row of any field, or None where no target has such a value."""
    return TYPES.get(_name(field))


def lake_columns(contract: Contract) -> tuple[tuple[str, str], ...]:
    """The columns of a contract's records in the lake, in order: name and Arrow type."""
    return tuple((field.name, _sized(type_of(field).lake, field)) for field in contract.fields)


def warehouse_columns(contract: Contract) -> tuple[tuple[str, str], ...]:
    """The same columns in the warehouse: name and type in DuckDB."""
    return tuple((name, _DUCKDB.get(of, of.replace("decimal128", "DECIMAL"))) for name, of in lake_columns(contract))


_DUCKDB = {"string": "VARCHAR", "int64": "BIGINT", "double": "DOUBLE", "bool": "BOOLEAN"}
"""What the types of the lake are in DuckDB; a decimal is one there too."""


def _sized(word: str, field: Field) -> str:
    size = digits(field)
    return word.format(p=size.precision, s=size.scale) if size else word


def said_by(target: str, word: str) -> str | None:
    """The logical type that a word of a target stands for if nothing else is said."""
    return next((row.logical for row in _ROWS if getattr(row, target) == word), None)


def _name(field: Field) -> str:
    form = str(field.options.get("format", ""))
    match field.type:
        case "string":
            return {"uuid": "uuid", "byte": "bytes", "binary": "bytes"}.get(form, "text")
        case "integer":
            return "whole" if digits(field) else form or "i64"
        case "number":
            return "decimal" if digits(field) else form or "f64"
        case "timestamp":
            return "local timestamp" if field.options.get("timezone") is False else "timestamp"
        case "time":
            return "offset time" if field.options.get("timezone") else "time"
        case "object":
            return "object" if field.properties else "any object"
        case "array":
            return "array" if field.items else "any array"
    return field.type
