"""What no promise looks back to is forgotten, a few rows at a time, and nothing else is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from assay.alerts.panes.fold import LEDGER, PaneFold
from assay.alerts.panes.forgetting import Forgetting, forget, forget_ahead, set_horizon
from assay.alerts.panes.tables import DIRTY, HORIZONS, MINUTES
from assay.alerts.schema import SCHEMA
from assay.runtime.database import Database
from assay.streaming import Record
from assay.streaming.ledger import POSITIONS, TABLES
from assay.telemetry import metrics
from tests.unit.alerts.panes.merged import Merged
from tests.unit.alerts.panes.panes import NOW_MS, FixedClock, minute, pane, records

NOW = NOW_MS // 60_000
DAY = 24 * 60


def kept(merged: Merged, table: sa.Table = MINUTES, contract: str = "orders") -> list[int]:
    query = sa.select(table.c.minute).filter_by(contract=contract).order_by(table.c.minute)
    with merged.read() as transaction:
        return [*transaction.scalars(query)]


def with_horizon(merged: Merged, watermark: int, retention_d: float = 1) -> None:
    with merged.read() as transaction:
        set_horizon(transaction, {"orders": watermark * 60_000}, retention_d)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 50), max_size=30), st.integers(0, 60), st.integers(1, 7))
def test_minutes_before_the_horizon_go_a_few_at_a_time_and_no_others(
    minutes: list[int], oldest: int, at_once: int
) -> None:
    merged = Merged()
    if minutes:
        merged.take(records([pane(minute(each), contract=name) for each in minutes for name in ("orders", "refunds")]))
    with_horizon(merged, oldest + DAY)
    gone = [at_once]
    while gone[-1]:
        with merged.read() as transaction:
            gone.append(forget(transaction, at_once))
    assert max(gone) <= at_once
    assert kept(merged) == kept(merged, DIRTY) == sorted({each for each in minutes if each >= oldest})
    assert kept(merged, contract="refunds") == sorted({*minutes})


def test_a_horizon_never_goes_back() -> None:
    merged = Merged()
    for watermark in (9 + DAY, 5 + DAY, 7 + DAY):
        with_horizon(merged, watermark)
    with merged.read() as transaction:
        assert transaction.scalar(sa.select(HORIZONS.c.minute)) == 9


def test_what_comes_too_late_is_counted_once_it_is_known_that_it_was_passed() -> None:
    merged, counter = Merged(), metrics.PANES_TOO_LATE.labels("orders")
    with_horizon(merged, 5 + DAY)
    before = counter._value.get()
    merged.take(records([pane(minute(1), minute(2), minute(7))]))
    assert counter._value.get() == before
    merged.take(records([pane(minute(8))], first=1))
    assert counter._value.get() == before + 2
    assert kept(merged) == [7, 8]


def test_it_is_told_once_a_minute_that_something_came_too_late() -> None:
    clock = FixedClock()
    merged = Merged(clock)
    with_horizon(merged, 5 + DAY)
    with capture_logs() as logs:
        for at in range(6):
            clock.ms = NOW_MS + 20_000 * at
            merged.take(records([pane(minute(1))], first=at))
    assert [(log["event"], log["contract"]) for log in logs] == [("pane.too_late", "orders")] * 2


def test_of_minutes_far_ahead_the_farthest_go() -> None:
    merged = Merged()
    merged.take(records([pane(*(minute(each) for each in (3, 20, 21, 22, 23)))]))
    with merged.read() as transaction:
        assert forget_ahead(transaction, 20, most=2, limit=1) == 1
        assert forget_ahead(transaction, 20, most=2, limit=9) == 1
        assert forget_ahead(transaction, 20, most=2) == 0
    assert kept(merged) == [3, 20, 21]


@asynccontextmanager
async def stored(folder: Path) -> AsyncIterator[Database]:
    def prepare(connection: sa.Connection) -> None:
        SCHEMA.create_all(connection)
        TABLES.create_all(connection)

    async with Database(f"sqlite:///{folder / 'alerts.db'}", "STORE", prepare) as database:
        yield database


def fold_into(fold: PaneFold, chunk: list[Record], transaction: sa.Connection) -> None:
    fold.apply(transaction, chunk)
    transaction.execute(sa.delete(POSITIONS))
    place = {"ledger": LEDGER, "topic": chunk[0].topic, "partition": chunk[0].partition}
    transaction.execute(sa.insert(POSITIONS).values(**place, next_offset=chunk[-1].offset + 1))


async def test_the_file_stays_as_small_as_what_is_kept(tmp_path: Path) -> None:
    watermarks: Mapping[str, int] = {}
    clock, sizes = FixedClock(), list[int]()
    async with stored(tmp_path) as database:
        fold = PaneFold(clock)
        forgetting = Forgetting(database, lambda _: watermarks, clock, retention_d=1)
        for day in range(6):
            first = NOW + day * DAY
            chunk = records([pane(*(minute(each) for each in range(first, first + DAY)))], first=day)
            await database.run(partial(fold_into, fold, chunk))
            watermarks = {"orders": (first + DAY) * 60_000}
            await forgetting.once()
            sizes.append(await database.run(lambda transaction: transaction.scalar(sa.text("PRAGMA page_count")) or 0))
    assert sizes[-1] < 2 * sizes[1]
