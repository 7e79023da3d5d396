"""Two processes over one PostgreSQL evaluate each window once, and tell of each breach once."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial

import sqlalchemy as sa

from assay.alerts import breach_rows
from assay.alerts.book import Book
from assay.alerts.breach_rows import prepare
from assay.alerts.panes import PaneReader
from assay.alerts.panes.fold import LEDGER, PaneFold
from assay.alerts.panes.standing import Bounds
from assay.alerts.promises import history
from assay.alerts.promises.turn import Turn
from assay.api.validation.v1.pane_pb2 import Pane
from assay.runtime.database import Database
from assay.streaming.ledger import TABLES
from tests.integration.registry.postgres import postgres
from tests.unit.alerts.panes.panes import NOW_MS, FixedClock, minute, pane, records
from tests.unit.alerts.promises.stage import MINUTE_MS, START, Herald, contract_of, error_rate

WINDOWS = 40
CONTRACT = contract_of(error_rate())


def panes() -> list[Pane]:
    """Five-minute windows of which every other one breaks the promise."""
    counts = [
        minute(START + 5 * at, 9, at % 2, last_event_ms=(START + 5 * at) * MINUTE_MS) for at in range(WINDOWS + 2)
    ]
    return [pane(each, first=10 * at, after=10 * at + 10) for at, each in enumerate(counts)]


async def test_two_evaluators_over_one_store_take_each_window_once() -> None:
    async with (
        postgres() as server,
        Database(server.url, "ASSAY_ALERTS_STORE", prepare) as one,
        Database(server.url, "ASSAY_ALERTS_STORE", prepare) as other,
    ):
        herald = Herald()
        await one.run(TABLES.create_all)
        await one.run(herald.table.metadata.create_all)
        fold, reader, book = PaneFold(FixedClock(), LEDGER), PaneReader(), Book({"orders": CONTRACT}, herald)
        turn = Turn(CONTRACT, NOW_MS, Bounds(since_ms=NOW_MS - 600_000))
        for at, each in enumerate(panes()):
            await one.run(partial(fold.apply, records=records([each], first=at)))
            async with asyncio.TaskGroup() as group:
                for database in (one, other, one, other):
                    group.create_task(database.run(partial(turn.take, reader=reader, book=book)))
        found = await one.run(partial(history.listed, most=1_000))
        assert Counter(each.start_ms for each in found) == Counter(
            (START + 5 * at) * MINUTE_MS for at in range(WINDOWS)
        )
        said = await one.run(lambda transaction: list(transaction.scalars(sa.select(herald.table.c.key))))
        assert len(said) == len(set(said)) == WINDOWS - 1
        assert len(await one.run(breach_rows.listed)) == WINDOWS // 2
