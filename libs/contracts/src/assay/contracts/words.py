"""The small phrases that lint messages share."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["did_you_mean", "listed"]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` if one of the known words is near, else nothing."""
    lower = {each.lower(): each for each in known}
    near = difflib.get_close_matches(word.lower(), lower, n=1, cutoff=0.7)
    return f"; did you mean {lower[near[0]]!r}?" if near else ""


def listed(words: Iterable[object]) -> str:
    """`a, b, c`, for a message that offers a choice."""
    return ", ".join(str(word) for word in words)
