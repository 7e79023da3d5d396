"""Work on schemas is done in a process of its own, and what goes wrong there goes wrong for one schema."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from functools import partial

import pytest

from assay.registry import workers
from assay.registry.subjects.errors import BusyError, SchemaInvalidError, VersionMissingError
from assay.registry.workers import LIGHT, Workers


def missing(version: int) -> None:
    raise VersionMissingError(version)


def hungry() -> int:
    return len(bytes(2**33))


def hold(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def endless() -> None:
    while True:
        pass


async def test_work_is_done_elsewhere_and_its_result_comes_back() -> None:
    async with Workers() as works:
        first = await works.run(os.getpid, 1)
        assert first != os.getpid()
        assert await works.run(os.getpid, 1) == first
        assert await works.run(os.getpid, LIGHT + 1) not in (first, os.getpid())


async def test_an_error_of_the_work_comes_back_with_its_facts() -> None:
    async with Workers() as works:
        with pytest.raises(VersionMissingError) as caught:
            await works.run(partial(missing, 7), 1)
        assert str(caught.value) == str(VersionMissingError(7))
        assert caught.value.code == 40402


@pytest.mark.parametrize(
    "fatal",
    [partial(ctypes.string_at, 0), partial(os._exit, 3), partial(os.abort)],
    ids=["a runtime that crashes", "an exit", "an abort"],
)
async def test_work_that_ends_its_process_is_refused_and_the_next_is_done(fatal: Callable[[], object]) -> None:
    async with Workers() as works:
        with pytest.raises(SchemaInvalidError):
            await works.run(fatal, 1)
        assert await works.run(partial(abs, -1), 1) == 1


async def test_work_that_wants_too_much_memory_is_refused() -> None:
    async with Workers() as works:
        with pytest.raises(SchemaInvalidError):
            await works.run(hungry, 1)


async def test_work_without_an_end_is_refused_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Workers() as works:
        await works.warm()
        monkeypatch.setattr(workers, "LONGEST_S", 0.2)
        with pytest.raises(SchemaInvalidError, match="takes longer than"):
            await works.run(endless, 1)
        monkeypatch.undo()
        assert await works.run(partial(abs, -1), 1) == 1


async def test_a_process_that_somebody_else_killed_costs_its_work_nothing() -> None:
    async with Workers() as works:
        os.kill(await works.run(os.getpid, 1), signal.SIGKILL)
        assert await works.run(partial(abs, -1), 1) == 1


@pytest.mark.parametrize(("waiting", "size"), [(3, 1), (100, 40)], ids=["pieces", "characters"])
async def test_work_that_finds_too_much_waiting_is_sent_away_and_what_waits_is_done(
    monkeypatch: pytest.MonkeyPatch, waiting: int, size: int
) -> None:
    monkeypatch.setattr(workers, "WAITING", waiting)
    monkeypatch.setattr(workers, "WAITING_SIZE", 120)
    async with Workers() as works, asyncio.TaskGroup() as group:
        tasks = [group.create_task(works.run(partial(abs, -1), size)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(BusyError):
            await works.run(partial(abs, -1), size)
        assert [await task for task in tasks] == [1, 1, 1]
        assert await works.run(partial(abs, -1), 1_000) == 1


async def test_work_whose_turn_does_not_come_is_sent_away_and_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Workers() as works:
        await works.warm()
        monkeypatch.setattr(workers, "TURN_S", 0.1)
        async with asyncio.TaskGroup() as group:
            first = group.create_task(works.run(partial(hold, 0.5), 1))
            await asyncio.sleep(0)
            with pytest.raises(BusyError):
                await works.run(partial(abs, -1), 1)
            assert await first == 0.5
        assert await works.run(partial(abs, -1), 1) == 1


async def test_process_that_does_not_come_up_is_no_fault_of_the_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Workers() as works:
        monkeypatch.setattr(sys, "executable", "/bin/false")
        with pytest.raises(BusyError):
            await works.run(partial(abs, -1), 1)
        await works.warm()
        monkeypatch.undo()
        assert await works.run(partial(abs, -1), 1) == 1


async def test_caller_that_goes_away_takes_its_work_along() -> None:
    async with Workers() as works:
        process = await works.run(os.getpid, 1)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await works.run(endless, 1)
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)
        assert await works.run(partial(abs, -1), 1) == 1
