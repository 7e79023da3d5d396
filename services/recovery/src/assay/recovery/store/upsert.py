"""Rows that are written whether they are there or not, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

__all__ = ["clean", "insert_missing", "upsert"]

Insert = sqlite.Insert | postgresql.Insert


def upsert(
    transaction: sa.Connection,
    table: sa.Table,
    rows: Sequence[Mapping[str, object]],
    changes: Callable[[sa.ColumnCollection[str, sa.ColumnElement[object]]], Mapping[str, object]],
) -> None:
    """Insert rows; of one whose key is there, write `changes`, which are given the row that was to be inserted."""
    if not rows:
        return
    insertion = _insert(transaction, table)
    keys = [column.name for column in table.primary_key]
    change = insertion.on_conflict_do_update(index_elements=keys, set_=dict(changes(insertion.excluded)))
    transaction.execute(change, list(rows))


def insert_missing(transaction: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, object]]) -> int:
    """Insert the rows whose key is not there; return of a single row whether it was inserted, of several how many came."""
    if not rows:
        return 0
    insertion = _insert(transaction, table).on_conflict_do_nothing()
    if len(rows) > 1:
        transaction.execute(insertion, list(rows))
        return len(rows)
    there = transaction.execute(insertion.returning(*table.primary_key), dict(rows[0]))
    return len(there.all())  # an insertion has no row count on PostgreSQL


def clean(text: str, limit: int) -> str:
    """Return a text that every database keeps: bounded, and without what PostgreSQL refuses."""
    return text[:limit].replace("\0", "\N{REPLACEMENT CHARACTER}")


def _insert(transaction: sa.Connection, table: sa.Table) -> Insert:
    return (postgresql.insert if transaction.dialect.name == "postgresql" else sqlite.insert)(table)
