"""What a joint step began is waited for, and its lane tells the truth about what it waits for itself."""

from __future__ import annotations

import asyncio

import pytest

from assay.streaming.joint_catch_up import whole


class Writing:
    """Work that goes on until it is let, and may fail then."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.has_begun, self.may_end, self.is_done = asyncio.Event(), asyncio.Event(), False
        self._failure = failure

    async def run(self) -> str:
        self.has_begun.set()
        await self.may_end.wait()
        self.is_done = True
        if self._failure:
            raise self._failure
        return "written"


async def test_what_the_step_returns_is_returned() -> None:
    writing = Writing()
    writing.may_end.set()
    assert await whole(writing.run()) == "written"


async def test_what_the_step_raises_is_raised() -> None:
    writing = Writing(OSError("the disk is gone"))
    writing.may_end.set()
    with pytest.raises(OSError, match="gone"):
        await whole(writing.run())


@pytest.mark.parametrize("failure", [None, OSError("the disk is gone")])
async def test_who_is_cancelled_ends_once_what_the_step_began_is_over(failure: Exception | None) -> None:
    writing = Writing(failure)
    waiting = asyncio.ensure_future(whole(writing.run()))
    await writing.has_begun.wait()
    waiting.cancel()
    await asyncio.sleep(0)
    assert not waiting.done()
    writing.may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert writing.is_done
