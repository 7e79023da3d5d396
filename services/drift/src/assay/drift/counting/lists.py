"""Ranked lists on the wire: the items of each prediction, best first, and the score that the first was ranked by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from assay.api.models.v1 import prediction_pb2 as pb
from assay.drift.counting.records import UnreadableRecordError

__all__ = ["best_of_batches", "best_of_rows", "check_lists", "first_of", "lists_of", "with_best"]

Floats = NDArray[np.float64]


def check_lists(message: pb.PredictionBatch) -> None:
    """See that the items of a batch are those of its rows, and have a score each or none at all.

    Raises:
        UnreadableRecordError: they are not.
    """
    rows, items = len(message.prediction_ids), len(message.items)
    if len(message.item_counts) not in (0, rows):
        raise UnreadableRecordError(f"{len(message.item_counts)} item_counts of {rows} rows")
    if sum(message.item_counts) != items:
        raise UnreadableRecordError(f"{items} items of lists with {sum(message.item_counts)}")
    if len(message.item_scores) not in (0, items):
        raise UnreadableRecordError(f"{len(message.item_scores)} item_scores of {items} items")


def first_of(items: Sequence[str], cutoff: int) -> tuple[str, ...]:
    """Return what stands in the first places; an item that is there twice stands where it stands first."""
    return tuple(dict.fromkeys(items))[:cutoff]


def lists_of(messages: Sequence[pb.PredictionBatch]) -> Sequence[tuple[str, ...]]:
    """Return the list of each row of batches that were checked; nothing where no row has one."""
    if not any(each.items for each in messages):
        return ()
    found: list[tuple[str, ...]] = []
    for message in messages:
        items, start = list(message.items), 0
        for count in message.item_counts or (0,) * len(message.prediction_ids):
            found.append(tuple(items[start : start + count]))
            start += count
    return found


def best_of_batches(messages: Sequence[pb.PredictionBatch]) -> list[float]:
    """Return the score of the first item of each row, NaN where it has none; nothing where no item has a score."""
    if not any(each.item_scores for each in messages):
        return []
    found: list[float] = []
    for message in messages:
        scores, start = list(message.item_scores), 0
        for count in message.item_counts or (0,) * len(message.prediction_ids):
            found.append(scores[start] if count and scores else np.nan)
            start += count
    return found


def best_of_rows(messages: Sequence[pb.Prediction]) -> list[float]:
    """Return the same of single predictions."""
    if not any(each.item_scores for each in messages):
        return []
    return [each.item_scores[0] if each.item_scores else np.nan for each in messages]


def with_best(scores: Floats, best: Sequence[float]) -> Floats:
    """Return the score of each prediction: of a list that says none, that of its first item."""
    return np.where(np.isnan(scores), np.array(best, dtype=np.float64), scores) if len(best) else scores
