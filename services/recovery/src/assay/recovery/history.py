"""Every time that a record failed, and what was done about it: dead letter, settlement, replay, dead letter again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass

from google.protobuf.message import DecodeError

from assay.api.recovery.v1.recovery_pb2 import Settlement
from assay.contracts import Contract
from assay.recovery.letter import DeadLetter, found
from assay.recovery.marks import Marks
from assay.streaming import HeaderError, LogReader, Partition, Record, Source, headers

__all__ = ["Attempt", "History"]

MAX_ATTEMPTS = 50
MAX_LOOKED_AT = 1_000_000
"""Records that are looked at for one link of the chain."""

SKEW_MS = 3_600_000
"""A dead letter has the time of its producer's clock; Kafka takes one that is an hour ahead."""

UNFOUND = Settlement()
"""Stands for one that is known to be there, and was not found in the time there was: it has no time of its own."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One time that a record failed, and its settlement; none while it is open."""

    letter: DeadLetter
    settlement: Settlement | None


class History:
    """Follows the links of one record through the topics of its contract."""

    def __init__(self, reader: LogReader, marks: Marks, contract: Contract) -> None:
        self._reader = reader
        self._marks = marks
        self._topics = contract.topics

    async def of(self, letter: DeadLetter) -> list[Attempt]:
        """Return every time that this record failed, the first one first; what the topics no longer have is left out."""
        letters = [letter]
        while len(letters) < MAX_ATTEMPTS and (earlier := await self._before(letters[0])):
            letters.insert(0, earlier)
        attempts = [Attempt(each, await self.settlement(each)) for each in letters]
        while len(attempts) < MAX_ATTEMPTS and (later := await self._after(attempts[-1])):
            attempts.append(Attempt(later, await self.settlement(later)))
        return attempts

    async def settlement(self, letter: DeadLetter) -> Settlement | None:
        """Return what became of a dead letter: None while it is open, `UNFOUND` where it is too far to be found."""
        since = await self._marks.since(letter.record)
        partition = Partition(self._topics.settled, letter.record.partition)
        key = letter.place.encode()
        since_ms = letter.record.timestamp_ms - SKEW_MS if since is None else None
        found = await self._find(partition, lambda record: record.key == key, since_ms, since)
        if found is None:
            return UNFOUND if since is None else None
        try:
            return Settlement.FromString(found.value or b"")
        except DecodeError:
            return UNFOUND

    async def _before(self, letter: DeadLetter) -> DeadLetter | None:
        """Return the dead letter that this one is a replay of."""
        link = letter.record.header(headers.DEAD_LETTER)
        if not letter.attempt or not link:
            return None
        try:
            place = Source.parse(link)
        except HeaderError:
            return None
        if place.topic != self._topics.dead_letters or place.offset >= letter.record.offset:
            return None
        return _read((await self._reader.at([place])).get(place))

    async def _after(self, attempt: Attempt) -> DeadLetter | None:
        """Return the dead letter that the replay of this one has become."""
        settled, record = attempt.settlement, attempt.letter.record
        if settled is None or not settled.settled_ms:
            return None
        since_ms, here = settled.settled_ms, attempt.letter.place
        replay = await self._find(
            Partition(self._topics.raw_replay, record.partition),
            lambda each: each.header(headers.DEAD_LETTER) == here,
            since_ms,
        )
        if replay is None:
            return None
        source = str(headers.source_of(replay))
        return _read(
            await self._find(
                Partition(self._topics.dead_letters, record.partition),
                lambda each: each.header(headers.SOURCE) == source,
                since_ms,
                record.offset + 1,
            )
        )

    async def _find(
        self,
        partition: Partition,
        is_it: Callable[[Record], bool],
        since_ms: int | None,
        since_offset: int | None = None,
    ) -> Record | None:
        looked_at = 0
        chunks = self._reader.forward(partition, since_ms=since_ms, since_offset=since_offset)
        async with aclosing(chunks):
            async for records in chunks:
                if found := next(filter(is_it, records), None):
                    return found
                looked_at += len(records)
                if looked_at >= MAX_LOOKED_AT:
                    break
        return None


def _read(record: Record | None) -> DeadLetter | None:
    return None if record is None else found(record)
