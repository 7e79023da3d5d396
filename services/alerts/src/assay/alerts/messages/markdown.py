"""A message in Markdown: for chats, as Slack and Apprise show it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assay.alerts.messages.message import Message
from assay.alerts.messages.text import pictured

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


def markdown(message: Message) -> str:
    """Return the title in bold, a list of what is said, commands as code, and links that can be followed."""
    return "\n".join(_lines(message))


def _lines(message: Message) -> Iterator[str]:
    yield f"**{_harmless(message.title)}**"
    yield ""
    for label, said in message.lines:
        yield f"- {_harmless(label)}: {_harmless(said)}"
    if picture := pictured(message):
        yield f"- lately: {picture}"
    for place, step in enumerate(message.steps):
        yield f"- {'first' if place == 0 else 'then'}: `{_harmless(step)}`"
    if message.links:
        yield f"- {' · '.join(f'[{_harmless(name)}]({_address(address)})' for name, address in message.links)}"


def _harmless(text: str) -> str:
    return _EDGE.sub("\u02cd", _EVERYONE.sub("\uff20", text.translate(_ALIKE)))


def _address(address: str) -> str:
    """What ends a link in Markdown, encoded."""
    return address.replace("(", "%28").replace(")", "%29").replace("<", "%3C").replace(">", "%3E")
