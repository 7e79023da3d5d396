"""A message in Markdown: for chats, as Slack and Apprise show it. Pure."""

from __future__ import annotations

import re

from assay.alerts.messages.layout import Part, Sort, parts
from assay.alerts.messages.message import Message

__all__ = ["markdown"]

_ALIKE = str.maketrans(
    {
        "*": "\u2217",
        "~": "\u223c",
        "|": "\u00a6",
        "\\": "\u2216",
        "<": "\u2039",
        ">": "\u203a",
        "[": "(",
        "]": ")",
        "`": "\u02bc",
    }
)
"""Marks of Markdown and of chats, each by one that looks alike and means nothing: no two chats escape alike."""

_EVERYONE = re.compile(r"@(?=everyone|here|channel|all|room)", re.IGNORECASE)
_EDGE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
"""An underscore at the edge of a word; one within a word, as in arr_delay, is no mark."""


def markdown(message: Message, *, titled: bool = True) -> str:
    """Return a list of what is said, commands as code, links that can be followed; above it the title, where it has to be."""
    body = [f"- {_item(part)}" for part in parts(message)]
    return "\n".join([f"**{_harmless(message.title)}**", "", *body] if titled else body)


def _item(part: Part) -> str:
    if part.sort is Sort.LINK:
        return f"[{_harmless(part.label)}]({_address(part.text)})"
    said = part.text if part.sort is Sort.PICTURE else _harmless(part.text)
    return f"{_harmless(part.label)}: {f'`{said}`' if part.sort is Sort.STEP else said}"


def _harmless(text: str) -> str:
    return _EDGE.sub("\u02cd", _EVERYONE.sub("\uff20", text.translate(_ALIKE)))


def _address(address: str) -> str:
    """What ends a link in Markdown, encoded."""
    return address.replace("(", "%28").replace(")", "%29").replace("<", "%3C").replace(">", "%3E")
