"""How many rows a version has, counted over its windows from the first on, as far as it takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from assay.api.drift.v1.window_pb2 import Window
from assay.drift.windows.series import Series

__all__ = ["FirstWindows", "JudgedWindows"]

PAGE = 500
"""Windows that are read at a time."""


class JudgedWindows(Protocol):
    """What is asked of the store of windows."""

    async def series(self) -> Sequence[Series]:
        """Return every series that a window was judged of."""
        ...

    async def range(self, series: Series, since_ms: int, until_ms: int, limit: int) -> Sequence[Window]:
        """Return windows of a series, the oldest first; 0 is no bound."""
        ...


class FirstWindows:
    """Counts the rows of a series again and again, and reads no whole page twice: there may be a month of windows.

    Rows that come late into a page that was counted are not told.
    """

    def __init__(self) -> None:
        self.begin_ms = 0
        """Where the first window begins, once there is one."""

        self._next_ms = 0
        self._behind = 0

    async def rows(self, windows: JudgedWindows, series: Series, enough: float) -> int:
        """Return how many rows there are, counted until there are enough; windows that overlap count them again.

        Raises:
            StoreAwayError: the store did not answer.
        """
        while True:
            page = await windows.range(series, self._next_ms, 0, PAGE)
            if page and not self._next_ms:
                self.begin_ms = page[0].start_ms
            rows = self._behind + sum(each.rows for each in page)
            if len(page) < PAGE or rows >= enough:
                return rows
            self._behind, self._next_ms = rows, page[-1].start_ms + 1
