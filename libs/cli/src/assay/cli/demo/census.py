"""What an independent reader finds in the topics of one contract, as sets of positions."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field

from assay.contracts import Topics
from assay.streaming import Record, headers
from assay.streaming.headers import source_of

__all__ = ["Census", "fingerprint", "fingerprint_of"]


@dataclass(slots=True)
class Census:
    """Takes every committed record of a contract's topics; positions are texts topic/partition/offset.

    Counting sets and not offsets: the markers of transactions leave holes between offsets.
    """

    topics: Topics
    raw: set[str] = field(default_factory=set)
    values: Counter[int] = field(default_factory=Counter)
    validated: Counter[str] = field(default_factory=Counter)
    dead: Counter[str] = field(default_factory=Counter)
    dead_letters: set[str] = field(default_factory=set)
    replays: dict[str, str] = field(default_factory=dict)
    settled: Counter[bytes] = field(default_factory=Counter)

    def take(self, record: Record) -> None:
        """Count one record; of an unknown topic, nothing."""
        at = str(source_of(record))
        if record.topic == self.topics.validated:
            self.validated[_source(record)] += 1
        elif record.topic == self.topics.dead_letters:
            self.dead[_source(record)] += 1
            self.dead_letters.add(at)
        elif record.topic == self.topics.raw_replay:
            self.raw.add(at)
            self.replays[at] = record.header(headers.DEAD_LETTER) or ""
        elif record.topic == self.topics.settled:
            self.settled[record.key or b""] += 1
        elif record.topic in self.topics.raw:
            self.raw.add(at)
            self.values[fingerprint(record.value)] += 1

    @property
    def source_rows(self) -> int:
        """Raw records that are no replays."""
        return len(self.raw) - len(self.replays)

    @property
    def repaired(self) -> set[str]:
        """Replays that were accepted, by position."""
        return self.replays.keys() & self.validated.keys()

    @property
    def unjudged(self) -> set[str]:
        """Raw records without a verdict."""
        return self.raw - self.validated.keys() - self.dead.keys()

    @property
    def twice(self) -> set[str]:
        """Raw records with more than one verdict."""
        repeated = {at for verdicts in (self.validated, self.dead) for at, times in verdicts.items() if times > 1}
        return repeated | (self.validated.keys() & self.dead.keys())

    @property
    def strangers(self) -> set[str]:
        """Verdicts about records that are not in raw."""
        return (self.validated.keys() | self.dead.keys()) - self.raw


def fingerprint(value: bytes | None) -> int:
    """Answer a number that equal JSON values share, whatever the order of their keys; for one process only."""
    return fingerprint_of(None if value is None else json.loads(value))


def fingerprint_of(record: object) -> int:
    """Answer the fingerprint of a value that is not JSON yet."""
    return hash(json.dumps(record, sort_keys=True, separators=(",", ":")))


def _source(record: Record) -> str:
    return record.header(headers.SOURCE) or f"no source at {source_of(record)}"
