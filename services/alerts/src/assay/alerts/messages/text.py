"""A message in plain text: for a terminal, the log, the outbox. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from assay.alerts.messages.message import Message
from assay.alerts.messages.sparkline import sparkline

__all__ = ["pictured", "text"]


def text(message: Message) -> str:
    """Return the title, then a line for each thing that is said, its label before it."""
    return "\n".join((message.title, *(f"  {label:<9} {said}".rstrip() for label, said in _lines(message))))


def pictured(message: Message) -> str:
    """Return the newest windows as bars with the limit beside them; nothing where there are none."""
    bars = sparkline(message.spark, message.limit)
    count = len(message.spark)
    limit = f", limit {message.limit:g}" if message.limit is not None else ""
    return f"{bars} the last {count} windows{limit}" if count > 1 else ""


def _lines(message: Message) -> Iterator[tuple[str, str]]:
    told = [line for line in message.lines if line[0] == "told"]
    yield from (line for line in message.lines if line[0] != "told")
    if picture := pictured(message):
        yield "lately", picture
    for place, step in enumerate(message.steps):
        yield "first" if place == 0 else "then", step
    yield from message.links
    yield from told
