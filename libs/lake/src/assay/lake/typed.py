"""Records as columns of the types that their contract names, and back; the lake itself keeps what outlives a version."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import orjson
import pyarrow as pa

from assay.contracts import Contract, Field
from assay.contracts.moments import Moment, moment_of
from assay.contracts.types import digits, type_of
from assay.lake.errors import SchemaError

__all__ = ["typed_records", "typed_schema", "typed_table"]

Record = Mapping[str, Any]
Change = Callable[[Any], Any]

_NAMED = {
    "bool": pa.bool_(),
    "binary": pa.binary(),
    "date32[day]": pa.date32(),
    "double": pa.float64(),
    "float": pa.float32(),
    "string": pa.string(),
    "time64[us]": pa.time64("us"),
    "timestamp[us]": pa.timestamp("us"),
    "timestamp[us, tz=UTC]": pa.timestamp("us", "UTC"),
    **{f"{sign}int{bits}": getattr(pa, f"{sign}int{bits}")() for sign in ("", "u") for bits in (8, 16, 32, 64)},
}
_MICRO_NS = 1000
_DAY_NS = 86_400 * 10**9
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MARK = b"assay.type"


def typed_schema(contract: Contract) -> pa.Schema:
    """Answer the Arrow schema of a contract's records; a column whose type says less than the contract is marked."""
    return pa.schema([_field(field) for field in contract.fields])


def typed_table(contract: Contract, records: Sequence[Record]) -> pa.Table:
    """Answer accepted records as columns. What is absent is null.

    Raises:
        SchemaError: a value has no exact counterpart in its column, such as a moment finer than a microsecond.
    """
    columns = []
    for field in contract.fields:
        change = _column_of(field)
        try:
            values = [change(record.get(field.name)) for record in records]
            columns.append(pa.array(values, _type(field)))
        except (ValueError, OverflowError, pa.ArrowException) as error:
            raise SchemaError(contract.id, field.name, f"has a value that {_type(field)} does not hold") from error
    return pa.table(columns, schema=typed_schema(contract))


def typed_records(contract: Contract, table: pa.Table) -> list[dict[str, Any]]:
    """Answer the records of columns as JSON has them, each field there and null where it has no value."""
    changes = {field.name: _json_of(field) for field in contract.fields}
    return [
        {name: change(row[name]) for name, change in changes.items()}
        for row in table.to_pylist(maps_as_pydicts="strict")
    ]


def _field(field: Field) -> pa.Field:
    is_said = type_of(field).arrow != "string" or field.type == "string"
    mark = None if is_said else {_MARK: field.type.encode()}
    return pa.field(field.name, _type(field), nullable=not field.required, metadata=mark)


def _type(field: Field) -> pa.DataType:
    size = digits(field)
    if size:
        return pa.decimal128(*size)
    if field.properties:
        return pa.struct([_field(each) for each in field.properties])
    if field.items:
        return pa.list_(_field(field.items))
    if field.values:
        return pa.map_(pa.string(), _field(field.values))
    return _NAMED[type_of(field).arrow]


def _column_of(field: Field) -> Change:
    """From JSON to what Arrow takes for the column of a field."""
    change = _taken(field)
    return lambda value: None if value is None else change(value)


def _taken(field: Field) -> Change:
    if field.properties:
        parts = {each.name: _column_of(each) for each in field.properties}
        return lambda value: {name: part(value.get(name)) for name, part in parts.items()}
    if field.items:
        item = _column_of(field.items)
        return lambda value: [item(each) for each in value]
    if field.values:
        inside = _column_of(field.values)
        return lambda value: [(key, inside(each)) for key, each in value.items()]
    if digits(field):
        return lambda value: Decimal(str(value))
    written = moment_of(field)
    if written is not None and written.kind != "offset time":
        return _counted(written)
    return {"object": _text, "array": _text}.get(field.type, _decoded if type_of(field).name == "bytes" else _same)


def _json_of(field: Field) -> Change:
    """From what Arrow answers for the column of a field to JSON."""
    change = _given(field)
    return lambda value: None if value is None else change(value)


def _given(field: Field) -> Change:
    if field.properties:
        parts = {each.name: _json_of(each) for each in field.properties}
        return lambda value: {name: part(value[name]) for name, part in parts.items()}
    if field.items:
        item = _json_of(field.items)
        return lambda value: [item(each) for each in value]
    if field.values:
        inside = _json_of(field.values)
        return lambda value: {key: inside(each) for key, each in value.items()}
    if digits(field):
        return "{:f}".format
    written = moment_of(field)
    if written is not None and written.kind != "offset time":
        return _spelled(written)
    return {"object": orjson.loads, "array": orjson.loads}.get(
        field.type, _encoded if type_of(field).name == "bytes" else _same
    )


def _same(value: Any) -> Any:
    return value


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()


def _decoded(value: str) -> bytes:
    return base64.b64decode(value, validate=True)


def _encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _counted(written: Moment) -> Change:
    """A moment as the days or microseconds that its column counts."""
    unit_ns = _DAY_NS if written.kind == "date" else _MICRO_NS

    def counted(text: str) -> int:
        found = written.read(text)
        if found is None or found % unit_ns:
            raise ValueError(f"not a whole number of {unit_ns} ns")
        return found // unit_ns

    return counted


def _spelled(written: Moment) -> Change:
    """A moment of Python's calendar as the contract writes it."""

    def spelled(value: Any) -> str:
        text = written.write(_nanoseconds(value))
        if text is None:
            raise ValueError(f"a {written.kind} that its form has no place for")
        return text

    return spelled


def _nanoseconds(value: datetime | date | time) -> int:
    if isinstance(value, time):
        value = datetime.combine(_EPOCH, value)
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return (value.replace(tzinfo=value.tzinfo or UTC) - _EPOCH) // timedelta(microseconds=1) * _MICRO_NS
