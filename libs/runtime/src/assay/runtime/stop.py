"""The request to end, as a value that is passed around."""

from __future__ import annotations

import asyncio

__all__ = ["Stop"]


class Stop:
    """A request to end, made once by a signal and heard by everyone who waits."""

    def __init__(self) -> None:
        self._requested = asyncio.Event()

    def request(self) -> None:
        """Ask the process to end; asking again does nothing."""
        self._requested.set()

    async def wait(self) -> None:
        """Return once the process is to end."""
        await self._requested.wait()
