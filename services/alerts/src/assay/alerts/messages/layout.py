"""The order in which a message is read, the same in every form. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from assay.alerts.messages.message import Message
from assay.alerts.messages.sparkline import sparkline

__all__ = ["Part", "Sort", "parts", "pictured"]

LAST = ("told",)


class Sort(Enum):
    """What a part of a message is."""

    SAID = auto()
    PICTURE = auto()
    STEP = auto()
    LINK = auto()


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that is said, with its label."""

    sort: Sort
    label: str
    text: str


def parts(message: Message) -> Iterator[Part]:
    """Give what stands below the title: what is so, how it was lately, what to do first, where to look, and who knows."""
    yield from (Part(Sort.SAID, *line) for line in message.lines if line[0] not in LAST)
    if picture := pictured(message):
        yield Part(Sort.PICTURE, "lately", picture)
    for place, step in enumerate(message.steps):
        yield Part(Sort.STEP, "first" if place == 0 else "then", step)
    yield from (Part(Sort.LINK, *link) for link in message.links)
    yield from (Part(Sort.SAID, *line) for line in message.lines if line[0] in LAST)


def pictured(message: Message) -> str:
    """Return the newest windows as bars with the limit beside them; nothing where fewer than two have a value."""
    if sum(value is not None for value in message.spark) < 2:
        return ""
    limit = f", limit {message.limit:g}" if message.limit is not None else ""
    return f"{sparkline(message.spark, message.limit)} the last {len(message.spark)} windows{limit}"
