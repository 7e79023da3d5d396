"""Subjects, schemas and their settings, as Confluent's clients know them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

NAME = sa.String(1_000)


def upgrade() -> None:
    """Make the tables; contracts come to their subjects with the first request."""
    _schemas()
    _subjects()
    for name in ("contracts_seen", "forgotten"):
        op.add_column("history", sa.Column(name, sa.BigInteger, nullable=False, server_default="0"))


def _schemas() -> None:
    op.create_table(
        "schemas",
        sa.Column("context", NAME, primary_key=True),
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("guid", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("refs", sa.Text, nullable=False),
        sa.Column("metadata", sa.Text, nullable=False),
        sa.Column("rules", sa.Text, nullable=False),
    )
    op.create_index("schemas_by_guid", "schemas", ["guid"])
    op.create_table(
        "schema_references",
        sa.Column("context", NAME, primary_key=True),
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("to_context", NAME, nullable=False),
        sa.Column("to_subject", NAME, nullable=False),
        sa.Column("to_version", sa.BigInteger, nullable=False),
    )
    op.create_index("schema_references_by_target", "schema_references", ["to_subject", "to_version"])


def _subjects() -> None:
    op.create_table(
        "subject_versions",
        sa.Column("context", NAME, primary_key=True),
        sa.Column("subject", NAME, primary_key=True),
        sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("id", sa.BigInteger, nullable=False),
        sa.Column("deleted", sa.Boolean, nullable=False),
        sa.Column("contract", sa.String(255), nullable=False),
        sa.Column("added_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("subject_versions_by_id", "subject_versions", ["id"])
    op.create_table(
        "subject_settings",
        sa.Column("context", NAME, primary_key=True),
        sa.Column("subject", NAME, primary_key=True),
        sa.Column("config", sa.Text, nullable=False),
        sa.Column("mode", sa.String(32), nullable=False),
    )
    op.create_table(
        "contexts",
        sa.Column("context", NAME, primary_key=True),
        sa.Column("last_id", sa.BigInteger, nullable=False),
        sa.Column("closed", sa.Boolean, nullable=False),
    )
