"""How the alerts of a breach stand, and how the channels fare."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from assay.alerts.delivery.delivery import Delivery
from assay.alerts.delivery.payload import read_delivery
from assay.alerts.delivery.tables import CHANNELS, DELIVERIES

__all__ = ["Fare", "Posted", "fares", "posted", "waiting"]

_ROW = DELIVERIES.c


@dataclass(frozen=True, slots=True)
class Posted:
    """One alert, and what became of it; `next_try_ms` is None where it is settled."""

    delivery: Delivery
    created_ms: int
    attempts: int
    delivered_ms: int | None
    gave_up_ms: int | None
    next_try_ms: int | None
    error: str


@dataclass(frozen=True, slots=True)
class Fare:
    """How many alerts a channel has to carry and has carried; `error` is what went wrong since its last success."""

    channel: str
    waiting: int = 0
    delivered: int = 0
    gave_up: int = 0
    oldest_ms: int | None = None
    error: str = ""
    failed_ms: int | None = None


def posted(connection: sa.Connection, breach: str) -> list[Posted]:
    """Return the alerts of a breach, in the order in which they were posted."""
    rows = connection.execute(sa.select(DELIVERIES).where(_ROW.breach == breach).order_by(_ROW.seq))
    return [_posted(row) for row in rows]


def fares(connection: sa.Connection) -> dict[str, Fare]:
    """Return how every channel fares that there was, by name."""
    count, waits = sa.func.count(), sa.case((_ROW.waits, _ROW.created_ms))
    counted = [count.label("all"), sa.func.count(waits).label("waiting"), sa.func.min(waits).label("oldest")]
    ended = [sa.func.count(_ROW.delivered_ms).label("delivered"), sa.func.count(_ROW.gave_up_ms).label("gave_up")]
    rows = connection.execute(sa.select(_ROW.channel, *counted, *ended).group_by(_ROW.channel))
    counts = {row.channel: (row.waiting, row.delivered, row.gave_up, row.oldest) for row in rows}
    told = {row.name: (row.error, row.failed_ms) for row in connection.execute(sa.select(CHANNELS))}
    return {
        name: Fare(name, *counts.get(name, (0, 0, 0, None)), *told.get(name, ("", None)))
        for name in sorted({*counts, *told})
    }


def waiting(connection: sa.Connection) -> dict[str, int]:
    """Return how many alerts wait, by channel; those without any are left out."""
    query = sa.select(_ROW.channel, sa.func.count().label("waits")).where(_ROW.waits).group_by(_ROW.channel)
    return {row.channel: row.waits for row in connection.execute(query)}


def _posted(row: sa.Row[tuple[object, ...]]) -> Posted:
    next_try_ms = row.next_try_ms if row.waits else None
    settled = (row.delivered_ms, row.gave_up_ms, next_try_ms, row.error)
    return Posted(read_delivery(row.payload), row.created_ms, row.attempts, *settled)
