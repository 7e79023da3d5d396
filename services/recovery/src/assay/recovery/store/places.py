"""Places of dead letters of one partition, as keys and headers name them. Pure."""

from __future__ import annotations

__all__ = ["offset_in", "partition_text"]

MAX_DIGITS = 14
"""What no log reaches; the number of its block fits into 32 bits."""


def partition_text(topic: str, partition: int) -> bytes:
    """How every place of a partition begins."""
    return f"{topic}/{partition}/".encode()


def offset_in(here: bytes, place: bytes | None) -> int | None:
    """The offset of a place of this partition, None of any other text."""
    if not place or not place.startswith(here):
        return None
    digits = place[len(here) :]
    return int(digits) if digits.isdigit() and len(digits) <= MAX_DIGITS else None
