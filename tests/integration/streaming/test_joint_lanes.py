"""What is joined from two topics is the same, number by number, whatever happens to the workers and their folders."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from assay.runtime.failpoint import VARIABLE
from assay.testkit import Broker, Child, eventually
from tests.conformance.streaming.joining import Table

WORKER = Path(__file__).with_name("joint_worker.py")
ROOT = Path(__file__).parents[3]
PARTITIONS = 4
IDS = int(os.environ.get("ASSAY_TEST_RECORDS", "12000")) // 4
SIZE = f"{2 * IDS:,} facts"
ASSIGNED = "partitions.assigned"
KILLS = 4


class Stage:
    """Facts, and the workers that join them, each with a folder of its own unless told otherwise."""

    def __init__(self, broker: Broker, names: list[str], data: Path) -> None:
        self.table = Table(broker.bootstrap, names, PARTITIONS)
        self._data = data

    @asynccontextmanager
    async def worker(self, name: str, *, folder: str = "", failpoints: str = "") -> AsyncIterator[Child]:
        table = self.table
        topics = (table.amounts, table.prices, table.out)
        command = [
            sys.executable,
            str(WORKER),
            table.bootstrap,
            *topics,
            table.name,
            str(self._data / (folder or name)),
        ]
        env = {"PYTHONPATH": str(ROOT), VARIABLE: failpoints}
        async with Child(name, command, log=self._data / f"{name}.log", env=env) as child:
            yield child

    async def reached(self, share: float) -> None:
        """Wait until about this share of all that is expected was counted."""

        async def ask() -> bool:
            return sum((await self.table.sums()).values()) >= share * sum(self.table.expected().values())

        await eventually(ask, within_s=60)

    async def assert_exact(self) -> None:
        await self.table.settled()
        assert await self.table.sums() == self.table.expected()
        assert await self.table.gaps() == []


@pytest.fixture
async def stage(durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path) -> Stage:
    made = Stage(durable_broker, [unique(name) for name in ("amounts", "prices", "costs", "join")], tmp_path)
    await made.table.lay()
    await made.table.write(IDS // 2)
    return made


async def test_undisturbed_workers_come_to_what_was_written(stage: Stage) -> None:
    async with stage.worker("one"), stage.worker("two"):
        await stage.table.write(IDS // 2)
        await stage.assert_exact()


@pytest.mark.parametrize("point", ["joint.after_fence:2", "joint.before_commit:7", "joint.after_commit:7"])
@pytest.mark.parametrize("folder", ["dying", "fresh"])
async def test_a_worker_that_dies_between_two_steps_loses_and_doubles_nothing(
    stage: Stage, point: str, folder: str
) -> None:
    async with stage.worker("dying", failpoints=point) as worker:
        assert await worker.ended() == 137
    await stage.table.write(IDS // 2)
    async with stage.worker("successor", folder=folder):
        await stage.assert_exact()


async def test_one_of_two_workers_killed_again_and_again_loses_and_doubles_nothing(stage: Stage) -> None:
    async with stage.worker("steady"):
        for kill in range(KILLS):
            async with stage.worker(f"killed-{kill}") as worker:
                await stage.table.write(IDS // 2 // KILLS)
                await worker.says(ASSIGNED)
                await stage.reached((kill + 1) / (KILLS + 3))
                await worker.kill()
        await stage.assert_exact()


async def test_folders_that_are_behind_catch_up_wherever_their_partitions_were_meanwhile(stage: Stage) -> None:
    """Two folders in turn: each time, what the other one settled is not in this one."""
    for turn in range(KILLS):
        async with stage.worker(f"turn-{turn}", folder=f"folder-{turn % 2}") as worker:
            await stage.table.write(IDS // 2 // KILLS)
            await stage.reached((turn + 1) / (KILLS + 3))
            await worker.kill()
    async with stage.worker("last", folder="folder-0"):
        await stage.assert_exact()


async def test_a_worker_that_dies_while_it_catches_up_does_so_from_where_it_was(stage: Stage) -> None:
    async with stage.worker("first"):
        await stage.assert_exact()
    async with stage.worker("dying", folder="fresh", failpoints="joint.restoring:2") as worker:
        assert await worker.ended() == 137
    await stage.table.write(IDS // 2)
    async with stage.worker("successor", folder="fresh"):
        await stage.assert_exact()


@pytest.mark.parametrize("point", ["joint.before_commit:5", "joint.after_commit:5"])
async def test_a_worker_that_wakes_after_the_takeover_adds_nothing(stage: Stage, point: str) -> None:
    """Frozen past its session with an open transaction, or with one that its folder does not know of, and woken."""
    async with stage.worker("zombie", failpoints=f"{point}=freeze") as zombie:
        await zombie.freezes()
        await stage.table.write(IDS // 2)
        async with stage.worker("successor"):
            await stage.assert_exact()
            joins = zombie.said(ASSIGNED)
            zombie.resume()
            await zombie.says(ASSIGNED, times=joins + 1)
            await stage.assert_exact()
        await stage.table.write(IDS // 4)
        await stage.assert_exact()
