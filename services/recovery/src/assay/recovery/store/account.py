"""What is counted of one failure; two accounts of the same failure add up, in whatever order. Pure."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from assay.recovery.identity import Identity

__all__ = ["HOUR_MS", "MAX_HOURS", "MAX_SAMPLES", "Account", "Sample"]

HOUR_MS = 3_600_000
MAX_HOURS = 24 * 31
"""Hours that are told apart; of more, the newest are kept."""

MAX_SAMPLES = 10


class Sample(NamedTuple):
    """One dead letter of a failure: where it stands, and nothing of what the producer wrote. They sort by arrival."""

    arrived_ms: int
    partition: int
    offset: int
    topic: str
    trace_id: str = ""
    is_sealed: bool = False
    declared_version: str = ""

    @property
    def place(self) -> str:
        """`topic/partition/offset`."""
        return f"{self.topic}/{self.partition}/{self.offset}"


@dataclass(slots=True)
class Account:
    """Counts of one failure. Its newest sample is the first one, and `violations` are that one's."""

    identity: Identity | None = None
    counts: Counter[str] = field(default_factory=Counter)
    first_seen_ms: int | None = None
    last_seen_ms: int | None = None
    newest_ms: int | None = None
    hours: Mapping[int, int] = field(default_factory=dict)
    samples: Sequence[Sample] = ()
    violations: bytes = b""

    def add(self, other: Account) -> None:
        """Take another account of the same failure in."""
        self.identity = self.identity or other.identity
        self.counts.update(other.counts)
        self.first_seen_ms = min(_there(self.first_seen_ms, other.first_seen_ms), default=None)
        self.last_seen_ms = max(_there(self.last_seen_ms, other.last_seen_ms), default=None)
        self.newest_ms = max(_there(self.newest_ms, other.newest_ms), default=None)
        if other.samples:
            self._add_letters(other)

    def _add_letters(self, other: Account) -> None:
        if not self.samples or other.samples[0] > self.samples[0]:
            self.violations = other.violations
        self.samples = heapq.nlargest(MAX_SAMPLES, (*self.samples, *other.samples))
        hours = Counter(self.hours)
        hours.update(other.hours)
        self.hours = newest_hours(hours)


def newest_hours(hours: Mapping[int, int]) -> Mapping[int, int]:
    """Return the counts of the newest hours, as many as are kept."""
    if len(hours) <= MAX_HOURS:
        return hours
    return {hour: hours[hour] for hour in heapq.nlargest(MAX_HOURS, hours)}


def _there(*found: int | None) -> list[int]:
    return [each for each in found if each is not None]
