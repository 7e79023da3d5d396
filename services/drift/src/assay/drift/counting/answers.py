"""What a model answered, many predictions at once: a column for everything that is counted of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from assay.api.models.v1 import prediction_pb2 as pb
from assay.contracts.analytical import FeatureSchema
from assay.contracts.monitoring import SEGMENTS
from assay.drift.counting.columns import table_of
from assay.drift.counting.records import UnreadableRecordError, ms_of
from assay.monitoring.operations import OK
from assay.monitoring.profiles import Labels, Table
from assay.monitoring.profiles.columns import taken

__all__ = ["Answers", "Failure", "labels_of", "of_batch", "of_rows"]

T = TypeVar("T")

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

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
        )


def of_batch(message: pb.PredictionBatch, arrived_ms: int, schema: FeatureSchema, classes: int) -> Answers:
    """Return the answers of a batch.

    Raises:
        UnreadableRecordError: its columns are not of one length, or it has no time.
    """
    ids = list(message.prediction_ids)
    count = len(ids)
    return Answers(
        message.model_version,
        ids,
        ms_of(message, "predicted_at") + np.array(_whole(message.offsets_ms, count, "offsets_ms"), dtype=np.int64),
        np.full(count, arrived_ms, dtype=np.int64),
        _numbers(message.scores, count, "scores"),
        labels_of(_some(message.labels, count, "labels")) if message.labels else _none(count),
        _shares(message, count, classes),
        np.full(count, message.threshold if message.HasField("threshold") else np.nan),
        _numbers(message.latencies_ms, count, "latencies_ms"),
        {each.row: (each.status, each.error_class) for each in message.failures if each.row < count},
        frozenset(row for row in message.fallbacks if row < count),
        {name: _same(getattr(message, name), count) for name in SEGMENTS},
        list(_some(message.users, count, "users")),
        table_of(message.features, schema, count),
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
        _optional(messages, "score"),
        labels_of([each.label for each in messages]),
        shares,
        _optional(messages, "threshold"),
        _optional(messages, "latency_ms"),
        {row: (each.status, each.error_class) for row, each in enumerate(messages) if each.status not in ("", OK)},
        frozenset(row for row, each in enumerate(messages) if each.is_fallback),
        {name: labels_of([getattr(each, name) for each in messages]) for name in SEGMENTS},
        [each.user for each in messages],
        None if count else {},
    )


def labels_of(values: Sequence[str]) -> Labels:
    """Return texts as a column; an empty one is none."""
    places = {value: place for place, value in enumerate(dict.fromkeys(each for each in values if each))}
    codes = np.fromiter((places.get(each, -1) for each in values), dtype=np.int64, count=len(values))
    return Labels(codes, tuple(places))


def _same(value: str, count: int) -> Labels:
    return Labels(np.zeros(count, dtype=np.int64), (value,)) if value else _none(count)


def _none(count: int) -> Labels:
    return Labels(np.full(count, -1, dtype=np.int64), ())


def _whole(column: Sequence[T], count: int, name: str) -> Sequence[T]:
    if len(column) != count:
        raise UnreadableRecordError(f"{len(column)} {name} of {count} rows")
    return column


def _some(column: Sequence[T], count: int, name: str) -> Sequence[T]:
    return _whole(column, count, name) if column else column


def _numbers(column: Sequence[float], count: int, name: str) -> Floats:
    return np.array(_whole(column, count, name), dtype=np.float64) if column else np.full(count, np.nan)


def _shares(message: pb.PredictionBatch, count: int, classes: int) -> Floats | None:
    if not message.probabilities or not classes:
        return None
    return np.array(_whole(message.probabilities, count * classes, "probabilities")).reshape(count, classes)


def _optional(messages: Sequence[pb.Prediction], field: str) -> Floats:
    return np.array([getattr(each, field) if each.HasField(field) else np.nan for each in messages], dtype=np.float64)  # type: ignore[arg-type]  # names of fields
