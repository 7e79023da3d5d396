"""One look at everything: causes are told, what follows from them is not, until it goes on without them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from assay.alerts import breach_rows
from assay.alerts.book import Book
from assay.alerts.breach_rows import prepare
from assay.alerts.panes import PaneReader
from assay.alerts.panes.fold import LEDGER, PaneFold
from assay.alerts.promises import history
from assay.alerts.promises.evaluator import Evaluator, EvaluatorSettings
from assay.api.validation.v1.pane_pb2 import PaneMinute
from assay.contracts import Contract, Upstream
from assay.runtime.database import Database
from assay.streaming.ledger import TABLES
from tests.unit.alerts.panes.panes import NOW_MS, FixedClock, minute, pane, records
from tests.unit.alerts.promises.stage import MINUTE_MS, NULLS, Herald, contract_of, silence

LIVE = NOW_MS // MINUTE_MS
ALONE = contract_of(silence(bound_s=120))
ABOVE = contract_of(silence(bound_s=60), name="above")
BELOW = contract_of(silence(bound_s=90), name="below", upstream=(Upstream(contract="above"),))


@dataclass
class Known:
    """Contracts, and whether the registry answers."""

    contracts: Mapping[str, Contract]
    is_current: bool = True


@dataclass
class Looker:
    """An evaluator over a store of its own, by a clock that is set by hand."""

    database: Database
    evaluator: Evaluator
    known: Known
    clock: FixedClock
    herald: Herald
    fold: PaneFold
    folded: list[int] = field(default_factory=lambda: [0])

    async def beat(self, *contracts: str, valid: int = 0) -> None:
        """A pane of each contract: records of now, or a heartbeat."""
        for name in contracts:
            counts = [minute(self.clock.ms // MINUTE_MS, valid, last_event_ms=self.clock.ms)] if valid else []
            found = pane(*counts, contract=name, at_ms=self.clock.ms)
            await self.database.run(partial(self.fold.apply, records=records([found], first=self.folded[0])))
            self.folded[0] += 1

    async def go_on(self, seconds: int, *beating: str) -> None:
        """Time passes; these contracts are heard of."""
        for _ in range(seconds // 2):
            self.clock.ms += 2_000
            await self.beat(*beating)
            await self.evaluator.look()

    async def told(self) -> list[str]:
        """What people were told, in order: fingerprint or promise, and whether it fires."""
        breaches = {each.id: each for each in await self.database.run(breach_rows.listed)}
        keys = await self.database.run(
            lambda transaction: list(transaction.scalars(sa.select(self.herald.table.c.key)))
        )
        found = [key.rpartition("/") for key in keys]
        return [f"{breaches[name].fired.contract}/{breaches[name].fired.promise} {state}" for name, _, state in found]


@asynccontextmanager
async def looking(folder: Path, *contracts: Contract) -> AsyncIterator[Looker]:
    clock, herald, known = FixedClock(), Herald(), Known({each.id: each for each in contracts})
    async with Database(f"sqlite:///{folder}/alerts.db", "ASSAY_ALERTS_STORE", prepare) as database:
        await database.run(TABLES.create_all)
        await database.run(herald.table.metadata.create_all)
        book = Book(known.contracts, herald)
        settings = EvaluatorSettings()
        evaluator = Evaluator(database, known, book, PaneReader(), clock, settings, lambda _: None)
        yield Looker(database, evaluator, known, clock, herald, PaneFold(clock, LEDGER))


async def test_one_contract_that_is_dead_is_told_by_itself(tmp_path: Path) -> None:
    async with looking(tmp_path, ALONE, ABOVE) as looker:
        await looker.beat("orders", "above", valid=1)
        await looker.go_on(50, "above")
        assert await looker.told() == ["orders/dead firing"]


async def test_several_that_are_dead_are_told_once(tmp_path: Path) -> None:
    async with looking(tmp_path, ALONE, ABOVE) as looker:
        await looker.beat("orders", "above", valid=1)
        await looker.go_on(80)
        assert await looker.told() == ["*/dead firing"]
        breaches = await looker.database.run(breach_rows.open_ones)
        assert {each.fired.fingerprint: each.under for each in breaches} == {
            "dead": "", "dead/orders": breaches[0].id, "dead/above": breaches[0].id,
        }  # fmt: skip
        await looker.beat("orders", "above", valid=1)
        await looker.go_on(2, "orders", "above")
        assert await looker.told() == ["*/dead firing", "*/dead resolved"]


async def test_the_one_that_stays_dead_when_the_others_are_back_is_told_after_a_minute(tmp_path: Path) -> None:
    async with looking(tmp_path, ALONE, contract_of(name="other")) as looker:
        await looker.beat("orders", "other", valid=1)
        await looker.go_on(40)
        await looker.go_on(50, "other")
        assert await looker.told() == ["*/dead firing", "*/dead resolved"]
        await looker.go_on(20, "other")
        assert await looker.told() == ["*/dead firing", "*/dead resolved", "orders/dead firing"]


async def test_what_is_dead_while_the_registry_is_away_is_told_with_it(tmp_path: Path) -> None:
    async with looking(tmp_path, ALONE) as looker:
        await looker.beat("orders", valid=1)
        looker.known.is_current = False
        await looker.go_on(60)
        assert await looker.told() == ["*/registry firing"]
        looker.known.is_current = True
        await looker.beat("orders", valid=1)
        await looker.go_on(4, "orders")
        assert await looker.told() == ["*/registry firing", "*/registry resolved"]


async def test_a_breach_ends_with_its_contract_once_the_registry_says_so(tmp_path: Path) -> None:
    async with looking(tmp_path, ALONE, ABOVE) as looker:
        await looker.beat("orders", "above", valid=1)
        await looker.go_on(64, "orders", "above")
        assert await looker.told() == ["above/silence firing"]
        looker.known.contracts = {"orders": ALONE}
        looker.known.is_current = False
        await looker.go_on(4, "orders")
        assert await looker.told() == ["above/silence firing"]
        looker.known.is_current = True
        await looker.go_on(4, "orders")
        assert await looker.told() == ["above/silence firing", "above/silence resolved"]
        (breach,) = await looker.database.run(breach_rows.listed)
        assert breach.resolved is not None
        assert breach.resolved.measured == "no version of the contract is in force any more"
        assert await looker.database.run(history.stands) == []


async def test_a_registry_that_was_away_for_a_moment_is_not_told(tmp_path: Path) -> None:
    async with looking(tmp_path, ALONE) as looker:
        await looker.beat("orders", valid=1)
        looker.known.is_current = False
        await looker.go_on(28, "orders")
        looker.known.is_current = True
        await looker.go_on(10, "orders")
        assert await looker.told() == []


async def test_silence_downstream_is_told_with_that_upstream_and_by_itself_when_it_goes_on(tmp_path: Path) -> None:
    async with looking(tmp_path, ABOVE, BELOW) as looker:
        await looker.beat("above", "below", valid=1)
        await looker.go_on(120, "above", "below")
        assert await looker.told() == ["above/silence firing"]
        await looker.beat("above", valid=1)
        await looker.go_on(2, "above", "below")
        assert await looker.told() == ["above/silence firing", "above/silence resolved"]
        for _ in range(3):
            await looker.go_on(30, "above", "below")
            await looker.beat("above", valid=1)
        assert await looker.told() == ["above/silence firing", "above/silence resolved", "below/silence firing"]


async def test_a_machine_that_slept_calls_nobody_dead(tmp_path: Path) -> None:
    async with looking(tmp_path, ALONE) as looker:
        await looker.beat("orders", valid=1)
        await looker.go_on(10, "orders")
        looker.clock.ms += 3_600_000
        await looker.evaluator.look()
        await looker.go_on(18)
        await looker.beat("orders", valid=1)
        await looker.go_on(10, "orders")
        assert await looker.told() == []


async def test_no_window_closes_before_a_partition_that_rested_has_told_of_its_records(tmp_path: Path) -> None:
    async with looking(tmp_path, replace(contract_of(NULLS), partitions=2)) as looker:

        async def take(partition: int, *counts: PaneMinute) -> None:
            found = pane(*counts, partition=partition, after=len(counts), at_ms=looker.clock.ms)
            await looker.database.run(partial(looker.fold.apply, records=records([found], first=looker.folded[0])))
            looker.folded[0] += 1
            await looker.evaluator.look()
            await looker.evaluator.look()

        async def rows() -> list[int]:
            """The records of each window that was evaluated and had some, the oldest first."""
            kept = await looker.database.run(history.listed)
            return [each.records for each in reversed(kept) if each.records]

        await take(0)
        await take(1)
        looker.clock.ms += 1_000
        await take(0, _of(LIVE - 60, rows=1, failing=1), _of(LIVE, rows=1, failing=0))
        assert await rows() == []
        looker.clock.ms += 1_000
        await take(1, _of(LIVE - 60, rows=9, failing=0), _of(LIVE, rows=1, failing=0))
        assert await rows() == [10]
        assert await looker.told() == []


def _of(number: int, *, rows: int, failing: int) -> PaneMinute:
    return minute(number, rows, failing=[failing], last_event_ms=number * MINUTE_MS)
