"""Brings what is judged into memory: at once where it was judged here, and soon where another process did."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol

from assay.api.drift.v1.window_pb2 import Window
from assay.drift.live.counted import Counted
from assay.drift.live.live import Live
from assay.runtime.database import StoreAwayError
from assay.telemetry import get_logger

__all__ = ["JudgedWindows", "News"]

TOGETHER = 20
"""Windows that are taken before others on the loop have their turn."""


class JudgedWindows(Protocol):
    """What is asked of the store of windows."""

    async def turns(self) -> Mapping[str, int]:
        """Return the newest turn of each model."""
        ...

    async def latest(self, per_series: int) -> Sequence[Window]:
        """Return the newest complete windows of every series, oldest first."""
        ...

    async def since(self, turns: Mapping[str, int]) -> tuple[Sequence[Window], Mapping[str, int]]:
        """Return windows that were judged after these turns, and the turns to ask with the next time."""
        ...


class News:
    """Fills memory from the store, and follows it from there on.

    Args:
        live: the memory.
        windows: the store.
        counted: what this process judged is counted there.
        keep: windows of each series that memory takes.
        every_s: how often the store is asked what others judged.
    """

    def __init__(self, live: Live, windows: JudgedWindows, counted: Counted, keep: int, every_s: float) -> None:
        self._live = live
        self._windows = windows
        self._counted = counted
        self._keep = keep
        self._every_s = every_s
        self._turns: Mapping[str, int] = {}
        self._filled = asyncio.Event()

    async def fill(self) -> None:
        """Read what was judged before; until then there is nothing to be read here.

        Raises:
            StoreAwayError: the store does not answer.
        """
        self._turns = await self._windows.turns()  # before the windows, so that none falls between
        found = await self._windows.latest(self._keep)
        for place in range(0, len(found), TOGETHER):
            self._live.fill(found[place : place + TOGETHER])
            await asyncio.sleep(0)
        self._filled.set()

    def hear(self, windows: Sequence[Window]) -> None:
        """Take windows that this process judged; never waits."""
        self._counted.note(windows)
        self._live.take(windows)

    async def run(self) -> None:
        """Ask the store until cancelled, once memory is filled; one that is away is asked again."""
        await self._filled.wait()
        while True:
            try:
                await self.look()
            except StoreAwayError as error:
                get_logger().warning("windows.unwatched", error=str(error))
            await asyncio.sleep(self._every_s)

    async def look(self) -> None:
        """Take what was judged since the look before; what is known here already changes nothing.

        Raises:
            StoreAwayError: the store does not answer.
        """
        found, turns = await self._windows.since(self._turns)
        for place in range(0, len(found), TOGETHER):
            self._live.take(found[place : place + TOGETHER])
            await asyncio.sleep(0)
        self._turns = turns
