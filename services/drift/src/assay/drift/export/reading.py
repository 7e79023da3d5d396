"""Windows of a model in the order in which they were judged, some at a time."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import sqlalchemy as sa

from assay.api.drift.v1.window_pb2 import Window
from assay.drift.windows.tables import WATCHED, WINDOWS
from assay.runtime.database import Database

__all__ = ["JudgedReader"]


class JudgedReader:
    """Reads whole turns: what was judged together is read together."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def models(self) -> Mapping[str, str]:
        """Return the models that are watched, each with the name of its history: a store that was lost begins another.

        Raises:
            StoreAwayError: the store did not answer.
        """
        return await self._database.run(_models)

    async def after(self, model: str, turn: int, most: int) -> tuple[list[Window], int]:
        """Return windows that were judged after a turn, and the last turn that they are of; about so many at most.

        Raises:
            StoreAwayError: the store did not answer.
        """
        return await self._database.run(partial(_after, model=model, turn=turn, most=most))


def _models(transaction: sa.Connection) -> Mapping[str, str]:
    found = transaction.execute(sa.select(WATCHED.c.model, WATCHED.c.known_ms).order_by(WATCHED.c.model))
    return {model: f"{model}/{known_ms}" for model, known_ms in found}


def _after(transaction: sa.Connection, model: str, turn: int, most: int) -> tuple[list[Window], int]:
    fresh = sa.select(WINDOWS.c.turn).where(WINDOWS.c.model == model, WINDOWS.c.turn > turn).order_by(WINDOWS.c.turn)
    turns = transaction.scalars(fresh.limit(most)).all()
    if not turns:
        return [], turn
    query = sa.select(WINDOWS.c.window).where(
        WINDOWS.c.model == model, WINDOWS.c.turn > turn, WINDOWS.c.turn <= turns[-1]
    )
    ordered = query.order_by(WINDOWS.c.turn, WINDOWS.c.version, WINDOWS.c.segment, WINDOWS.c.start_ms)
    return [Window.FromString(each) for each in transaction.scalars(ordered)], turns[-1]
