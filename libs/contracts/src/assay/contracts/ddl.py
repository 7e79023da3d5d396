"""A contract's fields as a table in SQL: DuckDB, PostgreSQL and Spark."""

from __future__ import annotations

from typing import Literal

from assay.contracts.model import Contract, Field
from assay.contracts.types import digits, said_by, type_of

__all__ = ["Dialect", "column_type", "ddl"]

Dialect = Literal["duckdb", "postgres", "spark"]


def ddl(contract: Contract, dialect: Dialect) -> str:
    """The statement that makes the table of a contract, and comments where a column's type does not say its own.

    The table and its columns have the contract's names; what is required is not null.
    """
    columns = [_column(field, dialect) for field in contract.fields]
    if contract.key and dialect != "spark":
        columns.append(f"PRIMARY KEY ({', '.join(_quoted(name, dialect) for name in contract.key)})")
    table = _quoted(contract.id, dialect)
    lines = ",\n  ".join(columns)
    return f"CREATE TABLE {table} (\n  {lines}\n);\n" + "".join(_comments(contract, table, dialect))


def column_type(field: Field, dialect: Dialect) -> str:
    """The type of a field in SQL."""
    row = type_of(field)
    word: str = getattr(row, dialect)
    if size := digits(field):
        return word.format(p=size.precision, s=size.scale)
    if dialect == "postgres":
        return word
    if field.items:
        inside = column_type(field.items, dialect)
        return f"{inside}[]" if dialect == "duckdb" else f"ARRAY<{inside}>"
    if field.values:
        inside = column_type(field.values, dialect)
        return f"MAP(VARCHAR, {inside})" if dialect == "duckdb" else f"MAP<STRING, {inside}>"
    if field.properties:
        return _struct(field, dialect)
    return word


def _struct(field: Field, dialect: Dialect) -> str:
    between, (start, end) = (": ", "<>") if dialect == "spark" else (" ", "()")
    parts = (
        f"{_quoted(each.name, dialect)}{between}{column_type(each, dialect)}{_comment(each, dialect)}"
        for each in field.properties
    )
    return f"STRUCT{start}{', '.join(parts)}{end}"


def _column(field: Field, dialect: Dialect) -> str:
    not_null = " NOT NULL" if field.required else ""
    return f"{_quoted(field.name, dialect)} {column_type(field, dialect)}{not_null}{_comment(field, dialect)}"


def _comment(field: Field, dialect: Dialect) -> str:
    return f" COMMENT '{field.type}'" if dialect == "spark" and _is_unsaid(field, dialect) else ""


def _comments(contract: Contract, table: str, dialect: Dialect) -> list[str]:
    if dialect == "spark":
        return []
    return [
        f"COMMENT ON COLUMN {table}.{_quoted(field.name, dialect)} IS '{field.type}';\n"
        for field in contract.fields
        if _is_unsaid(field, dialect)
    ]


def _is_unsaid(field: Field, dialect: Dialect) -> bool:
    """Whether the type in SQL stands for another logical type first."""
    return said_by(dialect, getattr(type_of(field), dialect)) != field.type


def _quoted(name: str, dialect: Dialect) -> str:
    mark = "`" if dialect == "spark" else '"'
    return f"{mark}{name.replace(mark, mark * 2)}{mark}"
