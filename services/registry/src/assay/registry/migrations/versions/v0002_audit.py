"""Who changed what; and which versions are deprecated."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the audit and its count. A version of old is deprecated with the next newer one that says so."""
    op.add_column("history", sa.Column("last_entry", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("contract_versions", sa.Column("deprecated", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "audit",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.String(255), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("target", sa.String(1024), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
