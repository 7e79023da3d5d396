"""A process that folds panes as alerts does, to be killed: broker, topic, store and its name in the group."""

from __future__ import annotations

import asyncio
import sys

import assay.alerts.panes.tables  # noqa: F401 -- the tables that the store needs
from assay.alerts.panes.fold import PaneFold
from assay.alerts.schema import SCHEMA
from assay.runtime import SystemClock
from assay.runtime.database import Database
from assay.streaming.ledger import Ledger

__all__: list[str] = []


async def own(broker: str, topic: str, store: str, member: str) -> None:
    """Fold what is there and what comes, until killed."""
    async with (
        Database(store, "STORE", SCHEMA) as database,
        Ledger(broker, topic, database, PaneFold(SystemClock(), topic), member=member) as ledger,
    ):
        ledger.subscribe([topic])
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(own(*sys.argv[1:5]))
