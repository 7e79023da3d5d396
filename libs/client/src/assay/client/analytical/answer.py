"""One answer of a model, as it waits to be logged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from assay.client.analytical.features import Packed

__all__ = ["Answer", "Row", "Status"]

Status = Literal["ok", "refused", "error", "timeout", "cancelled"]
"""How an answer ended; `refused` is by the fault of who asked."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model said, how long it took and how it ended. What is not known is None or empty.

    `entity` and `user` are hashes, or ids that are nobody's name. The answer of a ranking is one list: `items` are ids, best
    first, and `item_scores` what they were ranked by, a score for each or none at all.
    """

    score: float | None = None
    label: str = ""
    probabilities: Sequence[float] = ()
    latency_ms: float | None = None
    features_ms: float | None = None
    status: Status = "ok"
    error_class: str = ""
    is_fallback: bool = False
    entity: str = ""
    user: str = ""
    variant: str = ""
    experiment: str = ""
    items: Sequence[str] = ()
    item_scores: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """An answer with its id, its time, what it was made from, and the trace that it was made in."""

    prediction_id: str
    at_ms: int
    answer: Answer
    features: Packed
    traceparent: str = ""

    @property
    def size_bytes(self) -> int:
        """No less than what the row adds to a batch: 80 bytes for its own numbers, status and framing."""
        texts = (self.prediction_id, self.answer.label, self.answer.entity, self.answer.user, self.answer.error_class)
        of_texts = sum(len(each.encode()) + 12 for each in (*texts, *self.features.texts))
        of_list = sum(len(each.encode()) + 4 for each in self.answer.items) + 9 * len(self.answer.item_scores)
        return 80 + of_texts + of_list + 9 * (len(self.features.numbers) + len(self.answer.probabilities))
