"""Fetches dead letters from their topics: single ones, and those of a selection, the newest first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

from assay.contracts import Contract
from assay.recovery.errors import TopicsMissingError
from assay.recovery.history import Attempt, History
from assay.recovery.letter import DeadLetter, found
from assay.recovery.marks import Marks, SettledBlocks
from assay.recovery.selection import Selection
from assay.streaming import LogReader, Record, Source, TopicError, headers

__all__ = ["Fetched", "Shelf"]

MAX_LOOKED_AT = 200_000
"""Dead letters that are looked at for one selection."""

MAX_BYTES = 64 * 1024 * 1024
"""Bytes of dead letters that are held for one selection."""

PLACES_AT_ONCE = 20
"""Single dead letters that are held together: each may have some megabytes."""

TURN_RECORDS = 100  # between two turns of the loop: to read the headers of one takes some 10 µs


@dataclass(frozen=True, slots=True)
class Fetched:
    """Dead letters of a selection; `stopped_at` says what ended the search before it had all of them, if anything did."""

    letters: Sequence[DeadLetter]
    stopped_at: str = ""


class Shelf:
    """The dead letters of all contracts, read beside every group; what is sealed stays so."""

    def __init__(self, broker: str, settled: SettledBlocks) -> None:
        self._broker = broker
        self._settled = settled

    async def at(self, contract: Contract, places: Collection[Source]) -> dict[Source, Record]:
        """Return what stands at these places of a contract's dead letters, as it stands there."""
        async with self._reading(contract) as reader:
            return await reader.at(places)

    async def missing(self, contract: Contract, places: Collection[Source]) -> Source | None:
        """Return one of these places at which no dead letter of the contract stands; None where at each does one."""
        left = set(places)
        async with self._reading(contract) as reader, aclosing(_standing(reader, places)) as found:
            async for records in found:
                left -= {headers.source_of(record) for record in records if record.header(headers.REASON)}
        return min(left, default=None)

    async def is_settled(self, contract: Contract, record: Record) -> bool:
        """Whether the index knows a dead letter to be settled."""
        return await Marks(self._settled, contract).has(record)

    async def history(self, contract: Contract, letter: DeadLetter) -> list[Attempt]:
        """Return every time that this record failed, the first one first."""
        async with self._reading(contract) as reader:
            return await History(reader, Marks(self._settled, contract), contract).of(letter)

    async def ends(self, contract: Contract) -> dict[int, int]:
        """Return where each partition of a contract's dead letters ends."""
        async with self._reading(contract) as reader:
            return await reader.ends(contract.topics.dead_letters)

    async def letters(self, contract: Contract, selection: Selection, limit: int) -> Fetched:
        """Return dead letters of a selection that are not settled, as they stand there, the newest first.

        At most `limit`, and what of 200,000 that are looked at fits into 64 MiB.
        """
        marks = Marks(self._settled, contract)
        async with self._reading(contract) as reader, aclosing(_records(reader, contract, selection)) as chunks:
            return await _fetched(chunks, selection, marks, limit)

    async def follow(self, contract: Contract, selection: Selection) -> AsyncGenerator[tuple[DeadLetter | None, int]]:
        """Yield the dead letters of a selection as they come, not opened, and how many offsets were passed over before.

        The first has no letter: from then on none is missed but what the caller is too slow for.
        """
        missed = 0
        async with self._reading(contract) as reader, aclosing(reader.follow(contract.topics.dead_letters)) as chunks:
            await anext(chunks)
            yield None, 0
            async for records, passed_over in chunks:
                async for letter in _read(records):
                    if selection.takes(letter):
                        yield letter, missed
                        missed = 0
                missed += passed_over

    @asynccontextmanager
    async def _reading(self, contract: Contract) -> AsyncIterator[LogReader]:
        async with LogReader(self._broker) as reader:
            try:
                yield reader
            except TopicError as error:
                raise TopicsMissingError(contract.id, str(error)) from error


async def _fetched(chunks: AsyncGenerator[Sequence[Record]], selection: Selection, marks: Marks, limit: int) -> Fetched:
    found: list[DeadLetter] = []
    size = looked_at = 0
    async for records in chunks:
        if looked_at >= MAX_LOOKED_AT:
            return Fetched(found, f"the newest {MAX_LOOKED_AT:,} dead letters of the contract")
        looked_at += len(records)
        async with aclosing(_read(records[::-1])) as letters:
            async for letter in letters:
                if not selection.takes(letter) or await marks.has(letter.record):
                    continue
                size += _size(letter.record)
                if len(found) == limit:
                    return Fetched(found, f"{limit:,} dead letters")
                if size > MAX_BYTES:
                    return Fetched(found, f"{MAX_BYTES // 1024**2} MiB of dead letters")
                found.append(letter)
    return Fetched(found)


async def _records(reader: LogReader, contract: Contract, selection: Selection) -> AsyncGenerator[Sequence[Record]]:
    """Yield chunks that hold what is selected: those places, the last ones first, or the topic from its end backwards."""
    if selection.places:
        async for found in _standing(reader, [Source.parse(place) for place in selection.places]):
            yield found
        return
    async with aclosing(reader.back(contract.topics.dead_letters, since_ms=selection.since_ms or None)) as chunks:
        async for records in chunks:
            yield records


async def _standing(reader: LogReader, places: Collection[Source]) -> AsyncGenerator[list[Record]]:
    """Yield what stands at these places, the last ones first, a few at a time."""
    wanted = sorted(places, reverse=True)
    for start in range(0, len(wanted), PLACES_AT_ONCE):
        found = await reader.at(wanted[start : start + PLACES_AT_ONCE])
        yield [found[place] for place in sorted(found)]


async def _read(records: Sequence[Record]) -> AsyncGenerator[DeadLetter]:
    """Read dead letters, none opened; one that validation did not write is passed over."""
    for number, record in enumerate(records, 1):
        if number % TURN_RECORDS == 0:
            await asyncio.sleep(0)
        if letter := found(record):
            yield letter


def _size(record: Record) -> int:
    """How many bytes a record holds; what is in its headers is the producer's as well."""
    named = sum(len(name) + len(value or b"") for name, value in record.headers)
    return len(record.key or b"") + len(record.value or b"") + named
