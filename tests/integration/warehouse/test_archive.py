"""Every validated record is in the lake exactly once, whatever happens to the archivers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from assay.contracts import Contract
from assay.lake import Partition, Span
from assay.streaming import Outgoing, Publisher, scan
from assay.testkit import Broker, Service, eventually, running
from assay.testkit.builders import contract_text
from assay.testkit.outcome import in_force
from assay.warehouse.archive import Archive
from assay.warehouse.rows import RowLayout

RECORDS = int(os.environ.get("ASSAY_TEST_RECORDS", "6000"))
SIZE = f"{RECORDS:,} records"
KILLS = 5
FLUSH = 200
SESSION_S = 6
DIED = 137


@dataclass(frozen=True)
class Stage:
    broker: Broker
    registry: Service
    contract: Contract
    data: Path

    @property
    def archive(self) -> Archive:
        return Archive(str(self.data / "lake"))

    def archiver(self, name: str, **settings: str) -> contextlib.AbstractAsyncContextManager[Service]:
        usual = {
            "broker": self.broker.bootstrap,
            "registry": self.registry.address,
            "lake": str(self.data / "lake"),
            "warehouse": str(self.data / "warehouse.duckdb"),
            "group": f"archive-{self.contract.id}",
            "flush_rows": str(FLUSH),
            "flush_s": "0.2",
            "compact_commits": "20",
            "session_s": str(SESSION_S),
        }
        return running("warehouse", data=self.data / name, **(usual | settings))

    async def reached(self, rows: int) -> None:
        async def ask() -> bool:
            return await self.rows() >= rows

        await eventually(ask, within_s=60)

    async def rows(self) -> int:
        return (await asyncio.to_thread(self.archive.extent, self.contract))[1]

    async def archived(self) -> list[str]:
        """The places on the topic of every row in the lake, once all are there."""
        await self.reached(RECORDS)
        snapshot = await asyncio.to_thread(self.archive.snapshot, self.contract.id)
        rows = await asyncio.to_thread(snapshot.dataset.to_table, ["_partition", "_offset", "id"])
        return sorted(f"{row['_partition']}/{row['_offset']}/{row['id']}" for row in rows.to_pylist())

    async def written(self) -> list[str]:
        """The same of every record on the topic."""
        return sorted(
            [
                f"{record.partition}/{record.offset}/{json.loads(record.value or b'')['id']}"
                async for records in scan(self.broker.bootstrap, [self.contract.topics.validated])
                for record in records
            ]
        )


@contextlib.asynccontextmanager
async def stage(broker: Broker, contract_id: str, data: Path, records: int = RECORDS) -> AsyncIterator[Stage]:
    """A registry with one contract in force, and numbered records on its validated topic."""
    async with running("registry", data=data, store=f"sqlite:///{data / 'registry.db'}") as registry:
        contract = await in_force(registry.address, broker.bootstrap, contract_text(contract_id))
        here = Stage(broker, registry, contract, data)
        await write(here, range(records))
        yield here


async def write(here: Stage, numbers: range, **more: object) -> None:
    topic = here.contract.topics.validated
    async with Publisher(here.broker.bootstrap) as publisher:
        for start in range(numbers.start, numbers.stop, 1_000):
            some = range(start, min(start + 1_000, numbers.stop))
            values = [json.dumps({"id": str(number), "amount": number, **more}).encode() for number in some]
            await publisher.publish(
                [Outgoing(topic, None, str(n % 97).encode(), v) for n, v in zip(some, values, strict=True)]
            )


async def test_killed_archivers_lose_and_double_nothing(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with stage(durable_broker, unique("killed"), tmp_path) as here:
        for kill in range(KILLS):
            async with here.archiver(f"archiver-{kill}", member="archiver") as archiver:
                await here.reached((kill + 1) * RECORDS // (KILLS + 3))
                await archiver.kill()
        async with here.archiver("last", member="archiver"):
            assert await here.archived() == await here.written()


@pytest.mark.parametrize("point", ["warehouse.before_commit", "warehouse.after_commit"])
async def test_an_archiver_that_dies_around_a_commit_loses_and_doubles_nothing(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path, point: str
) -> None:
    async with stage(durable_broker, unique("between"), tmp_path) as here:
        async with here.archiver("dying", failpoints=f"{point}:3", member="archiver") as archiver:
            assert await archiver.ended() == DIED
        async with here.archiver("successor", member="archiver"):
            assert await here.archived() == await here.written()


async def test_an_archiver_that_wakes_after_the_takeover_writes_nothing(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    """Frozen with a batch in hand past its session, woken when the successor has written all."""
    frozen = "warehouse.before_commit:3=freeze"
    async with (
        stage(durable_broker, unique("zombie"), tmp_path) as here,
        here.archiver("zombie", failpoints=frozen) as zombie,
    ):
        await zombie.freezes()
        async with here.archiver("successor"):
            await here.archived()
            zombie.resume()
            await zombie.says("batch.refused")
            assert await here.archived() == await here.written()


async def test_a_joining_archiver_takes_partitions_without_loss_or_repeat(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with stage(durable_broker, unique("joining"), tmp_path) as here, here.archiver("first"):
        await here.reached(RECORDS // 10)
        async with here.archiver("second"):
            await here.reached(RECORDS // 2)
        assert await here.archived() == await here.written()


async def test_a_position_outside_the_log_stops_its_partition_alone(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with stage(broker, unique("lost"), tmp_path, records=300) as here:
        table, layout = here.archive.table(here.contract.id), RowLayout(here.contract)
        await asyncio.to_thread(table.ensure, layout.schema)
        beyond = Partition(here.contract.topics.validated, 0)
        await asyncio.to_thread(table.append, layout.table([]), {beyond: Span(0, 9_999)})
        elsewhere = len([place for place in await here.written() if not place.startswith("0/")])
        async with here.archiver("archiver") as archiver:
            await here.reached(elsewhere)
            await archiver.says("position.lost")
            assert (await asyncio.to_thread(table.positions, [beyond])) == {beyond: 9_999}
            assert await here.rows() == elsewhere


async def test_a_newer_contract_adds_its_column_while_records_flow(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with stage(broker, unique("wider"), tmp_path, records=100) as here, here.archiver("archiver"):
        await here.reached(100)
        text = contract_text(here.contract.id, "1.1.0")
        wider = text.replace(b"properties:\n", b"properties:\n      - {name: gate, logicalType: string}\n", 1)
        newer = await in_force(here.registry.address, here.broker.bootstrap, wider)
        await eventually(lambda: has_column(here, "gate", newer), within_s=30)
        snapshot = await asyncio.to_thread(here.archive.snapshot, here.contract.id)
        gates = await asyncio.to_thread(snapshot.dataset.to_table, ["gate"])
        assert set(gates["gate"].to_pylist()) == {None, "B3"}


async def has_column(here: Stage, name: str, newer: Contract) -> bool:
    """Write a record of the newer contract, until one finds its column there."""
    await write(here, range(1), gate="B3")
    snapshot = await asyncio.to_thread(here.archive.snapshot, newer.id)
    if name not in snapshot.dataset.schema.names:
        return False
    values = await asyncio.to_thread(snapshot.dataset.to_table, [name])
    return "B3" in values[name].to_pylist()
