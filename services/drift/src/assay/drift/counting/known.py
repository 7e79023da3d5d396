"""All that is known under one prediction id, and what of it is kept until nothing can be joined to it any more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from assay.monitoring.performance.labels import Entry, Label, Prediction, met, pair_of, unmatched
from assay.monitoring.performance.ranking import is_relevance

__all__ = [
    "EVERYONE",
    "Answered",
    "Event",
    "Known",
    "Operation",
    "Pair",
    "Relevance",
    "Sampled",
    "Truth",
    "lost",
    "meet_answer",
    "meet_label",
    "pair",
    "until_ms",
]

EVERYONE = ""
"""The segment that every prediction is in."""

Relevance = tuple[tuple[str, float], ...]
"""What became known of the items of a list, in the order of their ids."""
Truth = str | float | Relevance | None
"""What became known to be true: a class, a value, or how relevant items are."""
Revision = tuple[int, int, str | float | None]
"""Revision, time and truth of a label; no truth takes it back."""


class Answered(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What a model said, as far as it is needed later. `said` is a code of a class or the value, NaN without an answer."""

    time_ms: int
    version: str
    said: float
    score: float
    shares: tuple[float, ...] = ()
    segments: tuple[str, ...] = ()
    variant: str = ""
    user: str = ""
    label: str = ""
    items: tuple[str, ...] = ()
    """Of a ranking: what stands in the first places. `said` is how many places those are."""


class Event(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """An action or an outcome, like `outcome:click`, that waits for its prediction to say whose it is."""

    name: str
    time_ms: int
    count: int
    value: float
    variant: str
    user: str


class Sampled(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A feature that was computed again; its earlier offline value where that is known."""

    time_ms: int
    version: str
    online: str | float | None
    offline: str | float | None
    earlier: str | float | None


class Operation(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """How an answer went, until it is known which words of its features it is counted by."""

    status: str
    error: str
    latency_ms: float
    is_fallback: bool


class Known(msgspec.Struct, array_like=True, gc=False):
    """What was met under one prediction id, in whatever order, and what of it was counted."""

    answered: Answered | None = None
    labels: list[Revision] = []
    words: tuple[str, ...] = ()
    """Segments by the features that are text."""
    vector: bytes | None = None
    """Features that wait for their prediction; empty once they were counted, None before they came."""
    vector_ms: int = 0
    operation: Operation | None = None
    events: dict[str, Event | int] = {}
    """Actions and outcomes by id: those that wait; of those that were counted, their time."""
    samples: dict[str, Sampled] = {}
    items: dict[str, list[Revision]] = {}
    """Labels of the items of a list, by item."""

    @property
    def is_alone(self) -> bool:
        """Whether there is the prediction at most, and nothing that came of it."""
        return not (self.labels or self.events or self.samples or self.items or self.vector is not None)

    @property
    def segments(self) -> tuple[str, ...]:
        """The segments that it is counted in, as far as they are known."""
        return (EVERYONE, *(self.answered.segments if self.answered else ()), *self.words)


class Pair(NamedTuple):
    """A prediction with its truth, None where there is none yet, in the segments that it counts in."""

    answered: Answered
    truth: Truth
    segments: tuple[str, ...]


def pair(known: Known, horizon_ms: int) -> Pair | None:
    """Return what counts of it: nothing before its prediction is known, and no label from beyond the horizon."""
    if known.answered is None:
        return None
    if known.items:
        return Pair(known.answered, _relevance(known, horizon_ms), known.segments)
    if not known.labels:
        return Pair(known.answered, None, known.segments)
    found = pair_of(_entry_of(known, known.labels), horizon_ms)
    return None if found is None else Pair(found.prediction.said, found.truth, known.segments)


def meet_label(known: Known, revision: int, time_ms: int, truth: str | float | None, item: str = "") -> None:
    """Take a label in, of the prediction or of one item of its list; a repeat changes nothing."""
    before = known.items.get(item, []) if item else known.labels
    entry = met(_entry_of(known, before), Label("", revision, time_ms, truth))
    after = [(each.revision, each.time_ms, each.truth) for each in entry.labels]
    if item:
        known.items[item] = after
    else:
        known.labels = after


def meet_answer(known: Known, answered: Answered) -> None:
    """Take a prediction in; of two under one id the earlier stands."""
    entry = met(_entry_of(known, known.labels), _prediction(answered))
    assert entry.prediction is not None
    known.answered = entry.prediction.said


def lost(known: Known, horizon_ms: int) -> int:
    """Return how many labels, actions and outcomes never counted, of one that is forgotten."""
    listed = (each for each in (known.labels, *known.items.values()) if each)
    waiting = sum(isinstance(each, Event) for each in known.events.values())
    return waiting + sum(unmatched(_entry_of(known, each), horizon_ms) for each in listed)


def until_ms(known: Known, horizon_ms: int) -> int:
    """Return until when event time may stand, so that something can still come of it, or a repeat of it is not late."""
    if known.answered is not None and known.is_alone:  # as most are when they are met
        return known.answered.time_ms + horizon_ms
    return max(_times(known), default=0) + horizon_ms


def _times(known: Known) -> Iterator[int]:
    if known.answered is not None:
        yield known.answered.time_ms
    yield from (time_ms for labels in (known.labels, *known.items.values()) for _, time_ms, _ in labels)
    yield from (each if isinstance(each, int) else each.time_ms for each in known.events.values())
    yield from (each.time_ms for each in known.samples.values())
    if known.vector is not None:
        yield known.vector_ms


def _relevance(known: Known, horizon_ms: int) -> Relevance | None:
    """What is true of each item by now; nothing where that is so of none."""
    found = {name: pair_of(_entry_of(known, labels), horizon_ms) for name, labels in known.items.items()}
    values = {name: each.truth for name, each in found.items() if each is not None}
    numbers = [(name, float(value)) for name, value in sorted(values.items()) if isinstance(value, int | float)]
    return tuple((name, value) for name, value in numbers if is_relevance(value)) or None


def _entry_of(known: Known, revisions: Sequence[Revision]) -> Entry[Answered]:
    labels = tuple(Label("", *each) for each in revisions)
    return Entry(_prediction(known.answered) if known.answered else None, labels)


def _prediction(answered: Answered) -> Prediction[Answered]:
    return Prediction("", answered.time_ms, answered)
