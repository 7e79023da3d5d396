"""A record as it stands on a topic, and one that is about to."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Headers", "Outgoing", "Partition", "Record", "UnreadableHeaders"]

Headers = tuple[tuple[str, bytes | None], ...]
"""Names with values; Kafka has null values too, and producers write them."""


class UnreadableHeaders(tuple[tuple[str, bytes | None], ...]):
    """Headers of which a name is not UTF-8; each wrong byte of a name stands as a lone surrogate (PEP 383)."""

    __slots__ = ()


class Partition(NamedTuple):
    """One partition of a topic."""

    topic: str
    partition: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}"


class Record(NamedTuple):
    """A record that was read; a tuple, because a million of them are made in ten seconds.

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


class Outgoing(NamedTuple):
    """A record to be written; without a partition its key decides (murmur2, as Java's clients do)."""

    topic: str
    partition: int | None
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    timestamp_ms: int | None = None
