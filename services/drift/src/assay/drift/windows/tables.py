"""The tables of windows: panes as they merge, how far partitions and models are, what was judged, what is to be told."""

from __future__ import annotations

import sqlalchemy as sa

__all__ = [
    "DIRTY",
    "LANES",
    "MARKS",
    "OUTBOX",
    "PANES",
    "SCHEMA",
    "SERIES",
    "SESSIONS",
    "SESSION_PARTS",
    "SESSION_SUMS",
    "SUMS",
    "TOUCHED",
    "USERS",
    "WATCHED",
    "WINDOWS",
    "of_series",
]

SCHEMA = sa.MetaData()


def _series() -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(255), primary_key=True) for name in ("model", "version", "segment")]


def _experiment() -> list[sa.Column[str]]:
    return [*_series(), *(sa.Column(name, sa.String(255), primary_key=True) for name in ("metric", "variant"))]


def _whole(name: str, *, key: bool = False, known: bool = True) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, primary_key=key, nullable=not known, autoincrement=False)


def of_series(table: sa.Table) -> sa.ColumnElement[bool]:
    """Rows of one series, which a statement is given as `model`, `version` and `segment`."""
    return sa.and_(*(table.c[name] == sa.bindparam(name) for name in ("model", "version", "segment")))


PANES = sa.Table(
    "drift_panes",
    SCHEMA,
    *_series(),
    _whole("start_ms", key=True),
    sa.Column("shard", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("counts", sa.LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""Merged slices. The shard is the partition of `assay.drift.panes` that they came from: one owner alone writes a row."""

DIRTY = sa.Table(
    "drift_dirty",
    SCHEMA,
    *_series(),
    _whole("start_ms", key=True),
    sa.Column("shard", sa.Integer, primary_key=True, autoincrement=False),
    _whole("seq"),
    _whole("judged_to_ms"),
    sqlite_with_rowid=False,
)
"""Rows of panes that were touched since all windows with them were judged; windows that end at `judged_to_ms` or before
were. `seq` is the offset of the last pane of the chunk; who judges touches by shard -1, and its turn is the `seq`."""

LANES = sa.Table(
    "drift_lanes",
    SCHEMA,
    sa.Column("model", sa.String(255), primary_key=True),
    sa.Column("partition", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("logs", sa.Text, nullable=False),
    _whole("at_ms"),
    _whole("seen_ms"),
    _whole("moved_ms"),
    _whole("predicted_ms"),
    _whole("max_event_ms", known=False),
    _whole("event_arrived_ms", known=False),
    _whole("max_arrived_ms", known=False),
    _whole("unmatched"),
    _whole("forgotten"),
    sqlite_with_rowid=False,
)
"""Partitions of a model's logs, as their panes tell; `Lane` says what the columns mean."""

USERS = sa.Table(
    "drift_users",
    SCHEMA,
    *_experiment(),
    sa.Column("user", sa.LargeBinary(16), primary_key=True),
    _whole("start_ms", key=True),
    sa.Column("shard", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("numerator", sa.Text, nullable=False),
    sa.Column("denominator", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)
"""What users did in a stretch, as exact sums; a user is a digest."""

TOUCHED = sa.Table(
    "drift_touched_users",
    SCHEMA,
    *_experiment(),
    sa.Column("user", sa.LargeBinary(16), primary_key=True),
    sa.Column("shard", sa.Integer, primary_key=True, autoincrement=False),
    _whole("seq"),
    sqlite_with_rowid=False,
)
"""Users who did more since they were counted."""

MARKS = sa.Table(
    "drift_user_marks",
    SCHEMA,
    *_experiment(),
    sa.Column("user", sa.LargeBinary(16), primary_key=True),
    _whole("start_ms", key=True),
    sa.Column("numerator", sa.Text, nullable=False),
    sa.Column("denominator", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)
"""What of each user is counted in the sums; taken off before more is added."""

SUMS = sa.Table(
    "drift_user_sums",
    SCHEMA,
    *_experiment(),
    _whole("start_ms", key=True),
    sa.Column("sums", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)
"""What a stretch adds to the sums over all users up to its end."""

SESSION_PARTS = sa.Table(
    "drift_session_parts",
    SCHEMA,
    *_series(),
    sa.Column("variant", sa.String(255), primary_key=True),
    sa.Column("user", sa.LargeBinary(16), primary_key=True),
    sa.Column("shard", sa.Integer, primary_key=True, autoincrement=False),
    _whole("seq", key=True),
    _whole("first_ms", key=True),
    _whole("last_ms"),
    _whole("events"),
    sa.Column("amounts", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)
"""Parts of sessions that nobody has joined yet; a row is written once, by its shard, and taken away by who judges."""

SESSIONS = sa.Table(
    "drift_sessions",
    SCHEMA,
    *_series(),
    sa.Column("variant", sa.String(255), primary_key=True),
    sa.Column("user", sa.LargeBinary(16), primary_key=True),
    _whole("first_ms", key=True),
    _whole("last_ms"),
    _whole("start_ms"),
    _whole("events"),
    sa.Column("amounts", sa.Text, nullable=False),
    sa.Index("drift_sessions_by_start", "model", "start_ms"),
    sqlite_with_rowid=False,
)
"""Sessions as they are joined, open ones too: no two of a user lie closer than the gap. `start_ms` is the stretch in which
one has ended if nothing more comes."""

SESSION_SUMS = sa.Table(
    "drift_session_sums",
    SCHEMA,
    *_series(),
    sa.Column("variant", sa.String(255), primary_key=True),
    _whole("start_ms", key=True),
    _whole("ended"),
    _whole("events"),
    _whole("length_ms"),
    sqlite_with_rowid=False,
)
"""What the sessions come to that have ended in a stretch."""

WATCHED = sa.Table(
    "drift_watched",
    SCHEMA,
    sa.Column("model", sa.String(255), primary_key=True),
    _whole("known_ms"),
    _whole("turns"),
    _whole("watermark_ms", known=False),
    _whole("predictions_from_ms", known=False),
    _whole("labels_from_ms", known=False),
    sqlite_with_rowid=False,
)
"""Models, each held by who judges it; slices before `predictions_from_ms`, and labels before `labels_from_ms`, are too late."""

SERIES = sa.Table(
    "drift_series",
    SCHEMA,
    *_series(),
    _whole("told_ms", known=False),
    sa.Column("firing", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)
"""Series: the newest window that people were told of, and what fires since."""

WINDOWS = sa.Table(
    "drift_windows",
    SCHEMA,
    *_series(),
    _whole("start_ms", key=True),
    _whole("end_ms"),
    _whole("number"),
    sa.Column("revision", sa.Integer, nullable=False),
    _whole("turn"),
    sa.Column("window", sa.LargeBinary, nullable=False),
    sa.Column("state", sa.LargeBinary, nullable=False),
    sa.Index("drift_windows_by_turn", "model", "turn"),
    sqlite_with_rowid=False,
)
"""Windows in their newest revision, each with the state after it."""

OUTBOX = sa.Table(
    "drift_outbox",
    SCHEMA,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("fingerprint", sa.String(1024), nullable=False),
    sa.Column("measurement", sa.LargeBinary, nullable=False),
)
"""Measurements that are not yet on `assay.breaches`."""
