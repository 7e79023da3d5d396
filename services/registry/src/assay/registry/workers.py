"""Threads for work that takes more than a moment, apart from those of the store, so that reads never wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self, TypeVar

__all__ = ["Workers"]

T = TypeVar("T")

LIGHT_THREADS = 2
LIGHT = 64 * 1024
WITHIN_S = 60.0


class Workers:
    """Two threads for work on few characters, one for work on many: what is small never waits for what is large.

    Python runs one of them at a time, so more would bring nothing.
    """

    async def __aenter__(self) -> Self:
        self._light = ThreadPoolExecutor(LIGHT_THREADS, "judge")
        self._heavy = ThreadPoolExecutor(1, "judge-heavy")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for threads in (self._light, self._heavy):
            threads.shutdown(wait=False, cancel_futures=True)

    async def run(self, work: Callable[[], T], size: int) -> T:
        """Return what the work on so many characters returns; it waits its turn, for a minute at most.

        Raises:
            TimeoutError: it was not done in time.
        """
        threads = self._light if size <= LIGHT else self._heavy
        async with asyncio.timeout(WITHIN_S):
            return await asyncio.get_running_loop().run_in_executor(threads, work)
