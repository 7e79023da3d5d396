"""Rows that are written whether they are there or not, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

__all__ = ["Excluded", "Row", "clean", "insert_missing", "upsert"]

Row = Mapping[str, object]
Excluded = sa.ColumnCollection[str, sa.ColumnElement[object]]
Changes = tuple[str, ...] | Callable[[Excluded], Row]
"""Names of columns that take the new value, or what says which value each takes."""


def upsert(transaction: sa.Connection, table: sa.Table, rows: Sequence[Row], changes: Changes) -> None:
    """Insert rows; of one whose key is there, write the changes alone."""
    if rows:
        transaction.execute(_upsertion(transaction.dialect.name, table, changes), list(rows))


def insert_missing(transaction: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> int:
    """Insert the rows whose key is not there; return of a single row whether it was inserted, of several how many came."""
    if not rows:
        return 0
    insertion = _insert(transaction.dialect.name, table).on_conflict_do_nothing()
    if len(rows) > 1:
        transaction.execute(insertion, list(rows))
        return len(rows)
    there = transaction.execute(insertion.returning(*table.primary_key), dict(rows[0]))
    return len(there.all())  # an insertion has no row count on PostgreSQL


def clean(text: str, limit: int) -> str:
    """Return a text that every database keeps: bounded, and without what PostgreSQL refuses."""
    return text[:limit].replace("\0", "\N{REPLACEMENT CHARACTER}")


@lru_cache(maxsize=64)
def _upsertion(dialect: str, table: sa.Table, changes: Changes) -> sa.Insert:
    """The statement, made once: to make it takes longer than to run it."""
    insertion = _insert(dialect, table)
    new, keys = insertion.excluded, [column.name for column in table.primary_key]
    changed = {name: new[name] for name in changes} if isinstance(changes, tuple) else dict(changes(new))
    return insertion.on_conflict_do_update(index_elements=keys, set_=changed)


def _insert(dialect: str, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # slow to import; SQLite, the default, is loaded with the engine

        return postgresql.insert(table)
    return sqlite.insert(table)
