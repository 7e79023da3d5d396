"""The newest windows of one series, in the order of event time."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator

from assay.drift.live.held import Held
from assay.drift.windows.series import Series

__all__ = ["Shelf"]


class Shelf:
    """Keeps so many windows, the newest, each in the revision that stands."""

    def __init__(self, series: Series, keep: int) -> None:
        self.series = series
        self._keep = keep
        self._starts: list[int] = []
        self._windows: dict[int, Held] = {}
        self.began_ms = 0
        """Where the first window began that ever stood here."""

        self.latest: Held | None = None
        """The newest complete one."""

    def __len__(self) -> int:
        return len(self._starts)

    def __iter__(self) -> Iterator[Held]:
        return (self._windows[start_ms] for start_ms in self._starts)

    @property
    def first_ms(self) -> int:
        """Where the oldest window begins that is kept."""
        return self._starts[0]

    @property
    def end_ms(self) -> int:
        """Where the newest window ends, complete or not."""
        return self._windows[self._starts[-1]].end_ms

    @property
    def predicted_ms(self) -> int:
        """Where the newest window begins that has a prediction; -1 where none has."""
        return next((start_ms for start_ms in reversed(self._starts) if self._windows[start_ms].rows), -1)

    def take(self, held: Held) -> bool:
        """Keep a window, unless a revision stands here that is as new, or windows enough that are newer."""
        stands = self._windows.get(held.start_ms)
        if stands is not None and stands.age >= held.age:
            return False
        if stands is None and not self._place(held.start_ms):
            return False
        self._windows[held.start_ms] = held
        if held.is_complete and (self.latest is None or held.start_ms >= self.latest.start_ms):
            self.latest = held
        return True

    def at(self, start_ms: int) -> Held | None:
        """Return the window that begins there."""
        return self._windows.get(start_ms)

    def before(self, start_ms: int) -> Held | None:
        """Return the newest complete window that begins before that."""
        for place in reversed(range(bisect_left(self._starts, start_ms))):
            held = self._windows[self._starts[place]]
            if held.is_complete:
                return held
        return None

    def between(self, since_ms: int, until_ms: int) -> Iterator[Held]:
        """Give the windows that begin at `since_ms` or after, and before `until_ms`; 0 is no bound."""
        for place in range(bisect_left(self._starts, since_ms), len(self._starts)):
            start_ms = self._starts[place]
            if until_ms and start_ms >= until_ms:
                return
            yield self._windows[start_ms]

    def _place(self, start_ms: int) -> bool:
        """Make room for a window; whether there is any for one so old."""
        if not self._starts:
            self.began_ms = start_ms
        if len(self._starts) >= self._keep:
            if start_ms < self._starts[0]:
                return False
            del self._windows[self._starts.pop(0)]
        insort(self._starts, start_ms)
        self.began_ms = min(self.began_ms, start_ms)
        return True
