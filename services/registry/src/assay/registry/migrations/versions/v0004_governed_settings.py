"""Subjects of contracts that came before their settings did get them: contracts come to their subjects once more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Begin anew with the first contract; what is in its subjects stays as it is."""
    history = sa.table("history", sa.column("contracts_seen"))
    op.execute(sa.update(history).values(contracts_seen=0))
