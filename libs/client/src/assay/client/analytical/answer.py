"""One answer of a model, as it waits to be logged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
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
    size_bytes: int = field(init=False)
    """No less than what the row adds to a batch."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "size_bytes", self._size())  # once: its texts are encoded for it

    def _size(self) -> int:
        """With 80 bytes for its own numbers, status and framing."""
        answer = self.answer
        texts = (self.prediction_id, answer.label, answer.entity, answer.user, answer.error_class)
        of_texts = sum(len(each.encode()) + 12 for each in (*texts, *self.features.texts))
        of_list = sum(len(each.encode()) + 4 for each in answer.items) + 9 * len(answer.item_scores)
        shared = len(answer.variant.encode()) + len(answer.experiment.encode())  # alone, it is a batch
        return 80 + of_texts + of_list + shared + 9 * (len(self.features.numbers) + len(answer.probabilities))
