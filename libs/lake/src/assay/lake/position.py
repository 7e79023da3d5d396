"""Where a table stands in the stream that feeds it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Partition", "Span"]


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition of one life of a topic; a topic that is deleted and made again has a new incarnation."""

    topic: str
    number: int
    incarnation: str = ""

    @property
    def app_id(self) -> str:
        """The name under which Delta keeps the position."""
        return f"assay/{self.topic}/{self.incarnation}/{self.number}"

    def __str__(self) -> str:
        return f"{self.topic}/{self.number}"


@dataclass(frozen=True, slots=True)
class Span:
    """The offsets that a batch covers: from `start` to the one before `next`, holes included."""

    start: int
    next: int
