"""A record that failed is recovered into the day of its event: marked, counted as late, and behind what is newer."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import grpc

from assay.api.validation.v1.pane_pb2 import Pane
from assay.api.warehouse.v1 import warehouse_pb2 as pb
from assay.api.warehouse.v1.warehouse_pb2_grpc import WarehouseServiceStub
from assay.client import Newest, order_of
from assay.contracts import Contract
from assay.streaming import Outgoing, Publisher, scan
from assay.streaming.topics import PANES
from assay.testkit import Broker, Service, eventually, running
from assay.testkit.builders import contract_text
from assay.testkit.outcome import in_force, settled

CALL_S = 30.0
DAY = "2013-02-08"
NOON_MINUTE = 1_360_324_800_000 // 60_000
FLOWS = b"""  - {property: assay.eventTime, value: at}
  - property: assay.recovery
    value:
      flows:
        - id: amount_as_text
          when: {reason: schema, path: /amount, rule: type}
          steps: [{cast: {amount: integer}}]
team:"""

SENT: list[tuple[str, object]] = [("a", "1"), ("a", 2), ("b", 3), ("b", "4"), ("c", "5"), ("c", "6")]
"""Key and amount: an amount that is text fails, and is repaired by the flow."""
FAILED, NEWEST = 4, {"a": 2, "b": 4, "c": 6}


@dataclass(frozen=True)
class Stage:
    broker: str
    contract: Contract
    registry: str
    data: Path
    stub: WarehouseServiceStub

    def recovery(self) -> contextlib.AbstractAsyncContextManager[Service]:
        store = f"sqlite:///{self.data / 'recovery.db'}"
        return running("recovery", data=self.data / "recovery", broker=self.broker, registry=self.registry, store=store)

    async def send(self) -> None:
        topic = str(self.contract.topics.raw_app)
        values = [{"id": key, "amount": amount, "at": f"{DAY}T12:00:00Z"} for key, amount in SENT]
        async with Publisher(self.broker) as publisher:
            await publisher.publish(
                [Outgoing(topic, 0, str(value["id"]).encode(), json.dumps(value).encode()) for value in values]
            )

    async def archived(self, rows: int) -> None:
        async def ask() -> bool:
            asked = pb.GetArchiveRequest(contract=self.contract.id)
            return (await self.stub.GetArchive(asked, timeout=CALL_S)).rows == rows

        await eventually(ask, within_s=60)

    async def load(self) -> pb.RunSliceResponse:
        return await self.stub.RunSlice(pb.RunSliceRequest(contract=self.contract.id, day=DAY), timeout=CALL_S)

    async def day(self) -> pb.CheckedDay:
        (found,) = (await self.stub.ListDays(pb.ListDaysRequest(contract=self.contract.id), timeout=CALL_S)).days
        return found

    async def query(self, sql: str) -> list[tuple[object, ...]]:
        def ask() -> list[tuple[object, ...]]:
            with duckdb.connect(self.data / "warehouse.duckdb", read_only=True) as connection:
                return list(connection.execute(sql.format(table=f'"{self.contract.id}"')).fetchall())

        return await asyncio.to_thread(ask)

    async def replay_panes(self) -> list[Pane]:
        panes = [Pane.FromString(one.value or b"") async for records in scan(self.broker, [PANES]) for one in records]
        return [pane for pane in panes if pane.topic == self.contract.topics.raw_replay and pane.slices]


@contextlib.asynccontextmanager
async def stage(broker: Broker, contract_id: str, data: Path) -> AsyncIterator[Stage]:
    text = contract_text(contract_id).replace(b"team:", FLOWS, 1)
    text = text.replace(
        b"{name: amount, logicalType: integer}",
        b"{name: amount, logicalType: integer}\n      - {name: at, logicalType: timestamp, required: true}",
    )
    async with running("registry", data=data, store=f"sqlite:///{data / 'registry.db'}") as registry:
        contract = await in_force(registry.address, broker.bootstrap, text)
        usual = {"broker": broker.bootstrap, "registry": registry.address}
        lake = {"lake": str(data / "lake"), "warehouse": str(data / "warehouse.duckdb"), "group": contract_id}
        async with (
            running("validation", data=data / "validation", **usual),
            running("warehouse", data=data / "warehouse", flush_s="0.1", **usual, **lake) as service,
            grpc.aio.insecure_channel(service.address) as channel,
        ):
            yield Stage(broker.bootstrap, contract, registry.address, data, WarehouseServiceStub(channel))


async def test_what_is_recovered_late_is_in_its_day_marked_and_behind_what_is_newer(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with stage(broker, unique("late"), tmp_path) as here:
        await here.send()
        await settled(here.broker, here.contract, len(SENT))
        await here.archived(len(SENT) - FAILED)
        assert (await here.load()).rows == len(SENT) - FAILED
        assert not (await here.day()).grown
        async with here.recovery():
            await here.archived(len(SENT))
        grown = await here.day()
        assert (grown.checked_rows, grown.rows, grown.recovered_rows, grown.grown) == (2, 6, 4, True)
        assert [(await here.load()).outcome for _ in range(2)] == [pb.LOAD_OUTCOME_REPLACED, pb.LOAD_OUTCOME_UNCHANGED]
        assert not (await here.day()).grown
        assert await here.query("SELECT amount FROM {table} ORDER BY 1") == [(amount,) for amount in range(1, 7)]
        latest = '"' + f"{here.contract.id}_latest" + '"'
        assert dict(await here.query(f"SELECT id, amount FROM {latest}")) == NEWEST  # type: ignore[arg-type]  # pairs
        marked = await here.query(
            "SELECT amount, _attempt, _flow, _dead_letter FROM {table} WHERE _attempt > 0 ORDER BY 1"
        )
        place = f"{here.contract.topics.dead_letters}/0"
        assert [(amount, attempt, flow) for amount, attempt, flow, _ in marked] == [
            (amount, 1, "amount_as_text") for amount in (1, 4, 5, 6)
        ]
        assert all(str(letter).startswith(place) for *_, letter in marked)


async def test_panes_count_a_replay_in_the_minute_of_its_event_by_its_first_arrival(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with stage(broker, unique("minute"), tmp_path) as here:
        await here.send()
        await settled(here.broker, here.contract, len(SENT))
        async with here.recovery():
            await settled(here.broker, here.contract, len(SENT) + FAILED)
        panes = await here.replay_panes()
        minutes = [minute for pane in panes for slice_ in pane.slices for minute in slice_.minutes]
        assert {minute.minute for minute in minutes} == {NOON_MINUTE}
        assert sum(minute.valid for minute in minutes) == FAILED
        assert sum(minute.lateness[-1] for minute in minutes) == FAILED
        raw_ms = [
            one.timestamp_ms async for each in scan(here.broker, [str(here.contract.topics.raw_app)]) for one in each
        ]
        assert {pane.max_arrived_ms for pane in panes} <= {*raw_ms}


async def test_an_app_that_applies_the_newest_ends_with_it(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with stage(broker, unique("applied"), tmp_path) as here:
        await here.send()
        await settled(here.broker, here.contract, len(SENT))
        async with here.recovery():
            await settled(here.broker, here.contract, len(SENT) + FAILED)
        state: dict[bytes, tuple[int, object]] = {}
        newest = Newest(lambda key: state[key][0] if key in state else None)
        async for records in scan(here.broker, [here.contract.topics.validated]):
            for record in records:
                key, order = record.key or b"", order_of(here.contract, record.headers, record.value)
                assert order is not None
                if newest.takes(key, order):
                    state[key] = (order, json.loads(record.value or b"")["amount"])
        assert {key.decode(): amount for key, (_, amount) in state.items()} == NEWEST
