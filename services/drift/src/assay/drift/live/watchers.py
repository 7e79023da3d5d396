"""Who watches windows right now: each hears of every revision from then on, or is told that it fell behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass, field

from assay.drift.errors import OverloadedError
from assay.drift.live.held import Held

__all__ = ["BEHIND", "MOST", "Watchers"]

MOST = 64
BEHIND = 1_000
"""Windows that wait for one watcher; beyond that it is too slow, and its watching ends."""


@dataclass(slots=True, eq=False)
class _Watcher:
    model: str
    only_changes: bool
    waiting: asyncio.Queue[Held] = field(default_factory=lambda: asyncio.Queue(BEHIND))
    fell_behind: bool = False


class Watchers:
    """Bounded in number, and each in how much waits for it; telling never waits for any of them."""

    def __init__(self) -> None:
        self._watching: set[_Watcher] = set()

    def tell(self, held: Held, has_changed: Callable[[], bool]) -> None:
        """Pass on a window to those who watch its model; whether something changed its state in it is asked at most once."""
        concerned = [each for each in self._watching if each.model in ("", held.series.model)]
        is_told = any(each.only_changes for each in concerned) and has_changed()
        for watcher in concerned:
            if watcher.only_changes and not is_told:
                continue
            try:
                watcher.waiting.put_nowait(held)
            except asyncio.QueueFull:
                watcher.fell_behind = True

    async def follow(
        self, model: str, first: Callable[[], Iterable[Held]], *, only_changes: bool
    ) -> AsyncGenerator[Held | None]:
        """Give None once nothing is missed any more, then the first ones, then every window from then on.

        Raises:
            OverloadedError: too many watch, or this one reads too slowly.
        """
        if len(self._watching) >= MOST:
            raise OverloadedError("may watch windows at once", MOST)
        watcher = _Watcher(model, only_changes)
        self._watching.add(watcher)
        known = list(first())
        try:
            yield None
            for held in known:
                yield held
            while not watcher.fell_behind:
                yield await watcher.waiting.get()
            raise OverloadedError("windows wait for a watcher; watch anew", BEHIND)
        finally:
            self._watching.discard(watcher)
