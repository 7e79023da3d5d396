"""What an alert says, before it has the form of a channel."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Message"]


@dataclass(frozen=True, slots=True)
class Message:
    """What an alert says: `title` is one line, what and how bad; `lines` are a label and its words.

    `links` are a name and an address out of the operator's channels file; `spark` holds the newest values of the
    promise, the oldest first, None where a window had none; `limit` is the value that must not be crossed.
    """

    title: str
    lines: tuple[tuple[str, str], ...] = ()
    steps: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    spark: tuple[float | None, ...] = ()
    limit: float | None = None
