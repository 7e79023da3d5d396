"""What a ranking may say of its lists and their items: all else would be refused where nobody sees it, or spoil a batch."""

from __future__ import annotations

import math

from assay.client.analytical.answer import Answer
from assay.client.analytical.errors import AnswerError
from assay.client.analytical.setting import Setting

__all__ = ["MAX_ITEMS", "check_item", "check_list", "check_relevance"]

MAX_ITEMS, MAX_ID = 1_000, 128


def check_list(setting: Setting, answer: Answer) -> None:
    """Do nothing where the items of an answer are a list.

    Raises:
        AnswerError: they are none; the message says why, and names no item.
    """
    items = answer.items
    if not items and not answer.item_scores:
        return
    if setting.kind != "ranking":
        raise AnswerError(f"items are of a model whose kind is ranking, and this is {setting.kind}")
    if len(items) > MAX_ITEMS:
        raise AnswerError(f"{len(items)} items; a list has {MAX_ITEMS} at most, so log the first ones")
    if len(set(items)) < len(items):
        raise AnswerError("an item is in the list twice; each has one place")
    if not all(0 < len(each) <= MAX_ID for each in items):
        raise AnswerError(f"the id of an item has 1 to {MAX_ID} characters")
    if answer.item_scores and len(answer.item_scores) != len(items):
        raise AnswerError(f"{len(answer.item_scores)} item_scores of {len(items)} items; give one of each, or none")


def check_item(setting: Setting, item: str) -> None:
    """Do nothing where something may be about this item, or is about none.

    Raises:
        AnswerError: it may not.
    """
    if item and setting.kind != "ranking":
        raise AnswerError(f"an item is of a model whose kind is ranking, and this is {setting.kind}; leave item out")
    if len(item) > MAX_ID:
        raise AnswerError(f"the id of an item has 1 to {MAX_ID} characters")


def check_relevance(setting: Setting, item: str, value: float | None, *, is_withdrawn: bool) -> None:
    """Do nothing where a label is one of the model's kind.

    Raises:
        AnswerError: it is none.
    """
    check_item(setting, item)
    if setting.kind != "ranking":
        return
    if not item:
        raise AnswerError("a label of a ranking is about one item of its list; say which, as item")
    if is_withdrawn:
        return
    if value is None or not math.isfinite(value) or value < 0:
        raise AnswerError("a label of a ranking has a value, how relevant the item is: a number from 0")
