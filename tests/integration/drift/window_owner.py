"""A process that folds panes, judges windows and tells of them as drift does, to be killed: broker, topic, store, model, name."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace

import sqlalchemy as sa

from assay.contracts.monitoring import Monitoring
from assay.drift.models import WatchedModel
from assay.drift.windows.evaluator import Evaluator, EvaluatorSettings
from assay.drift.windows.fold import WindowFold
from assay.drift.windows.outbox import Relay
from assay.drift.windows.tables import SCHEMA
from assay.runtime import SystemClock
from assay.runtime.database import Database
from assay.streaming import Publisher
from assay.streaming.ledger import TABLES, Ledger
from tests.unit.drift.windows.merged import REFERENCE, Known, a_model

__all__ = ["model_named", "prepare"]

WATCHED = Monitoring(window_s=300, hop_s=300)
SETTINGS = EvaluatorSettings(every_s=0.05, dead_s=3_600, stuck_s=3_600, revise_s=0.2)


def model_named(name: str) -> WatchedModel:
    """The model that is watched."""
    return replace(a_model(WATCHED), name=name)


def prepare(connection: sa.Connection) -> None:
    """Make the tables."""
    SCHEMA.create_all(connection)
    TABLES.create_all(connection)


async def own(broker: str, topic: str, store: str, name: str, member: str) -> None:
    """Fold, judge and tell until killed."""
    clock, model = SystemClock(), model_named(name)
    references = Known(replace(REFERENCE, model=name))
    async with (
        Database(store, "STORE", prepare, in_turn=True) as database,
        Publisher(broker) as publisher,
        Ledger(broker, topic, database, WindowFold(clock, topic), member=member) as ledger,
        asyncio.TaskGroup() as group,
    ):
        ledger.subscribe([topic])
        relay = Relay(database, publisher, 0.1)
        group.create_task(relay.run())
        group.create_task(Evaluator(database, lambda: {name: model}, references, clock, SETTINGS).run())


if __name__ == "__main__":
    asyncio.run(own(*sys.argv[1:6]))
