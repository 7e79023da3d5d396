"""Threads for work that takes more than a moment, apart from those of the store, so that reads never wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self, TypeVar

__all__ = ["Workers"]

T = TypeVar("T")

THREADS = 2
WITHIN_S = 60.0


class Workers:
    """Two threads; more work waits its turn, for a minute at most."""

    async def __aenter__(self) -> Self:
        self._threads = ThreadPoolExecutor(THREADS, "judge")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def run(self, work: Callable[[], T]) -> T:
        """Return what the work returns.

        Raises:
            TimeoutError: it was not done in time.
        """
        async with asyncio.timeout(WITHIN_S):
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
