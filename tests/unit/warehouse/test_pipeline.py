"""The archiver writes what it reads once, and one contract's trouble is no other's."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from assay import lake
from assay.contracts import Contract
from assay.lake import Span
from assay.streaming import Partition, Record
from assay.testkit import eventually
from assay.warehouse.archive import Archive
from assay.warehouse.pipeline import Archiver, Limits
from assay.warehouse.rows import RowLayout

MakeContract = Callable[..., Contract]

LIMITS = Limits(rows=3, age_s=0.05, retry_s=0.05, compact_commits=2)


class MemoryReader:
    """Partitions in memory, read from where it is told."""

    def __init__(self) -> None:
        self.log: dict[Partition, list[Record]] = defaultdict(list)
        self.hinted: dict[Partition, int] = {}
        self._next: dict[Partition, int] = {}
        self._written = asyncio.Event()

    def write(self, partition: Partition, records: int) -> None:
        start = len(self.log[partition])
        self.log[partition] += [_record(partition, offset) for offset in range(start, start + records)]
        self._written.set()

    async def chunk(self, *, max_records: int, wait_s: float) -> Mapping[Partition, list[Record]]:
        found = {p: self.log[p][at : at + max_records] for p, at in self._next.items() if self.log[p][at:]}
        if not found:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._written.wait()
        self._written.clear()
        self._next |= {partition: records[-1].offset + 1 for partition, records in found.items()}
        return found

    async def next_offset(self, partition: Partition) -> int:
        return self._next[partition]

    async def start(self, starts: Mapping[Partition, int | None]) -> None:
        self._next |= {partition: start or 0 for partition, start in starts.items()}

    async def hint(self, positions: Mapping[Partition, int]) -> None:
        self.hinted |= positions


def _record(partition: Partition, offset: int) -> Record:
    return Record(partition.topic, partition.partition, offset, 1, None, orjson.dumps({"flight": offset}))


@contextlib.asynccontextmanager
async def archiving(archiver: Archiver, reader: MemoryReader) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(archiver.run(reader))
        yield
        task.cancel()


@pytest.fixture
def home(tmp_path: Path) -> Archive:
    return Archive(str(tmp_path / "lake"))


@pytest.fixture
def flights(make_contract: MakeContract) -> Contract:
    return make_contract()


def at(contract: Contract, number: int = 0) -> Partition:
    return Partition(contract.topics.validated, number)


async def offsets(home: Archive, contract: Contract) -> list[int]:
    table = home.table(contract.id)
    if not await asyncio.to_thread(lambda: table.exists):
        return []
    snapshot = await asyncio.to_thread(table.snapshot)
    rows = await asyncio.to_thread(snapshot.dataset.to_table, ["_offset"])
    return sorted(rows["_offset"].to_pylist())


async def holds(home: Archive, contract: Contract, rows: int) -> bool:
    return await offsets(home, contract) == list(range(rows))


async def told(reader: MemoryReader, positions: Mapping[Partition, int]) -> bool:
    return reader.hinted == positions


async def test_records_are_written_once_and_the_group_is_told(home: Archive, flights: Contract) -> None:
    archiver, reader = Archiver(home, LIMITS), MemoryReader()
    archiver.seat(flights)
    reader.write(at(flights), 7)
    await archiver.assigned([at(flights)])
    async with archiving(archiver, reader):
        await eventually(lambda: holds(home, flights, 7))
        reader.write(at(flights), 1)
        await eventually(lambda: holds(home, flights, 8))
    assert reader.hinted == {at(flights): 8}


async def test_what_another_archiver_wrote_meanwhile_is_not_written_again(home: Archive, flights: Contract) -> None:
    archiver, reader = Archiver(home, LIMITS), MemoryReader()
    archiver.seat(flights)
    reader.write(at(flights), 2)
    await archiver.assigned([at(flights)])
    async with archiving(archiver, reader):
        await eventually(lambda: holds(home, flights, 2))
        rows = await asyncio.to_thread(RowLayout(flights).table, [_record(at(flights), offset) for offset in (2, 3)])
        place = lake.Partition(*at(flights))
        await asyncio.to_thread(home.table(flights.id).append, rows, {place: Span(2, 4)})
        reader.write(at(flights), 5)
        await eventually(lambda: holds(home, flights, 7))


async def test_a_partition_that_was_revoked_is_not_written(home: Archive, flights: Contract) -> None:
    archiver, reader = Archiver(home, LIMITS), MemoryReader()
    archiver.seat(flights)
    gone, kept = at(flights, 0), at(flights, 1)
    await archiver.assigned([gone, kept])
    await archiver.revoked([gone])
    reader.write(gone, 3)
    reader.write(kept, 3)
    async with archiving(archiver, reader):
        await eventually(lambda: holds(home, flights, 3))
    stored = await asyncio.to_thread(home.table(flights.id).positions, [lake.Partition(*gone), lake.Partition(*kept)])
    assert list(stored.values()) == [None, 3]


async def test_a_contract_that_cannot_be_archived_stops_alone_and_goes_on_once_it_can(
    home: Archive, flights: Contract, tmp_path: Path
) -> None:
    planes = replace(flights, id="planes", topics=replace(flights.topics, validated="planes.validated"))
    archiver, reader = Archiver(home, LIMITS), MemoryReader()
    for contract in (flights, planes):
        archiver.seat(contract)
        reader.write(at(contract), 4)
    in_the_way = tmp_path / "lake" / "planes"
    in_the_way.parent.mkdir()
    in_the_way.write_text("not a table")
    await archiver.assigned([at(planes), at(flights)])
    async with archiving(archiver, reader):
        await eventually(lambda: holds(home, flights, 4))
        in_the_way.unlink()
        await eventually(lambda: holds(home, planes, 4))
