"""Rows that are written whether they are there or not, on both databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

__all__ = ["insert_missing", "put"]

Rows = Sequence[Mapping[str, object]]


def put(transaction: sa.Connection, table: sa.Table, rows: Rows) -> None:
    """Write the rows; one whose key is there takes the new values."""
    if rows:
        transaction.execute(_putting(transaction.dialect.name, table), rows)


def insert_missing(transaction: sa.Connection, table: sa.Table, rows: Rows) -> None:
    """Write the rows whose key is not there."""
    if rows:
        transaction.execute(_insertion(transaction.dialect.name, table).on_conflict_do_nothing(), rows)


@lru_cache(maxsize=16)
def _putting(dialect: str, table: sa.Table) -> sa.Insert:
    """The statement, made once: to make it takes longer than to run it."""
    insertion = _insertion(dialect, table)
    changed = {column.name: insertion.excluded[column.name] for column in table.c if not column.primary_key}
    keys = [column.name for column in table.primary_key]
    return insertion.on_conflict_do_update(index_elements=keys, set_=changed)


def _insertion(dialect: str, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    return (postgresql.insert if dialect == "postgresql" else sqlite.insert)(table)
