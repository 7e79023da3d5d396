"""The pulse says whether the store answers, and wakes who waits for news of other processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

from assay.registry.pulse import Pulse
from assay.registry.store import ContractStore
from assay.registry.version import History, Token
from assay.registry.watch import Watch
from assay.runtime import SystemClock
from assay.runtime.database import StoreAwayError


class Fitful(ContractStore):
    """A store that answers as it is told to."""

    is_away = False

    async def glimpse(self) -> History:
        if self.is_away:
            raise StoreAwayError("the store went for a walk")
        return await super().glimpse()


def fitful(folder: Path) -> Fitful:
    return Fitful(f"sqlite:///{folder}/contracts.db", SystemClock())


@asynccontextmanager
async def beating(store: Fitful, watch: Watch) -> AsyncIterator[tuple[Pulse, asyncio.Queue[bool]]]:
    turns: asyncio.Queue[bool] = asyncio.Queue()
    pulse = Pulse(store, watch, turns.put, beat_s=0.01)
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        running = group.create_task(pulse.run())
        yield pulse, turns
        running.cancel()


async def test_readiness_follows_the_store_there_and_back(tmp_path: Path) -> None:
    async with fitful(tmp_path) as store, beating(store, Watch(store)) as (pulse, turns):
        seen = [(await turns.get(), pulse.is_ready)]
        store.is_away = True
        seen.append((await turns.get(), pulse.is_ready))
        store.is_away = False
        seen.append((await turns.get(), pulse.is_ready))

    assert seen == [(True, True), (False, False), (True, True)]


async def test_nothing_is_ready_before_the_first_beat(tmp_path: Path) -> None:
    async with fitful(tmp_path) as store:
        assert not Pulse(store, Watch(store), asyncio.Queue[bool]().put).is_ready


async def test_publication_of_another_process_wakes_a_watcher_long_before_its_heartbeat(tmp_path: Path) -> None:
    async with fitful(tmp_path) as ours, fitful(tmp_path) as theirs:
        watch = Watch(ours, heartbeat_s=3600)
        async with beating(ours, watch), aclosing(watch.follow(Token("", 0))) as steps:
            await anext(steps)
            await theirs.publish("orders", "1.0.0", b"a")
            step = await anext(steps)

    assert step.version is not None
    assert step.version.contract == "orders"


async def test_watch_of_a_store_that_became_another_ends(tmp_path: Path) -> None:
    async with asyncio.timeout(20), fitful(tmp_path) as store:
        watch = Watch(store, heartbeat_s=3600)
        async with aclosing(watch.follow(Token("", 0))) as steps:
            await anext(steps)
            watch.see(History("another", 0))

            assert [step async for step in steps] == []
