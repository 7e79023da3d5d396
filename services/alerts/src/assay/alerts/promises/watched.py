"""How far contracts are evaluated: one row each, held by whoever evaluates it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from assay.alerts.panes.tables import DIRTY, HORIZONS, MINUTES
from assay.alerts.promises.tables import WATCHED
from assay.runtime.rows import insert_missing

__all__ = [
    "Touched",
    "Watched",
    "advance",
    "evaluated",
    "first_minute",
    "horizon",
    "known",
    "lock",
    "touched_by_contract",
]


@dataclass(frozen=True, slots=True)
class Watched:
    """One contract: when it was first seen, how far its windows are closed, and its watermark; None before a record."""

    contract: str
    known_ms: int
    evaluated_to_ms: int | None = None
    watermark_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Touched:
    """The minutes of a contract that nobody looked at since panes fell into them."""

    first_minute: int
    minutes: int


def lock(connection: sa.Connection, contract: str, now_ms: int) -> Watched:
    """Return how far a contract is; no other process evaluates it until this transaction ends."""
    mine = WATCHED.c.contract == contract
    move = sa.update(WATCHED).where(mine).values(turns=WATCHED.c.turns + 1)
    if not connection.execute(move).rowcount:
        insert_missing(connection, WATCHED, [{"contract": contract, "known_ms": now_ms, "turns": 0}])
        connection.execute(move)
    return _watched(connection.execute(sa.select(WATCHED).where(mine)).mappings().one())


def advance(connection: sa.Connection, contract: str, evaluated_to_ms: int | None, watermark_ms: int | None) -> None:
    """Write how far a contract is."""
    values = {"evaluated_to_ms": evaluated_to_ms, "watermark_ms": watermark_ms}
    connection.execute(sa.update(WATCHED).filter_by(contract=contract).values(**values))


def known(connection: sa.Connection) -> Mapping[str, Watched]:
    """Return every contract that was seen."""
    return {row["contract"]: _watched(row) for row in connection.execute(sa.select(WATCHED)).mappings()}


def evaluated(connection: sa.Connection) -> Mapping[str, int]:
    """Return how far each contract is evaluated: minutes before that are needed for revisions alone."""
    return {name: each.evaluated_to_ms for name, each in known(connection).items() if each.evaluated_to_ms is not None}


def touched_by_contract(connection: sa.Connection) -> Mapping[str, Touched]:
    """Return the contracts of which minutes were touched."""
    query = sa.select(DIRTY.c.contract, sa.func.min(DIRTY.c.minute), sa.func.count()).group_by(DIRTY.c.contract)
    return {contract: Touched(first, count) for contract, first, count in connection.execute(query)}


def first_minute(connection: sa.Connection, contract: str, from_ms: int | None = None) -> int | None:
    """Return the first minute that holds a record, of all or from a time on."""
    query = sa.select(sa.func.min(MINUTES.c.minute)).where(MINUTES.c.contract == contract)
    if from_ms is not None:
        query = query.where(MINUTES.c.minute >= from_ms // MINUTE_MS)
    found = connection.scalar(query)
    return None if found is None else int(found)


def horizon(connection: sa.Connection, contract: str) -> int | None:
    """Return the oldest minute that is kept of a contract, None where none was forgotten."""
    found = connection.scalar(sa.select(HORIZONS.c.minute).filter_by(contract=contract))
    return None if found is None else int(found)


MINUTE_MS = 60_000


def _watched(row: sa.RowMapping) -> Watched:
    return Watched(row["contract"], row["known_ms"], row["evaluated_to_ms"], row["watermark_ms"])
