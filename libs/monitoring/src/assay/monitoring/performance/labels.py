"""Predictions and their labels, met by id in any order: what was said, and the newest thing that is known to be true."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Generic, TypeVar

__all__ = ["Entry", "Label", "Pair", "Prediction", "expired", "met", "pair_of", "unmatched"]

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Prediction(Generic[S]):
    """What a model said about one case, and when."""

    prediction_id: str
    time_ms: int
    said: S


@dataclass(frozen=True, slots=True)
class Label:
    """What became known of one case: a higher revision replaces a lower one, and None takes the label back."""

    prediction_id: str
    revision: int
    time_ms: int
    truth: str | float | None


@dataclass(frozen=True, slots=True)
class Pair(Generic[S]):
    """What counts for a case: its prediction, and its truth or None where there is none yet."""

    prediction: Prediction[S]
    truth: str | float | None


@dataclass(frozen=True, slots=True)
class Entry(Generic[S]):
    """All that is known under one prediction id; what is met in another order, or twice, comes to the same entry."""

    prediction: Prediction[S] | None = None
    labels: tuple[Label, ...] = ()
    """All that differ, by revision, the highest last."""


def met(entry: Entry[S], fact: Prediction[S] | Label) -> Entry[S]:
    """Return the entry once this is known too.

    Two predictions of one id are one mistake: the earlier stands. Two labels of one revision: the later one stands.
    """
    if isinstance(fact, Label):
        return entry if fact in entry.labels else replace(entry, labels=tuple(sorted((*entry.labels, fact), key=_rank)))
    before = entry.prediction
    if before is None or (fact.time_ms, repr(fact.said)) < (before.time_ms, repr(before.said)):
        return replace(entry, prediction=fact)
    return entry


def pair_of(entry: Entry[S], horizon_ms: int) -> Pair[S] | None:
    """Return what counts of an entry: nothing before its prediction is known, and no label from beyond the horizon."""
    if entry.prediction is None:
        return None
    near = [each for each in entry.labels if _near(each, entry.prediction, horizon_ms)]
    return Pair(entry.prediction, near[-1].truth if near else None)


def expired(entry: Entry[S], watermark_ms: int, horizon_ms: int) -> bool:
    """Say whether nothing can come of an entry any more, nor of a repeat of what it holds, so that it may be forgotten.

    The watermark is what event time has passed, less the lateness that is allowed.
    """
    times_ms = [each.time_ms for each in entry.labels]
    if entry.prediction is not None:
        times_ms.append(entry.prediction.time_ms)
    return all(watermark_ms > at_ms + horizon_ms for at_ms in times_ms)


def unmatched(entry: Entry[S], horizon_ms: int) -> int:
    """Return how many labels of an entry that is forgotten never counted: no prediction came, or they were too late."""
    prediction = entry.prediction
    if prediction is None:
        return len(entry.labels)
    return sum(not _near(each, prediction, horizon_ms) for each in entry.labels)


def _near(label: Label, prediction: Prediction[S], horizon_ms: int) -> bool:
    return abs(label.time_ms - prediction.time_ms) <= horizon_ms


def _rank(label: Label) -> tuple[int, int, str]:
    return label.revision, label.time_ms, repr(label.truth)
