"""Who watches breaches right now: each hears of every change from then on, or is told that it fell behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from assay.alerts.breaches import Breach, Severity
from assay.alerts.errors import OverloadedError

__all__ = ["Watchers", "is_at_least"]

MOST = 64
BEHIND = 1_000
"""Changes that wait for one watcher; beyond that it is too slow, and its watching ends."""


class Watchers:
    """Bounded in number, and each in how much waits for it; telling never waits for any of them."""

    def __init__(self) -> None:
        self._waiting: dict[object, asyncio.Queue[Breach]] = {}
        self._fell_behind: set[object] = set()

    def tell(self, breach: Breach) -> None:
        """Pass on a breach that fired, changed or is over."""
        for watcher, queue in self._waiting.items():
            try:
                queue.put_nowait(breach)
            except asyncio.QueueFull:
                self._fell_behind.add(watcher)

    async def follow(self, contract: str, severity: Severity) -> AsyncGenerator[Breach | None]:
        """Give None once nothing is missed any more, then every breach of the contract that is as bad, or worse.

        Raises:
            OverloadedError: too many watch, or this one reads too slowly.
        """
        if len(self._waiting) >= MOST:
            raise OverloadedError("watch breaches", MOST)
        watcher, queue = object(), asyncio.Queue[Breach](BEHIND)
        self._waiting[watcher] = queue
        try:
            yield None
            while watcher not in self._fell_behind:
                breach = await queue.get()
                if contract in ("", breach.fired.contract) and is_at_least(breach.severity, severity):
                    yield breach
            raise OverloadedError("changes wait for a watcher", BEHIND)
        finally:
            del self._waiting[watcher]
            self._fell_behind.discard(watcher)


def is_at_least(severity: Severity, bound: Severity) -> bool:
    """Whether a severity is as bad as another, or worse."""
    ladder = tuple(Severity)
    return ladder.index(severity) >= ladder.index(bound)
