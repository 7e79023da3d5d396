"""A message in plain text: for a terminal, the log, the outbox. Pure."""

from __future__ import annotations

from assay.alerts.messages.layout import parts
from assay.alerts.messages.message import Message

__all__ = ["text"]


def text(message: Message) -> str:
    """Return the title, then a line for each thing that is said, its label before it."""
    return "\n".join((message.title, *(f"  {part.label:<9} {part.text}".rstrip() for part in parts(message))))
