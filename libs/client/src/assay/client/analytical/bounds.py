"""What one row may say: all else would be refused where nobody sees it, or spoil the batch it is in."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from assay.client.analytical.answer import Answer
from assay.client.analytical.errors import AnswerError
from assay.client.analytical.lists import check_list
from assay.client.analytical.setting import Setting
from assay.client.analytical.values import is_text, real
from assay.contracts.analytical.columns import MAX_ROWS
from assay.contracts.analytical.properties import MAX_ID, MAX_WORD
from assay.contracts.analytical.shared import STATUSES

__all__ = ["bounded", "checked_id", "instant"]

T = TypeVar("T")

_FIRST_MS, _LAST_MS = -62_135_596_800_000, 253_402_300_799_999
"""The years that a Timestamp of Protobuf has: 1 to 9999."""

_WORDS = ("error_class", "entity", "user", "variant", "experiment")


def bounded(setting: Setting, answer: Answer) -> Answer:
    """The answer as it is logged: its numbers are floats and its lists its own, so that nobody changes them later.

    One whose score, or that of an item, is not finite is an error of class `NotFinite`.

    Raises:
        AnswerError: the model's contract knows no such answer; the message says why, and has nothing of its content.
    """
    _check_texts(setting, answer)
    found = replace(
        answer,
        score=None if answer.score is None else _real("the score", answer.score),
        probabilities=_reals("a probability", answer.probabilities),
        latency_ms=_length("latency_ms", answer.latency_ms),
        features_ms=_length("features_ms", answer.features_ms),
        is_fallback=bool(answer.is_fallback),
        items=_items(answer.items),
        item_scores=_reals("a score of an item", answer.item_scores),
    )
    check_list(setting, found)
    _check_probabilities(setting, found.probabilities)
    numbers = found.item_scores if found.score is None else (found.score, *found.item_scores)
    if all(map(math.isfinite, numbers)):
        return found
    return replace(found, score=None, items=(), item_scores=(), status="error", error_class="NotFinite")


def checked_id(prediction_id: str) -> str:
    """The id, which is one that a log can have.

    Raises:
        AnswerError: it is none.
    """
    if not is_text(prediction_id) or not 0 < len(prediction_id) <= MAX_ID:
        raise AnswerError(f"a prediction id is a text of 1 to {MAX_ID} characters")
    return prediction_id


def instant(at_ms: float) -> int:
    """The time in whole milliseconds.

    Raises:
        AnswerError: it is none that a record can say.
    """
    found = real(at_ms)
    if found is None or not _FIRST_MS <= found <= _LAST_MS:
        raise AnswerError("at_ms is milliseconds since 1970, and within the years 1 to 9999")
    return int(found)


def _check_texts(setting: Setting, answer: Answer) -> None:
    for name in _WORDS:
        said = getattr(answer, name)
        if not is_text(said) or len(said) > MAX_WORD:
            raise AnswerError(f"{name} is a text of {MAX_WORD} characters at most")
    if not is_text(answer.label):
        raise AnswerError("the label is a text")
    if setting.classes and answer.label and answer.label not in setting.classes:
        raise AnswerError("the label is none of the classes in the model's contract")
    if not is_text(answer.status) or answer.status not in STATUSES:
        raise AnswerError(f"the status is one of {', '.join(STATUSES)}")


def _check_probabilities(setting: Setting, shares: Sequence[float]) -> None:
    if not all(0 <= share <= 1 for share in shares):
        raise AnswerError("a probability is not between 0 and 1")
    if not shares:
        return
    if setting.classes and len(shares) != len(setting.classes):
        raise AnswerError(f"{len(shares)} probabilities; the model has {len(setting.classes)} classes")
    most = MAX_WORD if setting.layout == "rows" else MAX_ROWS
    if not setting.classes and len(shares) > most:
        raise AnswerError(f"{len(shares)} probabilities; a contract that names no classes takes {most} at most")


def _real(name: str, value: object) -> float:
    found = real(value)
    if found is None:
        raise AnswerError(f"{name} is {type(value).__name__}, and no number that can be logged")
    return found


def _reals(name: str, values: Iterable[object]) -> tuple[float, ...]:
    return tuple([_real(name, each) for each in _each(name, values)])


def _length(name: str, value: float | None) -> float | None:
    if value is None:
        return None
    found = _real(name, value)
    if not math.isfinite(found) or found < 0:
        raise AnswerError(f"{name} is a number from 0")
    return found


def _items(values: Iterable[str]) -> tuple[str, ...]:
    found = tuple(_each("an item", values))
    if not all(map(is_text, found)):
        raise AnswerError("the id of an item is a text")
    return found


def _each(name: str, values: Iterable[T]) -> Iterable[T]:
    try:
        return iter(values)
    except TypeError as cause:
        raise AnswerError(f"{name} is in no list") from cause
