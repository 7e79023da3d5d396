"""Columns of a lake table: from the types of a contract, and only ever more of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pyarrow as pa

from assay.lake.errors import SchemaError

__all__ = ["added_columns", "arrow_schema", "fitted"]

ARROW_TYPES = {
    "int64": pa.int64(),
    "double": pa.float64(),
    "bool": pa.bool_(),
    "string": pa.string(),
}
DECIMAL = re.compile(r"decimal128\((\d+), (\d+)\)")


def arrow_schema(columns: Iterable[tuple[str, str]], table: str = "<lake>") -> pa.Schema:
    """Answer the Arrow schema of columns of (name, type as Arrow names it), all nullable.

    Raises:
        SchemaError: two columns have one name but for case, or a type is unknown.
    """
    fields: dict[str, pa.Field] = {}
    for name, kind in columns:
        if name.casefold() in fields:
            raise SchemaError(table, name, "is there twice (names differ in more than case)")
        fields[name.casefold()] = pa.field(name, _arrow_type(name, kind, table))
    return pa.schema(list(fields.values()))


def _arrow_type(name: str, kind: str, table: str) -> pa.DataType:
    if sized := DECIMAL.fullmatch(kind):
        return pa.decimal128(int(sized[1]), int(sized[2]))
    if kind not in ARROW_TYPES:
        raise SchemaError(table, name, f"has the unknown type {kind!r}")
    return ARROW_TYPES[kind]


def added_columns(current: pa.Schema, wanted: pa.Schema, table: str) -> list[pa.Field]:
    """Answer the columns that `wanted` has more than `current`; one that it lacks stays, and is null from now on.

    Raises:
        SchemaError: a column has another type than before, or another case.
    """
    present = {field.name.casefold(): field for field in current}
    added = []
    for field in wanted:
        before = present.get(field.name.casefold())
        if before is None:
            added.append(field.with_nullable(True))
        elif before.name != field.name or before.type != field.type:
            raise SchemaError(
                table, field.name, f"is {before.name} {before.type} in the lake and cannot become {field.type}"
            )
    return added


def fitted(batch: pa.Table, schema: pa.Schema, table: str) -> pa.Table:
    """Answer the batch with exactly the columns of the table, null where it has none.

    Raises:
        SchemaError: the batch has a column that the table lacks.
    """
    for name in batch.column_names:
        if name not in schema.names:
            raise SchemaError(table, name, "is not in the table")
    columns = [
        batch[field.name].cast(field.type) if field.name in batch.column_names else pa.nulls(len(batch), field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)
