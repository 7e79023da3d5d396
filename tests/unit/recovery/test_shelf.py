"""What a selection fetches is bounded, and says so where it is not all."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence

import pytest

from assay.recovery import shelf
from assay.recovery.marks import Marks
from assay.recovery.selection import Selection
from assay.recovery.shelf import Fetched
from assay.streaming import Record, Source, headers
from tests.unit.recovery.dead import contract_of, letters_of

CONTRACT = contract_of({"name": "amount", "logicalType": "integer"})
RECORDS = [each.record for each in letters_of(CONTRACT, [{"amount": "many"}] * 50)]
ALL = Selection(CONTRACT.id)


class Nothing:
    """No dead letter is settled."""

    async def read(self, topic: str, partition: int) -> tuple[int | None, Mapping[int, bytes]]:
        return None, {}


class Log:
    """Reads a topic, and notes how many places it was asked for together."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    async def at(self, places: Collection[Source]) -> dict[Source, Record]:
        self.asked.append(len(places))
        found = {headers.source_of(record): record for record in RECORDS}
        return {place: found[place] for place in places if place in found}

    async def back(self, topic: str, *, since_ms: int | None = None) -> AsyncGenerator[Sequence[Record]]:
        for start in range(40, -1, -10):
            yield RECORDS[start : start + 10]


async def fetched(selection: Selection = ALL, limit: int = 100) -> Fetched:
    log = Log()
    chunks = shelf._records(log, CONTRACT, selection)  # type: ignore[arg-type]  # it reads as a LogReader does
    return await shelf._fetched(chunks, selection, Marks(Nothing(), CONTRACT), limit)


def offsets(found: Fetched) -> list[int]:
    return [each.record.offset for each in found.letters]


async def test_a_selection_that_is_fetched_whole_says_nothing_of_an_end() -> None:
    found = await fetched(limit=50)
    assert (offsets(found), found.stopped_at) == ([*range(49, -1, -1)], "")


async def test_the_newest_are_fetched_up_to_the_limit_and_that_is_said() -> None:
    found = await fetched(limit=7)
    assert (offsets(found), found.stopped_at) == ([*range(49, 42, -1)], "7 dead letters")


async def test_headers_are_held_too() -> None:
    large = RECORDS[0]._replace(headers=(*RECORDS[0].headers, ("note", bytes(shelf.MAX_BYTES))))

    async def chunks() -> AsyncGenerator[Sequence[Record]]:
        yield [large]

    found = await shelf._fetched(chunks(), ALL, Marks(Nothing(), CONTRACT), 10)
    assert (found.letters, found.stopped_at) == ([], "64 MiB of dead letters")


@pytest.mark.parametrize("name", ["MAX_BYTES", "MAX_LOOKED_AT"])
async def test_where_memory_or_patience_ends_that_is_said(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(shelf, name, 20)
    found = await fetched()
    assert len(found.letters) < 50
    assert found.stopped_at


async def test_single_places_are_held_a_few_at_a_time_the_last_ones_first() -> None:
    log, places = Log(), [Source(CONTRACT.topics.dead_letters, 0, offset) for offset in range(45)]
    found = [records async for records in shelf._standing(log, places)]  # type: ignore[arg-type]  # as above
    assert log.asked == [20, 20, 5]
    assert [records[-1].offset for records in found] == [44, 24, 4]
