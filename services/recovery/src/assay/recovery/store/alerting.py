"""Remembers which failures people are alerted of; this stands on no topic, and outlives the projection."""

from __future__ import annotations

import sqlalchemy as sa

from assay.recovery.store.tables import ALERTING
from assay.recovery.store.upsert import clean, upsert
from assay.runtime.database import Database

__all__ = ["Alerting"]

MAX_CAUSE = 1_000


class Alerting:
    """Failures whose alert is not over.

    Raises:
        StoreAwayError: from every method, when the store does not answer.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, fingerprint: str, cause: str, at_ms: int) -> None:
        """Note that people were alerted, and of what likely cause."""
        row = {"fingerprint": fingerprint, "cause": clean(cause, MAX_CAUSE), "since_ms": at_ms}
        await self._database.run(lambda transaction: upsert(transaction, ALERTING, [row], ("cause",)))

    async def end(self, fingerprint: str) -> None:
        """Note that people were told that it is over."""
        change = sa.delete(ALERTING).filter_by(fingerprint=fingerprint)
        await self._database.run(lambda transaction: transaction.execute(change))
