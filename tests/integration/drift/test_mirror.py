from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from assay.drift.live.follower import Follower
from assay.drift.live.held import Held
from assay.drift.live.live import Live
from assay.drift.live.mirror import Mirror
from assay.drift.live.shared import connected
from assay.drift.windows.series import Series
from assay.telemetry import metrics
from assay.testkit import eventually
from assay.testkit.receivers.debian import ProgramUnavailableError
from assay.testkit.redis import RedisServer, open_redis
from tests.unit.drift.live.samples import FIRING, feature, window

KEEP = 5
FIRST = Series("delays", "1")


@asynccontextmanager
async def redis() -> AsyncIterator[RedisServer]:
    try:
        async with asyncio.timeout(120), open_redis() as server:
            yield server
    except ProgramUnavailableError as error:
        if os.environ.get("CI", "").lower() in {"1", "true"}:
            raise
        pytest.skip(f"NOT PROVED: {error}")


@asynccontextmanager
async def writing(url: str, keep: int = KEEP) -> AsyncIterator[Live]:
    """A process that judges: what is live there is mirrored."""
    async with connected(url) as client, asyncio.TaskGroup() as group:
        mirror = Mirror(client, keep, 600)
        live = Live(keep, [mirror.note])
        task = group.create_task(mirror.run(live))
        yield live
        task.cancel()


@asynccontextmanager
async def reading(url: str, keep: int = KEEP) -> AsyncIterator[Live]:
    """A process that only reads: it stands as Redis does, once it was filled."""
    live = Live(keep)
    async with connected(url) as client, asyncio.TaskGroup() as group:
        follower = Follower(client, live)
        task = group.create_task(follower.run())
        await follower.filled()
        yield live
        task.cancel()


def standing(live: Live) -> dict[Series, list[bytes]]:
    """Every window that is live."""
    return {series: [held.body for held in live.newest_ones(series)] for series in live.series()}


async def alike(left: Live, right: Live) -> None:
    async def are() -> bool:
        return standing(left) == standing(right)

    await eventually(are)


async def test_reader_serves_what_another_process_judges() -> None:
    async with redis() as server, writing(server.url) as judge:
        judge.take([window(0, features=[feature("age", FIRING, 0.2, "critical")]), window(0, segment="country=SE")])
        async with reading(server.url) as reader:
            await alike(judge, reader)
            judge.take([window(1), window(1, revision=2), window(1, version="2"), window(2, is_complete=False)])
            await alike(judge, reader)
            assert reader.top("", 10, only_firing=False) == judge.top("", 10, only_firing=False)


async def test_watcher_of_a_reader_hears_of_what_another_process_judges() -> None:
    async with redis() as server, writing(server.url) as judge:
        judge.take([window(0)])
        async with reading(server.url) as reader:
            await alike(judge, reader)
            heard = reader.watch("", only_changes=False)
            first = [await anext(heard) for _ in range(2)]
            judge.take([window(1)])
            second = await anext(heard)
            judge.take([window(1, revision=2)])
            found = [held for held in [*first, second, await anext(heard)] if isinstance(held, Held)]
            assert [held.revision for held in found] == [1, 1, 2]
            await heard.aclose()


async def test_restart_serves_from_redis_what_was_judged_before_it() -> None:
    async with redis() as server:
        async with writing(server.url) as judge, reading(server.url) as reader:
            judge.take(map(window, range(8)))
            await alike(judge, reader)
        async with reading(server.url) as again:
            assert standing(again) == standing(judge)
            assert len(again.newest_ones(FIRST)) == KEEP


async def test_older_revision_of_another_writer_replaces_nothing() -> None:
    async with redis() as server, writing(server.url) as one, reading(server.url) as reader:
        one.take([window(0, revision=3)])
        await alike(one, reader)
        async with writing(server.url) as other:
            other.take([window(0, revision=2), window(1)])

            async def has_both() -> bool:
                return len(reader.newest_ones(FIRST)) == 2

            await eventually(has_both)
        async with reading(server.url) as again:
            assert [held.revision for held in again.newest_ones(FIRST)] == [3, 1]


async def test_redis_that_is_away_holds_up_nothing_is_counted_and_gets_all_when_it_is_back() -> None:
    async with redis() as server, writing(server.url) as judge, reading(server.url) as reader:
        judge.take([window(0)])
        await alike(judge, reader)
        before = failures("write")
        await server.kill()
        taken = judge.take(map(window, range(1, 4)))
        assert len(taken) == 3
        latest = judge.latest(FIRST)
        assert latest is taken[-1]
        assert reader.latest(FIRST) is not None

        async def is_counted() -> bool:
            return failures("write") > before

        await eventually(is_counted)
        server.start()
        await server.ready()
        await alike(judge, reader)
        async with reading(server.url) as fresh:
            await alike(judge, fresh)


async def test_redis_that_is_frozen_holds_up_nothing_and_gets_all_when_it_wakes() -> None:
    async with redis() as server, writing(server.url) as judge:
        judge.take([window(0)])
        async with reading(server.url) as reader:
            await alike(judge, reader)
            server.pause()
            before = failures("write")
            judge.take(map(window, range(1, 4)))

            async def is_counted() -> bool:
                return failures("write") > before

            await eventually(is_counted)
            server.resume()
            await alike(judge, reader)


def failures(what: str) -> float:
    return float(metrics.DRIFT_MIRROR_FAILURES.labels(what)._value.get())
