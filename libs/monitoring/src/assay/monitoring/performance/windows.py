"""Windows of prediction time: a label counts where its prediction stands, however late, and a window says so anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Generic, Protocol, Self, TypeVar

from assay.monitoring.performance.labels import Entry, Label, Pair, Prediction, expired, met, pair_of, unmatched

__all__ = ["Counts", "Delta", "Joined", "Performance", "Windows", "merged"]

S = TypeVar("S")


class Counts(Protocol):
    """State of a window that merges by addition."""

    @property
    def n(self) -> int:
        """Predictions."""

    @property
    def labelled(self) -> int:
        """Predictions that have a label."""

    def __add__(self, other: Self, /) -> Self: ...

    def __sub__(self, other: Self, /) -> Self: ...


C = TypeVar("C", bound=Counts)


@dataclass(frozen=True, slots=True)
class Delta(Generic[C]):
    """What is to be added to the window that starts there; of a correction, with the old taken away."""

    start_ms: int
    counts: C


@dataclass(frozen=True, slots=True)
class Performance(Generic[C]):
    """One window as it is published; a higher revision of the same window replaces a lower one."""

    start_ms: int
    revision: int
    counts: C

    @property
    def coverage(self) -> float:
        """The share of its predictions that have a label."""
        return self.counts.labelled / self.counts.n if self.counts.n else 0.0


class Joined(Generic[S, C]):
    """Joins the predictions and labels of one partition, and says what each fact changes in which window.

    The sum of all deltas depends on what was met alone: not on its order, and not on how often.
    """

    def __init__(
        self,
        size_ms: int,
        horizon_ms: int,
        count: Callable[[Pair[S]], C],
        entries: MutableMapping[str, Entry[S]] | None = None,
    ) -> None:
        """Join on what is known so far, here or in a store; `count` is what one case comes to."""
        self._size_ms = size_ms
        self._horizon_ms = horizon_ms
        self._count = count
        self._entries = {} if entries is None else entries
        self.unmatched = 0
        """Labels that were forgotten without ever having counted."""
        self.late = 0
        """Predictions that came when their id was already forgotten, so that nobody can say whether they are new."""
        self._watermark_ms: int | None = None

    def __len__(self) -> int:
        """Ids that are kept."""
        return len(self._entries)

    def meet(self, fact: Prediction[S] | Label) -> list[Delta[C]]:
        """Take one fact; return what it changes, which is often nothing and never more than two windows."""
        if self._too_late(fact):
            self.late += 1
            return []
        before: Entry[S] = self._entries.get(fact.prediction_id) or Entry()
        after = met(before, fact)
        self._entries[fact.prediction_id] = after
        return self._between(pair_of(before, self._horizon_ms), pair_of(after, self._horizon_ms))

    def forget(self, watermark_ms: int) -> int:
        """Drop what nothing can come of any more; return how many labels of it never counted."""
        self._watermark_ms = watermark_ms
        gone = [name for name, entry in self._entries.items() if expired(entry, watermark_ms, self._horizon_ms)]
        lost = sum(unmatched(self._entries.pop(name), self._horizon_ms) for name in gone)
        self.unmatched += lost
        return lost

    def _too_late(self, fact: Prediction[S] | Label) -> bool:
        watermark = self._watermark_ms
        return isinstance(fact, Prediction) and watermark is not None and fact.time_ms + self._horizon_ms < watermark

    def _between(self, before: Pair[S] | None, after: Pair[S] | None) -> list[Delta[C]]:
        if before == after or after is None:
            return []
        new = Delta(self._start(after), self._count(after))
        if before is None:
            return [new]
        start, old = self._start(before), self._count(before)
        if start == new.start_ms:
            return [Delta(start, new.counts - old)]
        return [Delta(start, (old - old) - old), new]

    def _start(self, pair: Pair[S]) -> int:
        return pair.prediction.time_ms // self._size_ms * self._size_ms


class Windows(Generic[C]):
    """The windows of one model, merged from all partitions, and the revision that each was last published with."""

    def __init__(self) -> None:
        """Have no window yet."""
        self._counts: dict[int, C] = {}
        self._published: dict[int, Performance[C]] = {}

    def add(self, deltas: Iterable[Delta[C]]) -> None:
        """Add what changed; the windows concerned are open again until they are published."""
        self._counts = merged(self._counts, deltas)

    def publish(self, until_ms: int) -> list[Performance[C]]:
        """Return windows that start before then and are not what was last published of them, each with a new revision."""
        fresh = [
            Performance(start, before.revision + 1 if before else 1, counts)
            for start, counts in sorted(self._counts.items())
            if start < until_ms and ((before := self._published.get(start)) is None or before.counts != counts)
        ]
        self._published |= {each.start_ms: each for each in fresh}
        return fresh


def merged(counts: Mapping[int, C], deltas: Iterable[Delta[C]]) -> dict[int, C]:
    """Return windows by start once deltas are added, in whatever order they come."""
    found = dict(counts)
    for each in deltas:
        before = found.get(each.start_ms)
        found[each.start_ms] = each.counts if before is None else before + each.counts
    return found
