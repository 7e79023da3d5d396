"""Keeps breaches, each moved in one transaction with its alerts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import sqlalchemy as sa

from assay.alerts import breach_rows
from assay.alerts.book import Book
from assay.alerts.breaches import Breach, Step
from assay.runtime import failpoint
from assay.runtime.database import Database

__all__ = ["BreachStore"]


class BreachStore:
    """The breaches of a database.

    Raises:
        StoreAwayError: from every method, when the store does not answer or is locked.
    """

    def __init__(self, database: Database, book: Book) -> None:
        self._database = database
        self._book = book

    async def advance(self, fingerprint: str, step: Callable[[Breach | None], Step], at_ms: int) -> Step:
        """Give `step` the newest breach of a fingerprint; keep what it makes of it, and its alerts, or neither."""
        taken = await self._database.run(partial(self._advance, fingerprint, step, at_ms))
        failpoint("alerts.advanced")
        return taken

    async def breaches(self, contract: str = "") -> list[Breach]:
        """Return every breach, or those of one contract, oldest first."""
        return await self._database.run(partial(breach_rows.listed, contract=contract))

    def _advance(
        self, fingerprint: str, step: Callable[[Breach | None], Step], at_ms: int, connection: sa.Connection
    ) -> Step:
        return self._book.move(connection, step(breach_rows.newest(connection, fingerprint)), at_ms)
