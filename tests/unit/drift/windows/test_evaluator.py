"""Models are judged again and again: each window once, whoever looks, and what changes is told and heard of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from assay.api.alerts.v1 import alerts_pb2
from assay.api.drift.v1 import pane_pb2 as pb
from assay.api.drift.v1.window_pb2 import Window
from assay.contracts.monitoring import Monitoring
from assay.drift.models import WatchedModel
from assay.drift.windows.evaluator import Evaluator, EvaluatorSettings
from assay.drift.windows.fold import LEDGER, WindowFold
from assay.drift.windows.outbox import Relay
from assay.drift.windows.series import Series
from assay.drift.windows.store import WindowStore
from assay.drift.windows.tables import PANES, SCHEMA, WINDOWS
from assay.runtime.database import Database
from assay.streaming import BrokerError, Outgoing, Record, RefusedRecordError, Source
from assay.streaming.ledger import POSITIONS, TABLES
from assay.streaming.topics import BREACHES, DRIFT_PANES
from tests.unit.drift.windows.merged import (
    BEGIN_MS,
    NOW_MS,
    REFERENCE,
    FixedClock,
    Known,
    a_model,
    cases_of,
    pane_of,
)

WATCHED = Monitoring(window_s=300, hop_s=300)
MODEL = a_model(WATCHED, partitions=1)
SERIES = Series("churn", "1")
HOUR_MS = 3_600_000


@dataclass(slots=True)
class Topic:
    """Takes what is published, unless the broker is away or refuses it."""

    taken: list[Outgoing] = field(default_factory=list)
    fails: list[Exception] = field(default_factory=list)

    async def publish(self, outgoing: Sequence[Outgoing]) -> list[Source]:
        if self.fails:
            raise self.fails.pop(0)
        self.taken += outgoing
        return []

    def said(self) -> list[tuple[str, int]]:
        found = [alerts_pb2.Measurement.FromString(each.value or b"") for each in self.taken]
        return [(each.promise, each.state) for each in found]


@dataclass(slots=True)
class Stage:
    """A store with panes, and who judges it."""

    database: Database
    model: WatchedModel
    clock: FixedClock
    topic: Topic
    heard: list[Window] = field(default_factory=list)
    references: Known = field(default_factory=lambda: Known(REFERENCE))
    offset: int = 0

    def evaluator(self, **settings: float) -> Evaluator:
        models = {self.model.name: self.model}
        chosen = EvaluatorSettings(**({"revise_s": 0.0} | settings))
        return Evaluator(self.database, lambda: models, self.references, self.clock, chosen, self.heard.extend)

    def store(self) -> WindowStore:
        models, evaluator = {self.model.name: self.model}, self.evaluator()
        return WindowStore(self.database, lambda: models, self.references, self.clock, lambda: evaluator.listening)

    async def take(self, *panes: pb.DriftPane) -> None:
        def work(transaction: sa.Connection) -> None:
            records = [
                Record(DRIFT_PANES, 0, self.offset + place, NOW_MS, b"", pane.SerializeToString())
                for place, pane in enumerate(panes)
            ]
            WindowFold(self.clock).apply(transaction, records)
            transaction.execute(sa.delete(POSITIONS))
            after = self.offset + len(panes)
            transaction.execute(
                sa.insert(POSITIONS).values(ledger=LEDGER, topic=DRIFT_PANES, partition=0, next_offset=after)
            )

        await self.database.run(work)
        self.offset += len(panes)


@asynccontextmanager
async def staged(folder: Path, model: WatchedModel = MODEL) -> AsyncIterator[Stage]:
    def prepare(connection: sa.Connection) -> None:
        SCHEMA.create_all(connection)
        TABLES.create_all(connection)

    async with Database(f"sqlite:///{folder / 'drift.db'}", "STORE", prepare, in_turn=True) as database:
        yield Stage(database, model, FixedClock(), Topic())


async def test_each_window_is_judged_once_and_heard_of(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        one, other = stage.evaluator(), stage.evaluator()
        await stage.take(pane_of(cases_of(1_000, 1), MODEL, 0, 0))
        async with asyncio.TaskGroup() as group:
            for each in (one, other, one, other):
                group.create_task(each.look())
        assert [(each.start_ms - BEGIN_MS, each.revision) for each in stage.heard] == [
            (0, 1),
            (300_000, 1),
            (600_000, 1),
        ]


async def test_a_watermark_counts_once_every_partition_has_spoken_again(tmp_path: Path) -> None:
    model = a_model(WATCHED, partitions=2)
    async with staged(tmp_path, model) as stage:
        evaluator, cases = stage.evaluator(), cases_of(1_000, 1)
        early, late = pane_of(cases[::2], model, 0, 0), pane_of(cases[1::2], model, 1, 0)
        early.at_ms -= 1_000
        await stage.take(early, late)
        await evaluator.look()
        assert stage.heard == []
        await stage.take(pane_of([], model, 0, 500))
        await evaluator.look()
        assert len(stage.heard) == 3


async def test_late_panes_are_gathered_before_windows_are_judged_again(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        evaluator, cases = stage.evaluator(revise_s=10.0), cases_of(1_000, 1)
        await stage.take(pane_of(cases[100:], MODEL, 0, 0))
        await evaluator.look()
        for number in range(3):
            await stage.take(pane_of(cases[20 * number : 20 * number + 20], MODEL, 0, 900 + 20 * number))
            await evaluator.look()
        stage.clock.ms += 10_000
        await evaluator.look()
        first = [(each.revision, each.rows) for each in stage.heard if each.start_ms == BEGIN_MS]
        assert first == [(1, 200), (2, 220), (3, 260)]


async def test_what_changes_is_published_once_in_its_order(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        relay = Relay(stage.database, stage.topic)
        calm = cases_of(1_200, 1)
        moved = [replace(each, at_ms=each.at_ms + 1_200_000) for each in cases_of(1_200, 2, moved_from=0)]
        again = [replace(each, at_ms=each.at_ms + 2_400_000) for each in cases_of(1_500, 3)]
        at = 0
        for cases in (calm, moved, again):
            await stage.take(pane_of(cases, MODEL, 0, at))
            at += len(cases)
            await stage.evaluator().look()
            await relay.once()
        assert stage.topic.said() == [
            ("drift/feature/tenure", alerts_pb2.BREACH_STATE_FIRING),
            ("drift/feature/tenure", alerts_pb2.BREACH_STATE_RESOLVED),
        ]
        assert {each.topic for each in stage.topic.taken} == {BREACHES}
        assert {each.key for each in stage.topic.taken} == {b"drift/churn/1//feature/tenure"}
        assert await relay.once() == 0


async def fired(stage: Stage) -> None:
    await stage.take(pane_of(cases_of(1_200, 2, moved_from=0), MODEL, 0, 0))
    await stage.evaluator().look()


async def test_what_was_not_taken_is_published_again(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        relay = Relay(stage.database, stage.topic)
        await fired(stage)
        stage.topic.fails.append(BrokerError("away"))
        with pytest.raises(BrokerError):
            await relay.once()
        assert await relay.once() == 1
        assert len(stage.topic.taken) == 1


async def test_a_measurement_that_is_refused_holds_no_other(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        relay = Relay(stage.database, stage.topic)
        await fired(stage)
        stage.topic.fails += [RefusedRecordError("too large"), RefusedRecordError("too large")]
        assert await relay.once() == 1
        assert (stage.topic.taken, await relay.once()) == ([], 0)


async def test_a_model_that_breaks_breaks_for_itself_alone(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.take(pane_of(cases_of(1_000, 1), MODEL, 0, 0))

        def spoil(transaction: sa.Connection) -> None:
            transaction.execute(sa.update(PANES).values(counts=b"of another Assay"))

        await stage.database.run(spoil)
        failed = REGISTRY.get_sample_value("assay_drift_judging_failed_total", {"model": "churn"}) or 0.0
        with capture_logs() as logs:
            assert await stage.evaluator().look() is False
        assert [(each["event"], each["model"]) for each in logs if each["log_level"] == "error"] == [
            ("judging.failed", "churn")
        ]
        assert REGISTRY.get_sample_value("assay_drift_judging_failed_total", {"model": "churn"}) == failed + 1


async def test_the_store_answers_what_was_judged_and_what_is_open(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        store = stage.store()
        await stage.take(pane_of(cases_of(1_000, 1), MODEL, 0, 0))
        await stage.evaluator().look()
        starts = [BEGIN_MS + 300_000 * number for number in range(4)]
        assert [each.start_ms for each in await store.range(SERIES, 0, 0, 10)] == starts[:3]
        assert [each.start_ms for each in await store.range(SERIES, starts[1], starts[2], 10)] == [starts[1]]
        assert [each.start_ms for each in await store.range(SERIES, 0, 0, 2)] == starts[:2]
        assert [each.start_ms for each in await store.latest(2)] == starts[1:3]
        (opened,) = await store.open_ones(SERIES)
        assert (opened.start_ms, opened.is_complete, opened.rows, opened.number) == (starts[3], False, 100, 3)
        cells = await store.cells(SERIES, starts[0], starts[1], REFERENCE.id)
        assert cells is not None
        assert (cells.rows, cells.counts.shape) == (300, REFERENCE.profile.cells.counts.shape)
        assert await store.cells(SERIES, 0, 1, REFERENCE.id) is None


async def test_the_store_answers_what_others_judged_since(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        store, cases = stage.store(), cases_of(1_600, 1)
        await stage.take(pane_of(cases[:1_000], MODEL, 0, 0))
        await stage.evaluator().look()
        found, turns = await store.since({})
        assert len(found) == 3
        assert await store.since(turns) == ([], turns)
        assert await store.turns() == turns
        await stage.take(pane_of(cases[1_000:], MODEL, 0, 1_000))
        await stage.evaluator().look()
        found, _ = await store.since(turns)
        assert [each.number for each in found] == [3, 4]


async def test_the_store_says_how_far_a_model_is(tmp_path: Path) -> None:
    model = a_model(WATCHED, partitions=2)
    async with staged(tmp_path, model) as stage:
        store = stage.store()
        (before,) = await store.standings()
        assert (before.HasField("watermark_ms"), [each.standing for each in before.partitions]) == (
            False,
            ["moving"] * 2,
        )
        await stage.take(pane_of([], model, 1, 0))
        stage.clock.ms += HOUR_MS + 1
        await stage.take(pane_of(cases_of(1_000, 1), model, 0, 0), pane_of([], model, 1, 0))
        await stage.evaluator().look()
        (found,) = await store.standings()
        assert (found.model, [*found.versions], found.window_ms) == ("churn", ["1"], 300_000)
        assert [each.standing for each in found.partitions] == ["moving", "idle"]
        assert found.watermark_ms == BEGIN_MS + 999_000 - 30_000


async def test_what_is_older_than_is_kept_is_forgotten_but_for_the_window_to_go_on_from(tmp_path: Path) -> None:
    model = a_model(Monitoring(window_s=300, hop_s=300, lateness_s=600, horizon_s=600), partitions=1)
    async with staged(tmp_path, model) as stage:
        cases = cases_of(4_000, 1)
        await stage.take(pane_of(cases[:3_500], model, 0, 0))
        keeps = 1_000 / 86_400
        evaluator = stage.evaluator(retention_d=keeps)
        await evaluator.look()
        stage.clock.ms += 120_000
        await evaluator.look()

        kept = await stage.database.run(lambda it: [*it.scalars(sa.select(WINDOWS.c.number))])
        assert kept == [7, 8, 9, 10]
        await stage.take(pane_of(cases[3_500:], model, 0, 3_500))
        await evaluator.look()
        assert [each.number for each in stage.heard] == [*range(13)]
