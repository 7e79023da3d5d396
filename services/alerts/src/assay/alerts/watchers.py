"""Who watches breaches right now: each hears of every change from then on, or is told that it fell behind."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator

from assay.alerts.breaches import Breach, Severity
from assay.alerts.errors import OverloadedError

__all__ = ["Watchers", "is_at_least"]

MOST = 64
BEHIND = 1_000
"""Changes that wait for one watcher; beyond that it is too slow, and its watching ends."""

REMEMBERED = 10_000
"""Breaches whose newest change is remembered, so that nobody hears of it twice."""


class Watchers:
    """Bounded in number, and each in how much waits for it; telling never waits for any of them."""

    def __init__(self) -> None:
        self._waiting: dict[object, asyncio.Queue[Breach]] = {}
        self._fell_behind: set[object] = set()
        self._told: OrderedDict[str, Breach] = OrderedDict()

    def tell(self, breach: Breach) -> None:
        """Pass on a breach that fired, changed or is over; what was passed on before, or is older than that, is left out."""
        before = self._told.get(breach.id)
        if before is not None and not _goes_on(before, breach):
            return
        self._told[breach.id] = breach
        self._told.move_to_end(breach.id)
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)
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


def _goes_on(before: Breach, breach: Breach) -> bool:
    """Whether a breach was changed since; one that is over stays so."""
    if not before.is_open or breach == before:
        return False
    return not breach.is_open or breach.latest.window_start_ms >= before.latest.window_start_ms
