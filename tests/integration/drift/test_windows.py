"""Windows are those of an undisturbed run whatever becomes of the processes that judge them and of their store."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import sqlalchemy as sa

from assay.api.alerts.v1 import alerts_pb2
from assay.api.drift.v1 import pane_pb2 as pb
from assay.api.drift.v1.window_pb2 import Window
from assay.drift.windows.tables import DIRTY, OUTBOX, WINDOWS
from assay.runtime.database import Database
from assay.streaming import PLATFORM_TOPICS, Outgoing, Publisher, TopicSpec, apply_topics
from assay.streaming.ledger import POSITIONS
from assay.testkit import Broker, Child, eventually
from tests.integration.drift.told import told_of
from tests.integration.drift.window_owner import model_named, prepare
from tests.integration.registry.postgres import postgres
from tests.unit.drift.windows.merged import REFERENCE, Known, Merged, cases_of, panes_of, said

ROWS, MOVED = 9_000, 4_000
STEPS = 6
SHARDS = 3
LATE_MS = 1_800_000
WITHIN_S = 120.0
DYING_S = 10.0
FAILPOINTS = ("drift.judged:1", "drift.published:1", "")
"""Where an owner dies: after a turn was kept, after measurements were published, or wherever it is."""


@dataclass(slots=True)
class Stage:
    """A topic of panes that is filled step by step, and a store that processes fold it into and judge."""

    broker: str
    topic: str
    store: str
    model: str
    database: Database
    folder: Path
    owners: dict[str, Child] = field(default_factory=dict)
    written: int = 0

    def join(self, name: str, failpoint: str = "") -> None:
        """Start an owner, or start it again; it may be told where to die."""
        arguments = [self.broker, self.topic, self.store, self.model, name]
        command = [sys.executable, "-m", "tests.integration.drift.window_owner", *arguments]
        child = self.owners.setdefault(name, Child(name, command, log=self.folder / f"{name}.log"))
        child.start({"ASSAY_FAILPOINTS": failpoint} if failpoint else None)

    async def dies(self, name: str) -> None:
        """Wait until an owner dies where it was told to; one that does not come there is killed."""
        try:
            async with asyncio.timeout(DYING_S):
                await self.owners[name].ended()
        except TimeoutError:
            await self.owners[name].kill()

    async def write(self, panes: Sequence[pb.DriftPane]) -> None:
        """Publish panes as counting does: those of a partition in order."""
        outgoing = [
            Outgoing(self.topic, pane.partition % SHARDS, _key(pane), pane.SerializeToString()) for pane in panes
        ]
        async with Publisher(self.broker) as publisher:
            await publisher.publish(outgoing)
        self.written += len(panes)

    async def folded(self, share: float) -> None:
        """Wait until such a share of what was written is folded."""
        await eventually(lambda: self._has_folded(share), within_s=WITHIN_S)

    async def settled(self, windows: Sequence[bytes]) -> None:
        """Wait until all is folded, judged and told, and the windows are these."""
        await eventually(lambda: self._is_settled(windows), within_s=WITHIN_S)

    async def windows(self) -> list[Window]:
        """All windows that were judged, oldest first."""
        query = sa.select(WINDOWS.c.window).order_by(WINDOWS.c.start_ms)
        return await self.database.run(lambda it: [Window.FromString(each) for each in it.scalars(query)])

    async def told(self) -> list[tuple[str, int, int]]:
        """What was said of the model on the topic of breaches: of what, in which window, and what."""
        return await told_of(self.broker, self.model)

    async def _has_folded(self, share: float) -> bool:
        query = sa.select(sa.func.sum(POSITIONS.c.next_offset)).filter_by(ledger=self.topic)
        found = await self.database.run(lambda it: it.scalar(query))
        return int(found or 0) >= share * self.written

    async def _is_settled(self, windows: Sequence[bytes]) -> bool:
        waiting = sa.select(sa.func.count()).select_from(OUTBOX)
        late = sa.select(sa.func.count()).select_from(DIRTY).where(DIRTY.c.start_ms < (await self._last_ms()))
        left = await self.database.run(lambda it: (it.scalar(waiting) or 0) + (it.scalar(late) or 0))
        return await self._has_folded(1.0) and not left and said(await self.windows()) == [*windows]

    async def _last_ms(self) -> int:
        windows = await self.windows()
        return windows[-1].start_ms if windows else 0


def _key(pane: pb.DriftPane) -> bytes:
    return f"{pane.model}/{pane.partition}".encode()


@asynccontextmanager
async def stage(broker: Broker, unique: Callable[[str], str], store: str, folder: Path) -> AsyncIterator[Stage]:
    topic, model = unique("drift-panes"), unique("churn")
    await apply_topics(broker.bootstrap, [TopicSpec(topic, SHARDS), *PLATFORM_TOPICS])
    async with Database(store, "STORE", prepare, in_turn=True) as database:
        here = Stage(broker.bootstrap, topic, store, model, database, folder)
        try:
            yield here
        finally:
            for owner in here.owners.values():
                await owner.kill()


def steps(model: str, seed: int) -> list[list[pb.DriftPane]]:
    """Panes of all partitions side by side, some of them late, and some twice."""
    chance, watched = random.Random(seed), model_named(model)
    panes = panes_of(cases_of(ROWS, 5, moved_from=MOVED), watched, chance, within_ms=LATE_MS)
    lanes = [[pane for pane in panes if pane.partition == number] for number in range(SHARDS)]
    found: list[list[pb.DriftPane]] = []
    for number in range(STEPS):
        step = [
            pane for lane in lanes for pane in lane[len(lane) * number // STEPS : len(lane) * (number + 1) // STEPS]
        ]
        repeats = [_again(pane, ROWS) for pane in step if chance.random() < 0.2]
        found.append(step + repeats)
    return found


def _again(pane: pb.DriftPane, log_end: int) -> pb.DriftPane:
    """The same pane as it would be written by somebody who begins again far before."""
    twice = pb.DriftPane.FromString(pane.SerializeToString())
    twice.logs[0].log_end = log_end
    return twice


def undisturbed(panes: Sequence[Sequence[pb.DriftPane]], model: str) -> list[Window]:
    """What the windows come to where nothing is in between."""
    merged = Merged(model_named(model), Known(replace(REFERENCE, model=model)))
    for step in panes:
        merged.take_pane(*step)
    merged.settle()
    return merged.windows()


async def test_an_owner_that_is_killed_again_and_again_judges_every_window_as_if_it_was_not(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with stage(broker, unique, f"sqlite:///{tmp_path / 'drift.db'}", tmp_path) as here:
        panes = steps(here.model, 1)
        for number, step in enumerate(panes):
            here.join("one", FAILPOINTS[number % len(FAILPOINTS)])
            await here.write(step)
            await here.dies("one")
        here.join("one")
        await here.settled(said(undisturbed(panes, here.model)))
        told = await here.told()
        assert {(promise, state) for promise, _, state in told} == {
            ("drift/feature/tenure", alerts_pb2.BREACH_STATE_FIRING)
        }


async def test_owners_that_are_killed_and_frozen_over_one_postgresql_judge_every_window_once(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with postgres() as server, stage(broker, unique, server.url, tmp_path) as here:
        panes = steps(here.model, 2)
        first, second, third, fourth, *rest = panes
        here.join("one")
        here.join("two")
        await here.write(first)
        await here.folded(0.5)
        await here.owners["one"].kill()
        await here.write(second)
        here.join("one", "drift.judged:1")
        await here.folded(0.6)
        await server.kill()
        await here.write(third)
        server.start()
        await server.ready()
        await here.folded(1.0)
        here.owners["two"].pause()
        await here.write(fourth)
        here.join("three")
        here.owners["two"].resume()
        for step in rest:
            await here.write(step)
            await here.owners["three"].kill()
            here.join("three")
        await here.settled(said(undisturbed(panes, here.model)))
        told = await here.told()
        assert {(promise, state) for promise, _, state in told} == {
            ("drift/feature/tenure", alerts_pb2.BREACH_STATE_FIRING)
        }
