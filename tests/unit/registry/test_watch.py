"""Watchers hear of everything, once and in order, from where they stood."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

from assay.registry.store import ContractStore
from assay.registry.version import Token
from assay.registry.watch import Step, Watch
from assay.runtime import SystemClock

ANY = Token("", 0)


def store(folder: Path) -> ContractStore:
    return ContractStore(f"sqlite:///{folder}/contracts.db", SystemClock())


async def until_caught_up(steps: AsyncIterator[Step]) -> list[Step]:
    heard: list[Step] = []
    async with asyncio.timeout(5):
        async for step in steps:
            heard.append(step)
            if step.caught_up:
                break
    return heard


def names(steps: list[Step]) -> list[str]:
    return [f"{step.version.contract}@{step.version.version}" for step in steps if step.version]


async def test_new_watcher_hears_every_version_in_order(tmp_path: Path) -> None:
    async with store(tmp_path) as contracts:
        await contracts.publish("orders", "1.0.0", b"a")
        await contracts.publish("planes", "1.0.0", b"b")
        await contracts.publish("orders", "1.1.0", b"c")

        heard = await until_caught_up(Watch(contracts).follow(ANY))

    assert names(heard) == ["orders@1.0.0", "planes@1.0.0", "orders@1.1.0"]
    assert [step.token.revision for step in heard] == [1, 2, 3, 3]


async def test_watcher_with_a_token_hears_only_what_came_after(tmp_path: Path) -> None:
    async with store(tmp_path) as contracts:
        await contracts.publish("orders", "1.0.0", b"a")
        token = (await until_caught_up(Watch(contracts).follow(ANY)))[-1].token
        await contracts.publish("orders", "1.1.0", b"b")

        assert names(await until_caught_up(Watch(contracts).follow(token))) == ["orders@1.1.0"]


async def test_publication_wakes_a_watcher_long_before_its_heartbeat(tmp_path: Path) -> None:
    async with store(tmp_path) as contracts:
        watch = Watch(contracts, heartbeat_s=3600)
        async with aclosing(watch.follow(ANY)) as steps, asyncio.timeout(5):
            await anext(steps)
            await contracts.publish("orders", "1.0.0", b"a")
            watch.announce()
            step = await anext(steps)

    assert names([step]) == ["orders@1.0.0"]
    assert step.caught_up


async def test_retired_version_is_told_again_to_all_who_come_later(tmp_path: Path) -> None:
    async with store(tmp_path) as contracts:
        await contracts.publish("orders", "1.0.0", b"a")
        await contracts.publish("orders", "1.1.0", b"b")
        token = (await until_caught_up(Watch(contracts).follow(ANY)))[-1].token
        await contracts.retire("orders", "1.0.0")

        after = await until_caught_up(Watch(contracts).follow(token))
        whole = await until_caught_up(Watch(contracts).follow(ANY))

    assert names(after) == ["orders@1.0.0"]
    assert names(whole) == ["orders@1.1.0", "orders@1.0.0"]
    assert [step.version.retired for step in whole if step.version] == [False, True]


async def test_silence_is_broken_by_heartbeats(tmp_path: Path) -> None:
    async with (
        asyncio.timeout(5),
        store(tmp_path) as contracts,
        aclosing(Watch(contracts, heartbeat_s=0.01).follow(ANY)) as steps,
    ):
        beats = [await anext(steps), await anext(steps), await anext(steps)]

    assert all(beat.version is None and beat.caught_up for beat in beats)


async def test_publication_of_another_process_is_heard_with_the_heartbeat(tmp_path: Path) -> None:
    async with (
        asyncio.timeout(5),
        store(tmp_path) as ours,
        store(tmp_path) as theirs,
        aclosing(Watch(ours, heartbeat_s=0.01).follow(ANY)) as steps,
    ):
        await anext(steps)
        await theirs.publish("orders", "1.0.0", b"a")
        step = await anext(steps)
        while step.version is None:
            step = await anext(steps)

    assert names([step]) == ["orders@1.0.0"]


async def test_closed_watch_ends_its_watchers(tmp_path: Path) -> None:
    async with store(tmp_path) as contracts, asyncio.timeout(5):
        watch = Watch(contracts, heartbeat_s=3600)
        steps = watch.follow(ANY)
        await anext(steps)
        watch.close()

        assert [step async for step in steps] == []


async def test_more_than_a_page_of_versions_is_heard_whole(tmp_path: Path) -> None:
    async with store(tmp_path) as contracts:
        for number in range(205):
            await contracts.publish(f"c{number}", "1.0.0", b"a")

        assert len(names(await until_caught_up(Watch(contracts).follow(ANY)))) == 205
