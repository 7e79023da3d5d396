"""What dead letters, settlements and replays say of the keys that wait in a partition, and the reading of them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Protocol, Self

from google.protobuf.message import DecodeError

from assay.api.recovery.v1.recovery_pb2 import OUTCOME_REPLAYED, OUTCOME_UNSPECIFIED, Settlement
from assay.contracts import Contract, Reason
from assay.streaming import HeaderError, Partition, Record, Source, headers
from assay.streaming.following import Following
from assay.validation.holding import Letter, News

__all__ = ["Bulletin", "Follows", "place_of"]

MARGIN_MS = 60_000
"""Clocks of those who write may differ by so much."""
MAX_DIGITS = 18


@dataclass(slots=True)
class _Collected:
    letters: list[Letter] = field(default_factory=list)
    settlements: list[tuple[int, bool]] = field(default_factory=list)
    replays: list[tuple[int, int]] = field(default_factory=list)


class Follows(Protocol):
    """Reads settlements, replays and dead letters on, in this order, as `assay.streaming.following.Following` does.

    Each is read before what led to it: of a replay whose dead letter was not read yet nobody would know later, and its
    record would be waited for until the time-out.
    """

    @property
    def committed(self) -> int: ...

    def on(self) -> AsyncGenerator[list[Record]]: ...


class Bulletin:
    """Reads on what an ordered contract has of one partition number."""

    def __init__(self, contract: Contract, following: Follows) -> None:
        assert contract.ordered is not None
        self._contract = contract
        self._timeout_ms = contract.ordered.timeout_s * 1000
        self._following = following
        self._found = _Collected()

    @classmethod
    def of(cls, broker: str, group: str, contract: Contract, number: int, since_ms: int) -> Self:
        """Return one that begins with all that a record may wait for which arrives at `since_ms`, or later."""
        assert contract.ordered is not None
        topics = contract.topics
        settled, replays, letters = (
            Partition(topic, number) for topic in (topics.settled, topics.raw_replay, topics.dead_letters)
        )
        begin_ms = since_ms - contract.ordered.timeout_s * 1000 - MARGIN_MS
        return cls(contract, Following(broker, group, (settled, replays, letters), begin_ms, read=replays))

    async def read(self) -> News:
        """Return what came since the last reading; it may wait for transactions that are open now.

        Raises:
            BrokerError: the broker does not give it; what it gave until then comes with the next reading.
        """
        async with aclosing(self._following.on()) as chunks:
            async for records in chunks:
                for record in records:
                    self._collect(record, self._found)
        found, self._found = self._found, _Collected()
        return News(found.letters, found.settlements, found.replays, self._following.committed)

    def _collect(self, record: Record, found: _Collected) -> None:
        topics = self._contract.topics
        if record.topic == topics.dead_letters:
            if letter := _letter(record, topics.raw_replay, self._timeout_ms):
                found.letters.append(letter)
        elif record.topic == topics.settled:
            if settlement := _settlement(record):
                found.settlements.append(settlement)
        elif (offset := _offset((record.header(headers.DEAD_LETTER) or "").encode())) is not None:
            found.replays.append((offset, record.offset))


def place_of(record: Record, raw_replay: str) -> int:
    """Return where a raw record first stood in its partition: of a replay its header says it."""
    text = record.header(headers.RAW_OFFSET) if record.topic == raw_replay else None
    return int(text) if text and text.isdecimal() and len(text) <= MAX_DIGITS else record.offset


def _letter(record: Record, raw_replay: str, timeout_ms: int) -> Letter | None:
    """Read a dead letter that others wait for; a repeat is none: the first of its event counts."""
    key, reason = record.header(headers.KEY_HASH), record.header(headers.REASON)
    if key is None or reason == Reason.DUPLICATE:
        return None
    try:
        source = Source.parse(record.header(headers.SOURCE) or "")
        until_ms = headers.arrived_of(record) + timeout_ms
    except HeaderError:  # written by nobody of ours
        return None
    if reason == Reason.HELD and (text := record.header(headers.HELD_UNTIL)) and text.isdecimal():
        until_ms = int(text)
    raw = record._replace(topic=source.topic, offset=source.offset)
    return Letter(record.offset, key.encode(), place_of(raw, raw_replay), until_ms, reason == Reason.HELD)


def _settlement(record: Record) -> tuple[int, bool] | None:
    offset = _offset(record.key)
    try:
        outcome = Settlement.FromString(record.value or b"").outcome
    except DecodeError:
        return None
    return None if offset is None else (offset, outcome in (OUTCOME_UNSPECIFIED, OUTCOME_REPLAYED))


def _offset(place: bytes | None) -> int | None:
    """Return the offset in a `topic/partition/offset`."""
    text = (place or b"").rpartition(b"/")[2]
    return int(text) if text.isdigit() and len(text) <= MAX_DIGITS else None
