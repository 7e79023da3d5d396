"""Words of contracts and producers, made harmless for whatever shows a notice: a terminal, a chat, a mail. Pure."""

from __future__ import annotations

__all__ = ["plain"]

MAX_TEXT = 600

_HARMLESS = str.maketrans({"<": "(", ">": ")", "[": "(", "]": ")", "`": "'"})


def plain(text: str, limit: int = MAX_TEXT) -> str:
    """Return the words in one line of printable characters, at most so many, without markup and without links.

    What cannot be seen stands as its code, brackets of markup are round ones, and an address is no link any more.
    """
    seen = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text[: limit + 1])
    harmless = seen.translate(_HARMLESS).replace("://", ": //")
    return harmless if len(harmless) <= limit else f"{harmless[: limit - 1]}…"
