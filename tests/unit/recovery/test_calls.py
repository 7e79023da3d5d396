"""A caller that goes away leaves no more work behind than there may be."""

from __future__ import annotations

import asyncio
import threading

import pytest

from assay.recovery.calls import Calls, in_thread
from assay.recovery.errors import OverloadedError


async def test_a_full_house_sends_the_next_call_away_until_a_place_is_free() -> None:
    calls = Calls(1)
    with calls.one(), pytest.raises(OverloadedError), calls.one():
        pass
    with calls.one():
        pass


async def test_a_call_that_is_cancelled_keeps_its_place_until_its_thread_is_done() -> None:
    calls, is_under_way, may_end = Calls(1), asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def work() -> None:
        loop.call_soon_threadsafe(is_under_way.set)
        may_end.wait(10)

    async def call() -> None:
        with calls.one():
            await in_thread(work)

    task = asyncio.ensure_future(call())
    await is_under_way.wait()
    task.cancel()
    await asyncio.sleep(0)
    with pytest.raises(OverloadedError), calls.one():
        pass
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    with calls.one():
        pass


async def test_what_the_work_raises_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        await in_thread(divmod, 1, 0)
