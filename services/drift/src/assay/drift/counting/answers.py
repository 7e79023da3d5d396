"""What a model answered, many predictions at once: a column for everything that is counted of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain

import numpy as np
from numpy.typing import NDArray

from assay.api.models.v1 import prediction_pb2 as pb
from assay.contracts.analytical import FeatureSchema
from assay.contracts.monitoring import SEGMENTS
from assay.drift.counting.columns import are_of, numbers_of, tables_of
from assay.drift.counting.lists import best_of_batches, best_of_rows, check_lists, lists_of, with_best
from assay.drift.counting.records import UnreadableRecordError, ms_of
from assay.monitoring.operations import OK
from assay.monitoring.profiles import Labels, Table
from assay.monitoring.profiles.columns import taken

__all__ = ["Answers", "Failure", "check_batch", "labels_of", "likeness", "of_batch", "of_batches", "of_rows"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

MOST_APART_MS = 366 * 24 * 3_600_000
"""How far the rows of a batch can be apart."""

Failure = tuple[str, str]
"""The status of a prediction that has no answer, and the class of its error."""


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Predictions of one version of a model; NaN, -1 and an empty text stand for what a prediction does not have."""

    version: str
    ids: Sequence[str]
    at_ms: Ints
    arrived_ms: Ints
    scores: Floats
    labels: Labels
    shares: Floats | None
    """A row for each prediction, a column for each class."""
    thresholds: Floats
    latencies_ms: Floats
    failures: Mapping[int, Failure]
    fallbacks: frozenset[int]
    words: Mapping[str, Labels]
    """Variant, deployment and environment."""
    users: Sequence[str]
    """Empty where no prediction has one."""
    features: Table | None
    """None where features come with a record of their own, or are not those of the schema."""
    items: Sequence[tuple[str, ...]] = ()
    """Of rankings: the list that each is, best first. Empty where no prediction has one."""

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: Ints) -> Answers:
        """Return some of them."""
        places = rows.tolist()
        to = {row: place for place, row in enumerate(places)}
        return Answers(
            self.version,
            [self.ids[row] for row in places],
            self.at_ms[rows],
            self.arrived_ms[rows],
            self.scores[rows],
            self.labels.take(rows),
            None if self.shares is None else self.shares[rows],
            self.thresholds[rows],
            self.latencies_ms[rows],
            {to[row]: failure for row, failure in self.failures.items() if row in to},
            frozenset(to[row] for row in self.fallbacks if row in to),
            {name: column.take(rows) for name, column in self.words.items()},
            [self.users[row] for row in places] if self.users else (),
            None if self.features is None else taken(self.features, rows),
            [self.items[row] for row in places] if self.items else (),
        )


def check_batch(message: pb.PredictionBatch, classes: int) -> None:
    """See that all columns of a batch have a value for each row.

    Raises:
        UnreadableRecordError: one has not.
    """
    count = len(message.prediction_ids)
    if not count or len(message.offsets_ms) != count:
        raise UnreadableRecordError(f"{len(message.offsets_ms)} offsets_ms of {count} rows")
    if not 0 <= min(message.offsets_ms) <= max(message.offsets_ms) < MOST_APART_MS:
        raise UnreadableRecordError("offsets_ms of years")
    for name in ("scores", "labels", "latencies_ms", "users"):
        if len(getattr(message, name)) not in (0, count):
            raise UnreadableRecordError(f"{len(getattr(message, name))} {name} of {count} rows")
    check_lists(message)
    if classes and len(message.probabilities) not in (0, count * classes):
        raise UnreadableRecordError(f"{len(message.probabilities)} probabilities of {count} rows")


def of_batch(message: pb.PredictionBatch, arrived_ms: int, schema: FeatureSchema, classes: int) -> Answers:
    """Return the answers of one batch.

    Raises:
        UnreadableRecordError: its columns are not of one length, or it has no time.
    """
    check_batch(message, classes)
    return of_batches([message], [arrived_ms], schema, classes)


def likeness(message: pb.PredictionBatch, schema: FeatureSchema) -> tuple[object, ...]:
    """What batches share that may be read as one."""
    there = tuple(
        bool(getattr(message, name)) for name in ("scores", "labels", "probabilities", "latencies_ms", "users")
    )
    return message.model_version, *there, are_of(message.features, schema, len(message.prediction_ids))


def of_batches(
    messages: Sequence[pb.PredictionBatch], arrived_ms: Sequence[int], schema: FeatureSchema, classes: int
) -> Answers:
    """Return the answers of batches that were checked and are alike, in their order."""
    first = messages[0]
    counts = [len(each.prediction_ids) for each in messages]
    total = sum(counts)
    begins = [0, *accumulate(counts)]
    shares = None
    if classes and first.probabilities:
        shares = numbers_of([each.probabilities for each in messages]).reshape(total, classes)
    starts_ms = np.repeat(np.array([ms_of(each, "predicted_at") for each in messages], dtype=np.int64), counts)
    offsets_ms = np.fromiter(chain.from_iterable(each.offsets_ms for each in messages), dtype=np.int64, count=total)
    thresholds = [each.threshold if each.HasField("threshold") else np.nan for each in messages]
    labels = labels_of(list(chain.from_iterable(each.labels for each in messages))) if first.labels else None
    scores = numbers_of([each.scores for each in messages]) if first.scores else np.full(total, np.nan)
    return Answers(
        first.model_version,
        list(chain.from_iterable(each.prediction_ids for each in messages)),
        starts_ms + offsets_ms,
        np.repeat(np.array(arrived_ms, dtype=np.int64), counts),
        with_best(scores, best_of_batches(messages)),
        labels or Labels(np.full(total, -1, dtype=np.int64), ()),
        shares,
        np.repeat(np.array(thresholds, dtype=np.float64), counts),
        numbers_of([each.latencies_ms for each in messages]) if first.latencies_ms else np.full(total, np.nan),
        {
            begin + each.row: (each.status, each.error_class)
            for message, begin, count in zip(messages, begins, counts, strict=False)
            for each in message.failures
            if each.row < count
        },
        frozenset(
            begin + row
            for message, begin, count in zip(messages, begins, counts, strict=False)
            for row in message.fallbacks
            if row < count
        ),
        {name: _repeated([getattr(each, name) for each in messages], counts) for name in SEGMENTS},
        list(chain.from_iterable(each.users for each in messages)),
        tables_of([each.features for each in messages], schema, counts),
        lists_of(messages),
    )


def of_rows(messages: Sequence[pb.Prediction], arrived_ms: Sequence[int], classes: int) -> Answers:
    """Return the answers of single predictions of one version; each has its time."""
    count = len(messages)
    shares = None
    if classes and any(len(each.probabilities) == classes for each in messages):
        nothing = [np.nan] * classes
        rows = [each.probabilities if len(each.probabilities) == classes else nothing for each in messages]
        shares = np.array(rows, dtype=np.float64)
    return Answers(
        messages[0].model_version,
        [each.prediction_id for each in messages],
        np.array([ms_of(each, "predicted_at") for each in messages], dtype=np.int64),
        np.array(arrived_ms, dtype=np.int64),
        with_best(_optional(messages, "score"), best_of_rows(messages)),
        labels_of([each.label for each in messages]),
        shares,
        _optional(messages, "threshold"),
        _optional(messages, "latency_ms"),
        {row: (each.status, each.error_class) for row, each in enumerate(messages) if each.status not in ("", OK)},
        frozenset(row for row, each in enumerate(messages) if each.is_fallback),
        {name: labels_of([getattr(each, name) for each in messages]) for name in SEGMENTS},
        [each.user for each in messages],
        None if count else {},
        [tuple(each.items) for each in messages] if any(each.items for each in messages) else (),
    )


def labels_of(values: Sequence[str]) -> Labels:
    """Return texts as a column; an empty one is none."""
    places = {value: place for place, value in enumerate(dict.fromkeys(each for each in values if each))}
    codes = np.fromiter((places.get(each, -1) for each in values), dtype=np.int64, count=len(values))
    return Labels(codes, tuple(places))


def _repeated(values: Sequence[str], counts: Sequence[int]) -> Labels:
    """A text for all rows of a batch each."""
    column = labels_of(values)
    return Labels(np.repeat(column.codes, counts), column.words)


def _optional(messages: Sequence[pb.Prediction], field: str) -> Floats:
    return np.array([getattr(each, field) if each.HasField(field) else np.nan for each in messages], dtype=np.float64)  # type: ignore[arg-type]  # names of fields
