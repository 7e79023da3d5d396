"""Remembers with which flows each partition was swept last; a hint, which may be lost."""

from __future__ import annotations

import sqlalchemy as sa

from assay.recovery.store.tables import SWEPT
from assay.recovery.store.upsert import upsert
from assay.runtime.database import Database

__all__ = ["Swept"]


class Swept:
    """The digest of the flows that dead letters up to the committed position were tried with.

    Raises:
        StoreAwayError: from every method, when the store does not answer.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def swept(self, topic: str, partition: int) -> str:
        """Return the digest, empty where nothing is known."""
        query = sa.select(SWEPT.c.digest).filter_by(topic=topic, partition=partition)
        return await self._database.run(lambda transaction: transaction.scalar(query)) or ""

    async def mark_swept(self, topic: str, partition: int, digest: str) -> None:
        """Note that a sweep with these flows is through."""
        row = {"topic": topic, "partition": partition, "digest": digest}
        await self._database.run(lambda transaction: upsert(transaction, SWEPT, [row], ("digest",)))
