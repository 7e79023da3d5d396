"""What the registry keeps in SQL: the history that all of it shares, and the versions of contracts.

A module that keeps more defines its tables on the same `TABLES`, and adds a migration that makes them; see `migrations`.
Backup, restore and export go by `TABLES` and need no word more.
"""

from __future__ import annotations

import sqlalchemy as sa

__all__ = ["AUDIT", "HISTORY", "TABLES", "VERSIONS", "advance", "is_tally"]

TABLES = sa.MetaData()
HISTORY = sa.Table(
    "history",
    TABLES,
    sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("epoch", sa.String(36), nullable=False),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("last_id", sa.BigInteger, nullable=False),
    sa.Column("last_entry", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("contracts_seen", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("forgotten", sa.BigInteger, nullable=False, server_default="0"),
)
"""One row. `contracts_seen` is the revision up to which contract versions are in their subjects; `forgotten` grows when
the id of a schema goes for good."""
VERSIONS = sa.Table(
    "contract_versions",
    TABLES,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("contract", sa.String(255), nullable=False),
    sa.Column("version", sa.String(64), nullable=False),
    sa.Column("text", sa.LargeBinary, nullable=False),
    sa.Column("published_ms", sa.BigInteger, nullable=False),
    sa.Column("revision", sa.BigInteger, nullable=False, unique=True),
    sa.Column("retired", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("deprecated", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.UniqueConstraint("contract", "version"),
)
AUDIT = sa.Table(
    "audit",
    TABLES,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("actor", sa.String(255), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("action", sa.String(64), nullable=False),
    sa.Column("target", sa.String(1024), nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
)


def is_tally(table: sa.Table) -> bool:
    """Whether the table is one row of counters, which is there from the start: its key is `one`."""
    return [column.name for column in table.primary_key.columns] == ["one"]


def advance(transaction: sa.Connection, *, revisions: int = 1, ids: int = 1) -> tuple[int, int]:
    """Take the next revision and id, and return the last of each.

    The first statement of a writer: it locks the row of history until the transaction ends, so writers are in one line,
    and a reader that saw a revision has seen all before it.
    """
    raised = (
        sa.update(HISTORY)
        .values(revision=HISTORY.c.revision + revisions, last_id=HISTORY.c.last_id + ids)
        .returning(HISTORY.c.revision, HISTORY.c.last_id)
    )
    row = transaction.execute(raised).one()
    return row.revision, row.last_id
