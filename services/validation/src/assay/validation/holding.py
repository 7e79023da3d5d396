"""Which records of a partition wait behind an earlier one of their key that failed. Pure.

A raw record is known by its place, its offset in the partition of the raw topic, through all its dead letters and replays;
of them one at a time is open. What is said here of a key holds for what stands for it: the bytes of `digest_of`.
"""

from __future__ import annotations

import heapq
import hmac
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from assay.contracts.model import Ordered
from assay.streaming.keys import Keys

__all__ = ["Holding", "Letter", "News", "digest_of"]

DIGEST_BYTES = 16


def digest_of(key: bytes, topic: str, keys: Keys) -> bytes:
    """Return what stands for a key on the dead letters of a topic; only a holder of the sealing key can make it."""
    newest = keys.newest
    made = hmac.digest(newest.secret, topic.encode() + b"\0" + key, "sha256")
    return f"{newest.id}/{made[:DIGEST_BYTES].hex()}".encode()


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter of an ordered contract; `until_ms` is how long those behind it wait, `is_held` that it only waits."""

    offset: int
    key: bytes
    place: int
    until_ms: int
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class News:
    """What was read on of one partition: dead letters, settlements, replays, each in order.

    `judged` is where validation stood on raw.replay before the rest was read: what it wrote up to there is in `letters`.
    A settlement is the offset of the letter and whether it was replayed, a replay the letter's offset and its own.
    """

    letters: Sequence[Letter] = ()
    settlements: Sequence[tuple[int, bool]] = ()
    replays: Sequence[tuple[int, int]] = ()
    judged: int = 0


@dataclass(slots=True)
class _Open:
    until_ms: int
    is_held: bool
    letter: int | None = None
    replay: int | None = None


@dataclass(slots=True)
class _Line:
    """The open records of one key; `latest_ms` is exact unless it is stale, and never too early."""

    records: dict[int, _Open] = field(default_factory=dict)
    places: list[int] = field(default_factory=list)
    latest_ms: int = 0
    last: int = -1
    is_stale: bool = False

    def add(self, place: int, record: _Open) -> None:
        if place not in self.records:
            heapq.heappush(self.places, place)
        self.records[place] = record
        self.latest_ms, self.last = max(self.latest_ms, record.until_ms), max(self.last, place)

    def take(self, place: int) -> _Open:
        record = self.records.pop(place)
        self.is_stale = self.is_stale or record.until_ms == self.latest_ms
        while self.places and self.places[0] not in self.records:
            heapq.heappop(self.places)
        return record

    def until_ms(self, place: int) -> int:
        """How long one at this place waits for those before it."""
        if not self.places or place <= self.places[0]:
            return 0
        if self.is_stale:
            self.latest_ms, self.is_stale = max(one.until_ms for one in self.records.values()), False
        if place > self.last:
            return self.latest_ms
        return max(one.until_ms for at, one in self.records.items() if at < place)


class Holding:
    """The keys of one partition that have a record which failed and is not back yet.

    It remembers no more than the contract says; beyond that a record neither waits nor is waited for.
    """

    def __init__(self, ordered: Ordered) -> None:
        self._timeout_ms = ordered.timeout_s * 1000
        self._max = ordered.max_held
        self._lines: defaultdict[bytes, _Line] = defaultdict(_Line)
        self._letters: dict[int, tuple[bytes, int]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __contains__(self, key: bytes) -> bool:
        return key in self._lines

    def has_room(self, at_ms: int) -> bool:
        """Whether one more can be remembered; what nobody waits for any more at `at_ms` is forgotten first."""
        if self._count >= self._max:
            self.expire(at_ms)
        return self._count < self._max

    def waits_until(self, key: bytes, place: int, at_ms: int) -> int | None:
        """Return how long a record waits that came at `at_ms`, None where it may go on."""
        line = self._lines.get(key)
        until_ms = line.until_ms(place) if line else 0
        return until_ms if until_ms > at_ms else None

    def returns(self, key: bytes, place: int) -> None:
        """A replay is judged: it is the record that failed, whatever comes of it."""
        if key in self._lines and place in self._lines[key].records:
            self._remove(key, place)

    def is_settling(self, key: bytes) -> bool:
        """Whether all that is open of a key only waits, or is on its way back: it will be clear soon."""
        line = self._lines.get(key)
        return line is not None and all(one.is_held or one.replay is not None for one in line.records.values())

    def fails(self, key: bytes, place: int, arrived_ms: int) -> None:
        """A record fails that first came at `arrived_ms`: later ones of its key wait."""
        self._open(key, place, _Open(arrived_ms + self._timeout_ms, is_held=False))

    def holds(self, key: bytes, place: int, until_ms: int) -> None:
        """A record is held back: later ones of its key wait for it too."""
        self._open(key, place, _Open(until_ms, is_held=True))

    def expire(self, at_ms: int) -> None:
        """Forget what a record that comes at `at_ms`, or later, does not wait for."""
        over = [
            (key, place)
            for key, line in self._lines.items()
            for place, one in line.records.items()
            if one.until_ms <= at_ms
        ]
        for key, place in over:
            self._remove(key, place)

    def learn(self, news: News) -> None:
        """Take in what was read on: what is settled without a replay, or with one that was judged, is waited for no more."""
        over = {offset for offset, is_replayed in news.settlements if not is_replayed}
        over |= {offset for offset, replay in news.replays if replay < news.judged}
        for letter in {(letter.key, letter.place): letter for letter in news.letters}.values():
            if letter.offset in over:  # what is over takes no room of what is open
                self.returns(letter.key, letter.place)
            else:
                self._found(letter)
        for offset, is_replayed in news.settlements:
            if not is_replayed and offset in self._letters:
                self._remove(*self._letters[offset])
        for offset, replay in news.replays:
            if offset in self._letters:
                key, place = self._letters[offset]
                self._lines[key].records[place].replay = replay
        for key, place in [*self._back(news.judged)]:
            self._remove(key, place)

    def _back(self, judged: int) -> Iterator[tuple[bytes, int]]:
        """Give the records whose replay was judged and is no dead letter again, else their newest one had no replay yet."""
        for key, place in self._letters.values():
            replay = self._lines[key].records[place].replay
            if replay is not None and replay < judged:
                yield key, place

    def _found(self, letter: Letter) -> None:
        """Note where a dead letter stands: the newest of its record."""
        line = self._lines.get(letter.key)
        known = line.records.get(letter.place) if line else None
        if known is None and self._count >= self._max:
            return
        if known is not None and known.letter is not None:
            del self._letters[known.letter]
        self._open(letter.key, letter.place, _Open(letter.until_ms, letter.is_held, letter.offset))
        self._letters[letter.offset] = (letter.key, letter.place)

    def _open(self, key: bytes, place: int, record: _Open) -> None:
        self.returns(key, place)
        self._lines[key].add(place, record)
        self._count += 1

    def _remove(self, key: bytes, place: int) -> None:
        line = self._lines[key]
        record = line.take(place)
        if record.letter is not None:
            self._letters.pop(record.letter, None)
        if not line.records:
            del self._lines[key]
        self._count -= 1
