"""The tables of panes: how far validation is with each raw partition, and what each minute came to."""

from __future__ import annotations

import sqlalchemy as sa

from assay.alerts.schema import SCHEMA

__all__ = ["DIRTY", "HORIZONS", "LAYOUTS", "MINUTES", "PARTITIONS"]

PARTITIONS = sa.Table(
    "partitions",
    SCHEMA,
    sa.Column("topic", sa.String(249), primary_key=True),
    sa.Column("partition", sa.Integer, primary_key=True),
    sa.Column("next_offset", sa.BigInteger, nullable=False),
    sa.Column("log_end", sa.BigInteger, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("seen_ms", sa.BigInteger, nullable=False),
    sa.Column("moved_ms", sa.BigInteger, nullable=False),
    sa.Column("max_event_ms", sa.BigInteger),
    sa.Column("event_arrived_ms", sa.BigInteger),
    sa.Column("max_arrived_ms", sa.BigInteger),
    sa.Column("last_valid_ms", sa.BigInteger),
    sa.Column("last_valid_event_ms", sa.BigInteger),
    sa.Column("contract", sa.String(255), nullable=False, index=True),
    sqlite_with_rowid=False,
)
"""Raw partitions, as the newest pane of each tells; `PartitionState` says what the columns mean."""

LAYOUTS = sa.Table(
    "layouts",
    SCHEMA,
    sa.Column("digest", sa.LargeBinary(8), primary_key=True),
    sa.Column("names", sa.Text, nullable=False),
)
"""What the numbers of a slice count, by name: fields, promises and bounds of lateness."""

MINUTES = sa.Table(
    "minutes",
    SCHEMA,
    sa.Column("contract", sa.String(255), primary_key=True),
    sa.Column("minute", sa.BigInteger, primary_key=True),
    sa.Column("shard", sa.Integer, primary_key=True),
    sa.Column("version", sa.String(255), primary_key=True),
    sa.Column("counts", sa.LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""Merged panes. The shard is the partition of `assay.panes` that they came from, so that one owner alone writes a row."""

DIRTY = sa.Table(
    "dirty",
    SCHEMA,
    sa.Column("contract", sa.String(255), primary_key=True),
    sa.Column("minute", sa.BigInteger, primary_key=True),
    sa.Column("shard", sa.Integer, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Minutes that were touched since they were looked at; `seq` is the offset of the last pane of that chunk."""

HORIZONS = sa.Table(
    "horizons",
    SCHEMA,
    sa.Column("contract", sa.String(255), primary_key=True),
    sa.Column("minute", sa.BigInteger, nullable=False),
)
"""The oldest minute that is kept of a contract; it never goes back."""
