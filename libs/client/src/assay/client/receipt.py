"""What became of an event, for those who ask."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

__all__ = ["Accepted", "Outcome", "Receipt", "Rejected"]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The broker has the event, here."""

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """The gateway did not take the event; trying again does not help."""

    reason: str
    message: str


Outcome = Accepted | Rejected

Receipt = asyncio.Future[Outcome]
"""Await it for the outcome; it raises `UndeliveredError` where there is none in time."""
