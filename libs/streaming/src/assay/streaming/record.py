"""A record as it stands on a topic, and one that is about to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["Headers", "Outgoing", "Partition", "Record"]

Headers = tuple[tuple[str, bytes | None], ...]
"""Names with values; Kafka has null values too, and producers write them."""


class Partition(NamedTuple):
    """One partition of a topic."""

    topic: str
    partition: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}"


@dataclass(frozen=True, slots=True)
class Record:
    """A record that was read.

    `timestamp_ms` is its arrival at the door (Unix time), never its event time.
    """

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()

    def header(self, name: str) -> str | None:
        """Return the text of the last header of that name, None where there is none or it is null."""
        for key, value in reversed(self.headers):
            if key == name:
                return None if value is None else value.decode(errors="replace")
        return None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to be written; without a partition its key decides (murmur2, as Java's clients do)."""

    topic: str
    partition: int | None
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    timestamp_ms: int | None = None
