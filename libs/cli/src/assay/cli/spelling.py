"""Spellings of one value: writers of files have their own for whole numbers, for what is true, and for nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

__all__ = ["EMPTY", "TRUTH", "as_known", "plain_key", "plain_value"]

EMPTY = frozenset(
    ("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "N/A", "NA", "NULL",
     "NaN", "n/a", "nan", "null")
)  # fmt: skip
"""What an empty cell may say, as Arrow has it."""

TRUTH = {"true": "1", "false": "0"}

_WHOLE = re.compile(r"(-?[0-9]+)\.0+")


def plain_key(cell: str) -> str:
    """Return an id as it stands there; 5.0 alone is 5, for so pandas writes whole numbers of a column with gaps."""
    whole = _WHOLE.fullmatch(cell)
    return whole[1] if whole else cell


def plain_value(cell: str) -> str:
    """Return one spelling of a value: 1.0 is 1, true is 1 and false is 0."""
    return TRUTH.get(cell.lower()) or plain_key(cell)


def as_known(known: Iterable[str]) -> Callable[[str], str]:
    """Return what finds the known word that a cell means: the one that stands there, else the only one of that value.

    A cell that means none of them stays as it is.
    """
    words = frozenset(known)
    meant: dict[str, str | None] = {}
    for word in words:
        plain = plain_value(word)
        meant[plain] = None if plain in meant else word
    return lambda cell: cell if cell in words else meant.get(plain_value(cell)) or cell
