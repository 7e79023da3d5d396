"""All that is known under one prediction id, and what of it is kept until nothing can be joined to it any more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from assay.monitoring.performance.labels import Entry, Label, Prediction, met, pair_of, unmatched

__all__ = [
    "EVERYONE",
    "Answered",
    "Event",
    "Known",
    "Operation",
    "Pair",
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

Truth = str | float | None
"""What became known to be true: a class, or a value."""
Revision = tuple[int, int, Truth]
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
    if not known.labels:
        return Pair(known.answered, None, known.segments)
    found = pair_of(_entry(known), horizon_ms)
    return None if found is None else Pair(found.prediction.said, found.truth, known.segments)


def meet_label(known: Known, revision: int, time_ms: int, truth: Truth) -> None:
    """Take a label in; a repeat changes nothing."""
    entry = met(_entry(known), Label("", revision, time_ms, truth))
    known.labels = [(each.revision, each.time_ms, each.truth) for each in entry.labels]


def meet_answer(known: Known, answered: Answered) -> None:
    """Take a prediction in; of two under one id the earlier stands."""
    entry = met(_entry(known), _prediction(answered))
    assert entry.prediction is not None
    known.answered = entry.prediction.said


def lost(known: Known, horizon_ms: int) -> int:
    """Return how many labels never counted, of one that is forgotten."""
    return unmatched(_entry(known), horizon_ms) if known.labels else 0


def until_ms(known: Known, horizon_ms: int) -> int:
    """Return until when event time may stand, so that something can still come of it."""
    if known.answered is not None:
        return known.answered.time_ms + horizon_ms
    return max(_times(known), default=0) + horizon_ms


def _times(known: Known) -> Iterator[int]:
    yield from (time_ms for _, time_ms, _ in known.labels)
    yield from (each if isinstance(each, int) else each.time_ms for each in known.events.values())
    yield from (each.time_ms for each in known.samples.values())
    if known.vector is not None:
        yield known.vector_ms


def _entry(known: Known) -> Entry[Answered]:
    labels = tuple(Label("", *each) for each in known.labels)
    return Entry(_prediction(known.answered) if known.answered else None, labels)


def _prediction(answered: Answered) -> Prediction[Answered]:
    return Prediction("", answered.time_ms, answered)
