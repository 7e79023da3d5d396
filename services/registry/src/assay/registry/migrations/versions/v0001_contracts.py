"""Contracts and their history, as stores had them before there were steps; with or without retired versions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the two tables, or add what an old one lacks."""
    there = sa.inspect(op.get_bind())
    if not there.has_table("history"):
        op.create_table(
            "history",
            sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column("epoch", sa.String(36), nullable=False),
            sa.Column("revision", sa.BigInteger, nullable=False),
            sa.Column("last_id", sa.BigInteger, nullable=False),
        )
    retired = sa.Column("retired", sa.Boolean, nullable=False, server_default=sa.false())
    if not there.has_table("contract_versions"):
        op.create_table(
            "contract_versions",
            sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
            sa.Column("contract", sa.String(255), nullable=False),
            sa.Column("version", sa.String(64), nullable=False),
            sa.Column("text", sa.LargeBinary, nullable=False),
            sa.Column("published_ms", sa.BigInteger, nullable=False),
            sa.Column("revision", sa.BigInteger, nullable=False, unique=True),
            retired,
            sa.UniqueConstraint("contract", "version"),
        )
    elif all(column["name"] != "retired" for column in there.get_columns("contract_versions")):
        op.add_column("contract_versions", retired)
