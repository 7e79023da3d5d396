"""The newest windows in memory: what every read is answered from, and whom news are passed on to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from heapq import merge
from itertools import islice

from assay.api.drift.v1.window_pb2 import Window
from assay.drift.live.held import Held, framed
from assay.drift.live.shelf import Shelf
from assay.drift.live.signals import FIRING, Mark, has_changed, ranked, states_of, told, weight
from assay.drift.live.watchers import Watchers
from assay.drift.windows.series import Series

__all__ = ["Live"]

STALE = 3
"""Windows by which a series may lag behind its model and still say how the model is."""

ASKED = 256
"""Answers of `top` that are kept until the next window comes."""

Hear = Callable[[Held], None]


class Live:
    """Keeps the newest windows of each series. Nothing here waits, so that reads are as quick as memory.

    Args:
        keep: windows of each series that are kept.
        hear: called with every window that was taken, and must not wait.
    """

    def __init__(self, keep: int, hear: Sequence[Hear] = ()) -> None:
        self._keep = keep
        self._hear = hear
        self._shelves: dict[Series, Shelf] = {}
        self._by_model: defaultdict[str, dict[Series, Shelf]] = defaultdict(dict)
        self._marks: dict[Series, list[Mark]] = {}
        self._answers: dict[tuple[str, int, bool], bytes] = {}
        self._watchers = Watchers()

    def fill(self, windows: Iterable[Window]) -> None:
        """Keep windows that were judged before this process began: they are no news."""
        for window in windows:
            self._keep_it(Held.of(window))

    def take(self, windows: Iterable[Window]) -> list[Held]:
        """Keep windows that are newer than what is known; tell watchers of those, and return them."""
        return [held for window in windows if self._take(held := Held.of(window), window)]

    def latest(self, series: Series) -> Held | None:
        """Return the newest complete window of a series; one without a version is that of the newest."""
        shelf = self._shelves.get(self.named(series))
        return shelf.latest if shelf else None

    def of_users(self, asked: Series, found: Held) -> bytes:
        """Return what users did up to the end of a window, as bytes that belong after its own.

        Users are of no version, so that is told where none was named.
        """
        shelf = None if asked.version or asked.segment or not found.series.version else self._shelves.get(asked)
        held = shelf.at(found.start_ms) if shelf else None
        return held.of_users() if held and held.is_complete else b""

    def at(self, series: Series, start_ms: int) -> Held | None:
        """Return the window of a series that begins there."""
        shelf = self._shelves.get(self.named(series))
        return shelf.at(start_ms) if shelf else None

    def between(self, series: Series, since_ms: int, until_ms: int) -> Iterable[Held] | None:
        """Return windows of a series, oldest first; None where older ones may be asked for than stand here."""
        shelf = self._shelves.get(self.named(series))
        if shelf is None or not len(shelf) or since_ms < shelf.first_ms:
            return None
        return shelf.between(since_ms, until_ms)

    def newest_ones(self, series: Series) -> Sequence[Held]:
        """Return all windows of a series that are kept, oldest first."""
        shelf = self._shelves.get(self.named(series))
        return list(shelf) if shelf else []

    def named(self, series: Series) -> Series:
        """Return the series with its version: where none is said, that whose predictions are the newest."""
        return series if series.version else series._replace(version=self.newest_version(series.model))

    def newest_version(self, model: str) -> str:
        """Return the version of a model whose predictions are the newest; of several, the one that began last."""
        found = [shelf for series, shelf in self._by_model.get(model, {}).items() if not series.segment]
        newest = max(found, key=lambda each: (each.predicted_ms, each.began_ms, each.series.version), default=None)
        return newest.series.version if newest else ""

    def series(self, model: str = "") -> Sequence[Series]:
        """Return the series of a model, or all of them."""
        return list(self._by_model.get(model, {}) if model else self._shelves)

    def top(self, model: str, limit: int, *, only_firing: bool) -> bytes:
        """Return what moved most in the newest complete windows, the worst first, as the bytes of an answer."""
        asked = model, limit, only_firing
        if asked not in self._answers:
            if len(self._answers) >= ASKED:
                self._answers.clear()
            found = islice(self.marks(model, only_firing=only_firing), limit)
            self._answers[asked] = b"".join(framed(told(each).SerializeToString()) for each in found)
        return self._answers[asked]

    def marks(self, model: str = "", *, only_firing: bool = False) -> Iterator[Mark]:
        """Give what the newest complete windows watch, the worst first."""
        lists = [self._ranked(held) for held in self.fresh(model)]
        for mark in merge(*lists, key=weight, reverse=True):
            if only_firing and mark.state != FIRING:
                return
            yield mark

    def current(self, model: str = "") -> list[Held]:
        """Return the newest complete window of each series, of those that lag behind too."""
        shelves = self._by_model.get(model, {}) if model else self._shelves
        return [shelf.latest for shelf in shelves.values() if shelf.latest is not None]

    def fresh(self, model: str = "") -> Iterator[Held]:
        """Give the newest complete window of each series that still says how its model is.

        An old version that nobody asks any more does not.
        """
        for name in [model] if model else list(self._by_model):
            found = self.current(name)
            newest_ms = max((held.end_ms for held in found), default=0)
            yield from (each for each in found if newest_ms - each.end_ms <= STALE * (each.end_ms - each.start_ms))

    def models(self) -> list[str]:
        """Return the models that have a window."""
        return [model for model, shelves in self._by_model.items() if shelves]

    def watch(self, model: str, *, only_changes: bool) -> AsyncGenerator[Held | None]:
        """Give None once nothing is missed any more, then the newest complete windows, then every new revision.

        Raises:
            OverloadedError: too many watch, or this one reads too slowly.
        """
        return self._watchers.follow(model, lambda: self.current(model), only_changes=only_changes)

    def _take(self, held: Held, window: Window) -> bool:
        shelf = self._shelves.get(held.series)
        before = None if shelf is None else _complete(shelf.at(held.start_ms)) or shelf.before(held.start_ms)
        if not self._keep_it(held):
            return False
        self._watchers.tell(held, lambda: held.is_complete and _moved(before, window))
        for hear in self._hear:
            hear(held)
        return True

    def _keep_it(self, held: Held) -> bool:
        shelf = self._shelves.get(held.series) or Shelf(held.series, self._keep)
        if not shelf.take(held):
            return False
        self._shelves[held.series] = self._by_model[held.series.model][held.series] = shelf
        if shelf.latest is held:
            self._marks.pop(held.series, None)
        self._answers.clear()
        self._drop_ended(held.series.model)
        return True

    def _ranked(self, held: Held) -> list[Mark]:
        if held.series not in self._marks:
            self._marks[held.series] = ranked(held.window())
        return self._marks[held.series]

    def _drop_ended(self, model: str) -> None:
        """Forget series that ended before the windows that are kept of any other begin."""
        shelves = self._by_model[model]
        first_ms = max((shelf.first_ms for shelf in shelves.values() if len(shelf) >= self._keep), default=0)
        for series in [series for series, shelf in shelves.items() if shelf.end_ms <= first_ms]:
            del shelves[series], self._shelves[series]
            self._marks.pop(series, None)


def _complete(held: Held | None) -> Held | None:
    return held if held is not None and held.is_complete else None


def _moved(before: Held | None, after: Window) -> bool:
    return has_changed(states_of(before.window()) if before else {}, states_of(after))
