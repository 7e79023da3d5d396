"""The tables of subjects and schemas, beside those of contracts."""

from __future__ import annotations

import sqlalchemy as sa

from assay.registry.tables import TABLES

__all__ = ["CONTEXTS", "REFERENCES", "SCHEMAS", "SETTINGS", "VERSIONS"]

NAME = sa.String(1_000)

SCHEMAS = sa.Table(
    "schemas",
    TABLES,
    sa.Column("context", NAME, primary_key=True),
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("guid", sa.String(36), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("refs", sa.Text, nullable=False),
    sa.Column("metadata", sa.Text, nullable=False),
    sa.Column("rules", sa.Text, nullable=False),
    sa.Index("schemas_by_guid", "guid"),
)
VERSIONS = sa.Table(
    "subject_versions",
    TABLES,
    sa.Column("context", NAME, primary_key=True),
    sa.Column("subject", NAME, primary_key=True),
    sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("id", sa.BigInteger, nullable=False),
    sa.Column("deleted", sa.Boolean, nullable=False),
    sa.Column("contract", sa.String(255), nullable=False),
    sa.Column("added_ms", sa.BigInteger, nullable=False),
    sa.Index("subject_versions_by_id", "id"),
)
REFERENCES = sa.Table(
    "schema_references",
    TABLES,
    sa.Column("context", NAME, primary_key=True),
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("to_context", NAME, nullable=False),
    sa.Column("to_subject", NAME, nullable=False),
    sa.Column("to_version", sa.BigInteger, nullable=False),
    sa.Index("schema_references_by_target", "to_subject", "to_version"),
)
SETTINGS = sa.Table(
    "subject_settings",
    TABLES,
    sa.Column("context", NAME, primary_key=True),
    sa.Column("subject", NAME, primary_key=True),
    sa.Column("config", sa.Text, nullable=False),
    sa.Column("mode", sa.String(32), nullable=False),
)
CONTEXTS = sa.Table(
    "contexts",
    TABLES,
    sa.Column("context", NAME, primary_key=True),
    sa.Column("last_id", sa.BigInteger, nullable=False),
    sa.Column("closed", sa.Boolean, nullable=False),
)
