"""Forgets minutes that no promise looks back to, so that the store does not grow without end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial

import sqlalchemy as sa

from assay.alerts.panes.tables import DIRTY, HORIZONS, MINUTES, PARTITIONS
from assay.runtime import Clock
from assay.runtime.database import Database, StoreAwayError
from assay.runtime.rows import raise_to
from assay.telemetry import get_logger

__all__ = ["MOST_AHEAD", "Forgetting", "forget", "forget_ahead", "set_horizon"]

EVERY_S = 60.0
AT_ONCE = 500
"""Rows that one transaction takes away: the fold waits for it."""

MOST_AHEAD = 10_000
"""Minutes of a contract that lie ahead of the wall clock by more than is kept of the past, at most: the farthest go. They
come of clocks gone wrong, and the watermark does not get there."""

DAY_MS = 86_400_000
MINUTE_MS = 60_000

Watermarks = Callable[[sa.Connection], Mapping[str, int]]
"""Returns the watermarks that are stored, by contract."""


def set_horizon(transaction: sa.Connection, watermarks: Mapping[str, int], retention_d: float) -> None:
    """Note the oldest minute that is kept of each contract; the fold leaves out what comes for an older one."""
    rows = [
        {"contract": contract, "minute": (ms - int(retention_d * DAY_MS)) // MINUTE_MS}
        for contract, ms in sorted(watermarks.items())
    ]
    raise_to(transaction, HORIZONS, rows)


def forget(transaction: sa.Connection, limit: int = AT_ONCE) -> int:
    """Take away so many minutes before their horizon, at most; return how many rows went, 0 once there are none left."""
    horizons = transaction.execute(sa.select(HORIZONS.c.contract, HORIZONS.c.minute).order_by(HORIZONS.c.contract))
    gone = 0
    for contract, oldest in horizons.all():
        for table in (MINUTES, DIRTY):
            if gone < limit:
                gone += _take(transaction, table, contract, table.c.minute < oldest, limit - gone)
    return gone


def forget_ahead(transaction: sa.Connection, first: int, most: int = MOST_AHEAD, limit: int = AT_ONCE) -> int:
    """Of minutes at or after `first` take away the farthest, so many at most, of a contract that has more than `most`."""
    gone = 0
    for contract in transaction.scalars(
        sa.select(PARTITIONS.c.contract).distinct().order_by(PARTITIONS.c.contract)
    ).all():
        ahead = sa.and_(MINUTES.c.contract == contract, MINUTES.c.minute >= first)
        many = transaction.scalar(sa.select(sa.func.count()).select_from(MINUTES).where(ahead)) or 0
        if gone < limit and many > most:
            gone += _take(transaction, MINUTES, contract, ahead, min(limit - gone, many - most))
    return gone


def _take(transaction: sa.Connection, table: sa.Table, contract: str, which: sa.ColumnElement[bool], limit: int) -> int:
    """Delete at most so many rows of a contract, the latest of those that are meant."""
    keys = [column for column in table.primary_key if column.name != "contract"]
    found = transaction.execute(
        sa.select(*keys).where(table.c.contract == contract, which).order_by(*(key.desc() for key in keys)).limit(limit)
    ).all()
    if found:
        gone = sa.delete(table).where(
            table.c.contract == contract, *(key == sa.bindparam(f"of_{key.name}") for key in keys)
        )
        transaction.execute(gone, [{f"of_{key.name}": row[at] for at, key in enumerate(keys)} for row in found])
    return len(found)


class Forgetting:
    """Moves horizons behind the watermarks, and takes away what lies before them.

    Each transaction is short. Several processes may do it at once: what one took away is not there for another.

    Args:
        retention_d: how many days before its watermark a contract's minutes are kept.
    """

    def __init__(self, database: Database, watermarks: Watermarks, clock: Clock, retention_d: float) -> None:
        self._database = database
        self._watermarks = watermarks
        self._clock = clock
        self._retention_d = retention_d

    async def run(self) -> None:
        """Run until cancelled; a store that is away is looked after later."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.once()
            except StoreAwayError as error:
                get_logger().warning("minutes.not_forgotten", error=str(error))

    async def once(self) -> int:
        """Forget all that there is to forget; return how many rows went.

        Raises:
            StoreAwayError: the store does not answer; what went so far is gone.
        """
        await self._database.run(self._set_horizon)
        first = (self._clock.now_ms() + int(self._retention_d * DAY_MS)) // MINUTE_MS
        total = 0
        for step in (forget, partial(forget_ahead, first=first)):
            while gone := await self._database.run(step):
                total += gone
                await asyncio.sleep(0)
        if total:
            get_logger().info("minutes.forgotten", rows=total)
        return total

    def _set_horizon(self, transaction: sa.Connection) -> None:
        set_horizon(transaction, self._watermarks(transaction), self._retention_d)
