"""The bound of the producer's buffer: who comes when it is full waits."""

from __future__ import annotations

import asyncio

__all__ = ["Room"]


class Room:
    """Counts events and bytes of all lanes together."""

    def __init__(self, events: int, size_bytes: int) -> None:
        self._free_events = events
        self._free_bytes = size_bytes
        self._freed = asyncio.Event()

    def has(self, size_bytes: int) -> bool:
        """Whether one more event of this size fits."""
        return self._free_events > 0 and self._free_bytes >= size_bytes

    async def wait(self) -> None:
        """Return when something was freed since the call."""
        freed = self._freed
        await freed.wait()

    def take(self, size_bytes: int) -> None:
        """Count an event in."""
        self._free_events -= 1
        self._free_bytes -= size_bytes

    def free(self, events: int, size_bytes: int) -> None:
        """Count events out, and wake who waits."""
        self._free_events += events
        self._free_bytes += size_bytes
        self._freed.set()
        self._freed = asyncio.Event()
