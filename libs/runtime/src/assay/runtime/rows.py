"""Rows that are written whether they are there or not, on both databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

__all__ = ["insert_missing", "put", "raise_to"]

Rows = Sequence[Mapping[str, object]]


def put(transaction: sa.Connection, table: sa.Table, rows: Sequence[tuple[object, ...]]) -> None:
    """Write rows of values in the order of the columns; one whose key is there takes the new values.

    The driver gets them as they are: the compiler looks at each value of each row, which takes longer than to write it.
    """
    if rows:
        text, by_place = _putting(transaction.dialect, table)
        names = table.c.keys()
        transaction.exec_driver_sql(text, [*rows] if by_place else [dict(zip(names, row, strict=True)) for row in rows])


def insert_missing(transaction: sa.Connection, table: sa.Table, rows: Rows) -> None:
    """Write the rows whose key is not there."""
    if rows:
        transaction.execute(_insertion(transaction.dialect.name, table).on_conflict_do_nothing(), rows)


def raise_to(transaction: sa.Connection, table: sa.Table, rows: Rows) -> None:
    """Write the rows; of one whose key is there, each number that is higher now."""
    if not rows:
        return
    insertion = _insertion(transaction.dialect.name, table)
    new = insertion.excluded
    higher = {
        each.name: sa.case((new[each.name] > each, new[each.name]), else_=each)
        for each in table.c
        if not each.primary_key
    }
    keys = [column.name for column in table.primary_key]
    transaction.execute(insertion.on_conflict_do_update(index_elements=keys, set_=higher), rows)


@lru_cache(maxsize=16)
def _putting(dialect: sa.Dialect, table: sa.Table) -> tuple[str, bool]:
    """The statement, made once, and whether it takes values by their place, as SQLite's driver does, or by name."""
    insertion = _insertion(dialect.name, table)
    changed = {column.name: insertion.excluded[column.name] for column in table.c if not column.primary_key}
    keys = [column.name for column in table.primary_key]
    compiled = insertion.on_conflict_do_update(index_elements=keys, set_=changed).compile(dialect=dialect)
    return str(compiled), bool(compiled.positiontup)


def _insertion(dialect: str, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # slow to import; SQLite, the default, is loaded with the engine

        return postgresql.insert(table)
    return sqlite.insert(table)
