"""Fetches dead letters from their topics: single ones, and those of a selection, the newest first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Sequence
from contextlib import aclosing, asynccontextmanager

from assay.contracts import Contract
from assay.recovery.errors import TopicsMissingError
from assay.recovery.history import Attempt, History
from assay.recovery.letter import DeadLetter, read
from assay.recovery.marks import Marks, SettledBlocks
from assay.recovery.selection import Selection
from assay.streaming import HeaderError, LogReader, Record, Source, TopicError
from assay.telemetry import get_logger

__all__ = ["Shelf"]

MAX_LOOKED_AT = 200_000
"""Dead letters that are looked at for one selection."""

MAX_BYTES = 64 * 1024 * 1024
"""Bytes of dead letters that are held for one selection."""

TURN_RECORDS = 100  # between two turns of the loop: to read the headers of one takes some 10 µs


class Shelf:
    """The dead letters of all contracts, read beside every group; what is sealed stays so."""

    def __init__(self, broker: str, settled: SettledBlocks) -> None:
        self._broker = broker
        self._settled = settled

    async def at(self, contract: Contract, places: Collection[Source]) -> dict[Source, Record]:
        """Return what stands at these places of a contract's dead letters, as it stands there."""
        async with self._reading(contract) as reader:
            return await reader.at(places)

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

    async def letters(self, contract: Contract, selection: Selection, limit: int) -> list[DeadLetter]:
        """Return dead letters of a selection that are not settled, as they stand there, the newest first.

        At most `limit`, and what of 200,000 that are looked at fits into 64 MiB.
        """
        found: list[DeadLetter] = []
        size = 0
        async with self._reading(contract) as reader, aclosing(self._open(reader, contract, selection)) as letters:
            async for letter in letters:
                size += len(letter.record.value or b"")
                if len(found) == limit or size > MAX_BYTES:
                    break
                found.append(letter)
        return found

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

    async def _open(self, reader: LogReader, contract: Contract, selection: Selection) -> AsyncGenerator[DeadLetter]:
        marks = Marks(self._settled, contract)
        async with aclosing(_records(reader, contract, selection)) as chunks:
            async for records in chunks:
                async for letter in _read(records[::-1]):
                    if selection.takes(letter) and not await marks.has(letter.record):
                        yield letter

    @asynccontextmanager
    async def _reading(self, contract: Contract) -> AsyncIterator[LogReader]:
        async with LogReader(self._broker) as reader:
            try:
                yield reader
            except TopicError as error:
                raise TopicsMissingError(contract.id, str(error)) from error


async def _records(reader: LogReader, contract: Contract, selection: Selection) -> AsyncGenerator[Sequence[Record]]:
    """Yield chunks that hold what is selected: those places, or the topic from its end backwards."""
    if selection.places:
        found = await reader.at([Source.parse(place) for place in selection.places])
        yield [found[place] for place in sorted(found)]
        return
    looked_at = 0
    chunks = reader.back(contract.topics.dead_letters, since_ms=selection.since_ms or None)
    async with aclosing(chunks):
        async for records in chunks:
            yield records
            looked_at += len(records)
            if looked_at >= MAX_LOOKED_AT:
                return


async def _read(records: Sequence[Record]) -> AsyncGenerator[DeadLetter]:
    """Read dead letters, none opened; one that validation did not write is passed over."""
    for number, record in enumerate(records, 1):
        if number % TURN_RECORDS == 0:
            await asyncio.sleep(0)
        try:
            yield read(record, None)
        except HeaderError as error:
            get_logger().debug("dead_letter.unreadable", error=str(error))
