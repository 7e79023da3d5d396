"""Small batches gathered, so that what a column costs is paid once for many of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from assay.api.models.v1 import prediction_pb2 as pb
from assay.contracts.analytical import FeatureSchema
from assay.drift.counting.answers import Answers, check_batch, likeness, of_batches

__all__ = ["Batches"]

SMALL = 64
"""Rows of a batch from which on it is read by itself."""

ENOUGH = 1_000
"""Rows that are read as one."""


class Batches:
    """Batches of one log in their order; those that are small and alike become one."""

    def __init__(self, schema: FeatureSchema, classes: int) -> None:
        self._schema = schema
        self._classes = classes
        self._waiting: defaultdict[tuple[object, ...], list[tuple[pb.PredictionBatch, int]]] = defaultdict(list)
        self._rows = 0

    def add(self, message: pb.PredictionBatch, arrived_ms: int) -> Iterator[Answers]:
        """Take a batch in; give what is to be counted now.

        Raises:
            UnreadableRecordError: its columns are not whole.
        """
        check_batch(message, self._classes)
        rows = len(message.prediction_ids)
        if rows >= SMALL:
            yield from self.rest()
            yield of_batches([message], [arrived_ms], self._schema, self._classes)
            return
        self._waiting[likeness(message, self._schema)].append((message, arrived_ms))
        self._rows += rows
        if self._rows >= ENOUGH:
            yield from self.rest()

    def rest(self) -> Iterator[Answers]:
        """Give all that waits."""
        waiting, self._waiting, self._rows = self._waiting, defaultdict(list), 0
        for alike in waiting.values():
            messages, arrived_ms = zip(*alike, strict=True)
            yield of_batches(messages, arrived_ms, self._schema, self._classes)
