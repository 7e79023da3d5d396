"""Which dead letters of an ordered contract may go back: none before an open one of its key that came before it. Pure."""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass

__all__ = ["Held", "Place"]

NEVER_MS = 0
"""A time at which every open dead letter is still waited for."""


@dataclass(frozen=True, slots=True)
class Place:
    """A dead letter in the line of its key: `raw` is where its record first stood in its partition of the raw topic.

    Those behind it wait for it until `until_ms`.
    """

    offset: int
    key: str
    raw: int
    until_ms: int


class Held:
    """The open dead letters of one partition that others wait for, and those that wait.

    It is told of each dead letter that is open, and of each that is settled. It remembers `most`; of those beyond, none is
    waited for. What waits is never forgotten.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: dict[int, Place] = {}
        self._lines: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        self._waiting: dict[int, Place] = {}

    def __len__(self) -> int:
        return len(self._open)

    @property
    def first(self) -> int | None:
        """The lowest offset of all that it remembers; None where that is nothing."""
        return min(self._open, default=None)

    def opens(self, place: Place, now_ms: int) -> None:
        """A dead letter is open: later ones of its key wait for it, if anybody still does."""
        if len(self._open) >= self._most:
            self._expire(now_ms)
        if place.until_ms > now_ms and len(self._open) < self._most:
            self._add(place)

    def settles(self, offset: int) -> None:
        """A dead letter is settled: nobody waits for it any more."""
        self._waiting.pop(offset, None)
        if (place := self._open.pop(offset, None)) is not None:
            self._first_raw(place.key, NEVER_MS)

    def is_behind(self, place: Place, now_ms: int) -> bool:
        """Whether an open dead letter of its key came before it, and is still waited for."""
        first = self._first_raw(place.key, now_ms) if place.key in self._lines else None
        return first is not None and first < place.raw

    def waits(self, place: Place) -> None:
        """A dead letter would go back, and is behind another: it is due once it is not any more.

        Until it went, those behind it wait, however late it is.
        """
        self._waiting[place.offset] = place
        self._add(place)

    def stays(self, offset: int) -> None:
        """A dead letter does not wait to go back; it stays for another cause."""
        self._waiting.pop(offset, None)

    def due(self, now_ms: int) -> list[int]:
        """Return the offsets of those that waited and may go now, in order of the log."""
        return sorted(offset for offset, place in self._waiting.items() if not self.is_behind(place, now_ms))

    def drop_before(self, offset: int) -> None:
        """Forget what the log does not have any more."""
        for gone in [each for each in self._open if each < offset]:
            self.settles(gone)

    def _add(self, place: Place) -> None:
        if place.offset not in self._open:
            self._open[place.offset] = place
            heapq.heappush(self._lines[place.key], (place.raw, place.offset))

    def _expire(self, now_ms: int) -> None:
        """Forget what nobody waits for any more."""
        for offset, place in [each for each in self._open.items() if not self._is_waited_for(each[0], now_ms)]:
            del self._open[offset]
            self._first_raw(place.key, now_ms)

    def _first_raw(self, key: str, now_ms: int) -> int | None:
        """Return where the first open record of a key stood that is still waited for; None where there is none."""
        line = self._lines[key]
        while line and not self._is_waited_for(line[0][1], now_ms):
            heapq.heappop(line)
        if not line:
            del self._lines[key]
            return None
        return line[0][0]

    def _is_waited_for(self, offset: int, now_ms: int) -> bool:
        place = self._open.get(offset)
        return place is not None and (offset in self._waiting or place.until_ms > now_ms)
