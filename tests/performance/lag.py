"""How long after the watermark has passed the end of a window its promises are evaluated, while panes come.

A process of `assay bench alerts`: its last line is the lag of each window in milliseconds.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from assay.alerts.book import Book
from assay.alerts.breach_rows import prepare
from assay.alerts.breaches import Breach, State
from assay.alerts.panes import PaneReader
from assay.alerts.panes.fold import LEDGER, PaneFold
from assay.alerts.promises.evaluator import Evaluator, EvaluatorSettings
from assay.alerts.promises.watched import evaluated
from assay.contracts import Contract, Promise, ServiceLevel, Watermark, Window, load
from assay.runtime.database import Database
from assay.streaming import Record
from assay.streaming.ledger import POSITIONS, TABLES
from assay.streaming.topics import PANES
from assay.testkit.builders import contract_text
from tests.performance.panes import LATENCY_MS, MINUTE_MS, PROMISES, pane

__all__ = ["DELAY_S", "lags", "promising"]

DELAY_S = 1
TICK_S = 0.5
LOOK_S = 0.1
LATE = 0.02
WINDOW = Window("PT1M")
PLACE = {"ledger": LEDGER, "topic": PANES, "partition": 0}


@dataclass(frozen=True, slots=True)
class PacedClock:
    """The wall clock, or one that goes faster."""

    pace: int = 1
    started_ms: int = field(default_factory=lambda: time.time_ns() // 1_000_000)

    def now_ms(self) -> int:
        """Tell the time."""
        return self.started_ms + self.pace * (time.time_ns() // 1_000_000 - self.started_ms)


@dataclass(frozen=True, slots=True)
class Catalog:
    """Contracts that are known and stay as they are."""

    contracts: Mapping[str, Contract]
    is_current: bool = True


class Nobody:
    """Hears of breaches; how they are delivered is not measured."""

    def opened(self, breach: Breach) -> Breach:
        """Return it as it is."""
        return breach

    def post(self, connection: sa.Connection, breach: Breach, state: State, over: Sequence[Breach]) -> None:
        """Tell nobody."""


def promising(number: int) -> Contract:
    """Return a contract of one partition with ten promises that are measured each minute, and kept: this is no storm."""
    lines = [
        Promise(name, "amount", "nullValues", "mustBeLessOrEqualTo", (90,), "percent", WINDOW) for name in PROMISES
    ]
    levels = (
        ServiceLevel("latency", "latency", LATENCY_MS, 0.1, WINDOW),
        ServiceLevel("errors", "errorRate", None, 90.0, WINDOW),
    )
    return replace(
        load(contract_text(f"orders-{number}")),
        event_time="placed_at",
        partitions=1,
        promises=tuple(lines),
        levels=levels,
        watermark=Watermark(delay_s=DELAY_S),
    )


async def lags(contracts: int, panes_per_s: int, windows: int, folder: Path, pace: int = 1) -> list[int]:
    """Return for each contract and each of so many windows how late it was evaluated, in milliseconds.

    Panes are folded every half second; the evaluator is the service's, in the same process, at its default settings.
    """
    clock, known = PacedClock(pace), {each.id: each for each in map(promising, range(contracts))}
    async with Database(f"sqlite:///{folder / 'lag.db'}", "STORE", _prepare, in_turn=True) as database:
        book = Book(known, Nobody())
        evaluator = Evaluator(database, Catalog(known), book, PaneReader(), clock, EvaluatorSettings(), lambda _: None)
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(evaluator.run()),
                group.create_task(_feed(database, clock, [*known], panes_per_s)),
            ]
            found = await _watch(database, clock, contracts, windows)
            for task in tasks:
                task.cancel()
    return found


async def _feed(database: Database, clock: PacedClock, contracts: Sequence[str], panes_per_s: int) -> None:
    """Fold panes of every contract in turn, closed just now; at least one of each in every tick."""
    chance, fold, number = random.Random(6), PaneFold(clock), 0
    many = max(len(contracts), int(panes_per_s * TICK_S))
    while True:
        now_ms, chunk = clock.now_ms(), list[Record]()
        for _ in range(many):
            value = pane(chance, contracts[number % len(contracts)], 0, number, now_ms, LATE).SerializeToString()
            chunk.append(Record(PANES, 0, number, now_ms, None, value))
            number += 1
        await database.run(partial(_fold, fold, chunk))
        await asyncio.sleep(TICK_S)


def _fold(fold: PaneFold, chunk: Sequence[Record], transaction: sa.Connection) -> None:
    fold.apply(transaction, chunk)
    transaction.execute(sa.update(POSITIONS).filter_by(**PLACE).values(next_offset=chunk[-1].offset + 1))


async def _watch(database: Database, clock: PacedClock, contracts: int, windows: int) -> list[int]:
    """Look again and again how far each contract is, until all are through the windows."""
    first_ms = (clock.now_ms() // MINUTE_MS + 1) * MINUTE_MS
    waited = {first_ms + number * MINUTE_MS for number in range(windows)}
    found: dict[tuple[str, int], int] = {}
    while len(found) < contracts * windows:
        await asyncio.sleep(LOOK_S)
        for contract, done_ms in (await database.run(evaluated)).items():
            for end_ms in waited:
                if end_ms <= done_ms and (contract, end_ms) not in found:
                    found[contract, end_ms] = clock.now_ms() - end_ms - 1_000 * DELAY_S
    return [*found.values()]


def _prepare(connection: sa.Connection) -> None:
    prepare(connection)
    TABLES.create_all(connection)
    connection.execute(sa.insert(POSITIONS).values(**PLACE, next_offset=0))


if __name__ == "__main__":
    many, per_s, ends, scratch, pace_of = sys.argv[1:6]
    late = asyncio.run(lags(int(many), int(per_s), int(ends), Path(scratch), int(pace_of)))
    sys.stdout.write(json.dumps(late) + "\n")
