"""Forgets panes and windows that are older than what is kept, so that the store does not grow without end."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from assay.drift.models import WatchedModel
from assay.drift.windows.grid import Grid
from assay.drift.windows.series import Series
from assay.drift.windows.tables import (
    DIRTY,
    MARKS,
    PANES,
    SERIES,
    SESSION_SUMS,
    SESSIONS,
    SUMS,
    TOUCHED,
    USERS,
    WATCHED,
    WINDOWS,
)

__all__ = ["forget"]

BY_STRETCH = (PANES, DIRTY, USERS, SESSIONS, SESSION_SUMS)

AT_ONCE = 500
"""Rows of a table that one transaction takes away: the fold waits for it."""

DAY_MS = 86_400_000


def forget(transaction: sa.Connection, model: WatchedModel, retention_d: float) -> int:
    """Take away rows of a model that are older than is kept; return how many went, 0 once there are none left.

    Nothing goes that a late label may still change. Of the windows of a series one more is kept: the next is judged on
    from it.
    """
    watched = transaction.execute(sa.select(WATCHED).filter_by(model=model.name)).first()
    if watched is None or watched.watermark_ms is None:
        return 0
    kept_from_ms = watched.watermark_ms - int(retention_d * DAY_MS)
    oldest_ms = min(kept_from_ms, watched.labels_from_ms or kept_from_ms) - 1000 * model.monitoring.window_s
    oldest_ms -= Grid.of(model.monitoring).reach_ms
    gone = sum(_take(transaction, table, model.name, oldest_ms) for table in BY_STRETCH)
    for series in _series(transaction, model.name):
        gone += _take_windows(transaction, series, oldest_ms)
    return gone + _take_experiments(transaction, model, oldest_ms)


def _take(transaction: sa.Connection, table: sa.Table, model: str, before_ms: int) -> int:
    old = sa.select(table.c.start_ms).where(table.c.model == model, table.c.start_ms < before_ms)
    newest = transaction.scalar(
        sa.select(sa.func.max(old.order_by(table.c.start_ms).limit(AT_ONCE).subquery().c.start_ms))
    )
    if newest is None:
        return 0
    return transaction.execute(sa.delete(table).where(table.c.model == model, table.c.start_ms <= newest)).rowcount


def _series(transaction: sa.Connection, model: str) -> Iterator[Series]:
    for row in transaction.execute(sa.select(SERIES).filter_by(model=model)).all():
        yield Series(row.model, row.version, row.segment)


def _take_windows(transaction: sa.Connection, series: Series, before_ms: int) -> int:
    mine = [WINDOWS.c[name] == value for name, value in series._asdict().items()]
    newest = transaction.scalar(sa.select(sa.func.max(WINDOWS.c.start_ms)).where(*mine, WINDOWS.c.start_ms < before_ms))
    if newest is None:
        return 0
    return transaction.execute(sa.delete(WINDOWS).where(*mine, WINDOWS.c.start_ms < newest)).rowcount


def _take_experiments(transaction: sa.Connection, model: WatchedModel, before_ms: int) -> int:
    """Take away what is known of the users of experiments that the contract does not name any more.

    Of the others it stays: what a user does now counts on from what the user did.
    """
    named = [each.name for each in model.monitoring.metrics]
    gone = 0
    for table in (MARKS, SUMS, TOUCHED):
        others = sa.delete(table).where(table.c.model == model.name, table.c.metric.not_in(named))
        gone += transaction.execute(
            others.where(table.c.start_ms < before_ms) if "start_ms" in table.c else others
        ).rowcount
    return gone
