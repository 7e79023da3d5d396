"""A day is checked and loaded through gRPC, and what it breaks is heard on assay.breaches."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import grpc
import pytest

from assay.api.alerts.v1 import alerts_pb2
from assay.api.warehouse.v1 import warehouse_pb2 as pb
from assay.api.warehouse.v1.warehouse_pb2_grpc import WarehouseServiceStub
from assay.contracts import Contract
from assay.streaming import PLATFORM_TOPICS, Outgoing, Publisher, apply_topics, scan
from assay.streaming.topics import BREACHES
from assay.testkit import Broker, eventually, running
from assay.testkit.builders import contract_text
from assay.testkit.outcome import in_force

CALL_S = 30.0
GOOD: Sequence[int | None] = (1, 2, 3)
BAD: Sequence[int | None] = (1, None, None)

PROMISE = b"""{name: amount, logicalType: integer, quality: [{id: amounts, metric: nullValues, unit: percent,
          mustBeLessOrEqualTo: 20, scheduler: assay.window, schedule: P1D}]}
      - {name: at, logicalType: timestamp, required: true}
"""
ZONE = b"""support: [{channel: testers, tool: slack, scope: notifications}]
customProperties:
  - {property: assay.eventTime, value: at}
  - {property: assay.timezone, value: America/New_York}
"""


def promising(contract: str) -> bytes:
    """A contract that promises amounts on four days in five of New York's."""
    text = contract_text(contract)
    text = text.replace(b"{name: amount, logicalType: integer}\n", PROMISE)
    return text.replace(b"customProperties:\n", ZONE)


@dataclass(frozen=True)
class Stage:
    broker: Broker
    contract: Contract
    stub: WarehouseServiceStub
    warehouse: Path

    async def write(self, day: str, amounts: Sequence[int | None]) -> None:
        """Write validated records of a day's evening, which is the next day in UTC, and wait until the lake has them."""
        rows = (await self.extent()).rows + len(amounts)
        values = [{"id": "x", "amount": amount, "at": f"{day}T22:00:00-05:00"} for amount in amounts]
        async with Publisher(self.broker.bootstrap) as publisher:
            topic = self.contract.topics.validated
            await publisher.publish([Outgoing(topic, None, b"x", json.dumps(value).encode()) for value in values])
        await eventually(lambda: self.has(rows))

    async def has(self, rows: int) -> bool:
        return (await self.extent()).rows == rows

    async def extent(self) -> pb.GetArchiveResponse:
        return await self.stub.GetArchive(pb.GetArchiveRequest(contract=self.contract.id), timeout=CALL_S)

    async def run(self, day: str, contract: str | None = None) -> pb.RunSliceResponse:
        asked = pb.RunSliceRequest(contract=contract or self.contract.id, day=day)
        return await self.stub.RunSlice(asked, timeout=CALL_S)

    async def heard(self) -> list[tuple[str, str]]:
        """State and day of every measurement of this contract's promises, in order; others share the topic."""
        keys = {promise.fingerprint(self.contract.id).encode() for promise in self.contract.promises}
        return [
            (alerts_pb2.BreachState.Name(told.state).removeprefix("BREACH_STATE_"), told.window)
            async for records in scan(self.broker.bootstrap, [BREACHES])
            for told in (alerts_pb2.Measurement.FromString(r.value or b"") for r in records if r.key in keys)
        ]

    def loaded(self) -> list[tuple[object, ...]]:
        query = f'SELECT amount FROM "{self.contract.id}" ORDER BY amount NULLS LAST'
        with duckdb.connect(self.warehouse, read_only=True) as connection:
            return list(connection.execute(query).fetchall())


@contextlib.asynccontextmanager
async def stage(broker: Broker, contract_id: str, data: Path) -> AsyncIterator[Stage]:
    await apply_topics(broker.bootstrap, PLATFORM_TOPICS)
    file = data / "warehouse.duckdb"
    async with running("registry", data=data, store=f"sqlite:///{data / 'registry.db'}") as registry:
        contract = await in_force(registry.address, broker.bootstrap, promising(contract_id))
        async with (
            running(
                "warehouse",
                data=data,
                broker=broker.bootstrap,
                registry=registry.address,
                lake=str(data / "lake"),
                warehouse=str(file),
                group=contract_id,
                flush_s="0.1",
            ) as service,
            grpc.aio.insecure_channel(service.address) as channel,
        ):
            yield Stage(broker, contract, WarehouseServiceStub(channel), file)


async def test_a_breach_fires_and_resolves_and_the_days_are_loaded(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with stage(broker, unique("snow"), tmp_path) as here:
        for day, amounts in (("2013-02-07", GOOD), ("2013-02-08", BAD), ("2013-02-09", GOOD)):
            await here.write(day, amounts)
        answers = [await here.run(f"2013-02-0{day}") for day in (7, 8, 9)]
        assert [answer.outcome for answer in answers] == [pb.LOAD_OUTCOME_LOADED] * 3
        assert [answer.rows for answer in answers] == [3, 3, 3]
        assert [round(answer.measurements[0].value) for answer in answers] == [0, 67, 0]
        assert await here.heard() == [("FIRING", "2013-02-08"), ("RESOLVED", "2013-02-09")]
        assert await asyncio.to_thread(here.loaded) == [(1,)] * 3 + [(2,)] * 2 + [(3,)] * 2 + [(None,)] * 2


async def test_a_slice_that_runs_twice_is_loaded_once_and_told_again(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with stage(broker, unique("twice"), tmp_path) as here:
        await here.write("2013-02-08", BAD)
        first = await here.run("2013-02-08")
        again = await here.run("2013-02-08")
        assert (first.outcome, again.outcome) == (pb.LOAD_OUTCOME_LOADED, pb.LOAD_OUTCOME_UNCHANGED)
        assert list(again.measurements) == list(first.measurements)
        assert await here.heard() == [("FIRING", "2013-02-08")] * 2
        assert len(await asyncio.to_thread(here.loaded)) == 3


async def test_slices_of_one_contract_that_run_together_load_once(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with stage(broker, unique("together"), tmp_path) as here:
        await here.write("2013-02-08", GOOD)
        async with asyncio.TaskGroup() as group:
            running_now = [group.create_task(here.run("2013-02-08")) for _ in range(4)]
        outcomes = sorted(task.result().outcome for task in running_now)
        assert outcomes == [pb.LOAD_OUTCOME_LOADED] + [pb.LOAD_OUTCOME_UNCHANGED] * 3
        assert len(await asyncio.to_thread(here.loaded)) == 3


async def test_a_question_that_makes_no_sense_gets_a_clear_answer(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with stage(broker, unique("asked"), tmp_path) as here:
        with pytest.raises(grpc.aio.AioRpcError, match="write it as YYYY-MM-DD") as refused:
            await here.run("8 February")
        assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
        with pytest.raises(grpc.aio.AioRpcError, match="no contract 'nobody'") as refused:
            await here.run("2013-02-08", "nobody")
        assert refused.value.code() == grpc.StatusCode.NOT_FOUND
        await here.write("2013-02-08", GOOD)
        empty = await here.run("2013-02-10")
        assert (empty.rows, empty.measurements[0].measured) == (0, "no records")
        assert await here.heard() == []


async def test_the_archive_says_how_far_it_is(broker: Broker, unique: Callable[[str], str], tmp_path: Path) -> None:
    async with stage(broker, unique("extent"), tmp_path) as here:
        await here.write("2013-02-08", GOOD)
        (position,) = (await here.extent()).positions
        assert (position.topic, position.next_offset) == (here.contract.topics.validated, len(GOOD))
