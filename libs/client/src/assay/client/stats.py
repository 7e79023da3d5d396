"""The producer's own count of its events."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Stats"]


@dataclass(slots=True)
class Stats:
    """Events since the start.

    `queued` waits or is under way; every other event is accepted, rejected or undelivered. `sent` counts every try,
    `retried` those after an event's first.
    """

    queued: int = 0
    sent: int = 0
    accepted: int = 0
    rejected: int = 0
    undelivered: int = 0
    retried: int = 0
