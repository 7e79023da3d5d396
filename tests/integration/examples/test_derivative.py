"""Records made of a validated topic: through the door to a contract of their own, their traces continuing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from assay.client import Producer
from assay.contracts import Contract
from assay.examples.flights import CONTRACTS
from assay.examples.flights.delays import derive
from assay.streaming import Record, headers, scan
from assay.streaming.keys import KeyFile
from assay.telemetry.trace import span, trace_id_of
from assay.testkit import Broker, Service, running
from assay.testkit.outcome import Outcome, in_force, settled

Unique = Callable[[str], str]

DEPARTURE = {
    "year": 2013, "month": 1, "day": 1, "dep_time": 700, "sched_dep_time": 600, "arr_time": 900, "sched_arr_time": 800,
    "arr_delay": 1, "carrier": "UA", "flight": 1545, "tailnum": "N14228", "origin": "EWR", "dest": "IAH", "air_time": 60,
    "distance": 1400, "hour": 6, "minute": 0, "time_hour": "2013-01-01T11:00:00Z",
    "scheduled_departure": "2013-01-01T11:00:00Z",
}  # fmt: skip
DELAYS = (5, 61, None, 240, 59, 60, 1301)
LONG = 4


def trace(number: int) -> str:
    return f"00-{number + 1:032x}-{number + 1:016x}-01"


def named(file: Path, contract: str, name: str) -> bytes:
    """The example's contract under a name of this run."""
    return file.read_bytes().replace(f"id: {contract}\n".encode(), f"id: {name}\n".encode())


async def validated(broker: str, contract: Contract) -> list[Record]:
    return [record async for records in scan(broker, [contract.topics.validated]) for record in records]


async def derived(
    broker: Broker, gateway: Service, flights: Contract, delays: Contract, group: str, records: int
) -> Outcome:
    """What became of the long delays once so many are judged; a group that is new reads all departures."""
    work = derive(broker.bootstrap, gateway.address, flights.topics.validated, delays.id, group)
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(work)
        try:
            return await settled(broker.bootstrap, delays, records)
        finally:
            reading.cancel()


async def test_long_delays_continue_the_trace_of_their_departures_and_count_once(
    broker: Broker, unique: Unique, tmp_path: Path
) -> None:
    KeyFile.create(tmp_path / "keys.json")
    texts = (
        named(CONTRACTS / "flights.odcs.yaml", "flights", unique("flights")),
        named(CONTRACTS.parent / "derived/long-delays.odcs.yaml", "long-delays", unique("delays")),
    )
    near = {"broker": broker.bootstrap, "keys": str(tmp_path / "keys.json")}
    async with running("registry", data=tmp_path, store=f"sqlite:///{tmp_path}/registry.db") as registry:
        flights, delays = [await in_force(registry.address, broker.bootstrap, text) for text in texts]
        async with (
            running("ingestion", data=tmp_path / "door", registry=registry.address, **near) as gateway,
            running("validation", data=tmp_path / "judge", registry=registry.address, **near),
        ):
            async with Producer(gateway.address) as producer:
                for number, delay in enumerate(DELAYS):
                    with span("test/depart", parent=trace(number)):
                        await producer.emit(flights.id, {**DEPARTURE, "dep_delay": delay}, f"UA{number}")
            once = await derived(broker, gateway, flights, delays, unique("first"), LONG)
            again = await derived(broker, gateway, flights, delays, unique("second"), 2 * LONG)
            records = await validated(broker.bootstrap, delays)

    assert len(records) == LONG
    assert (once.reasons, again.reasons) == ({}, {"duplicate": LONG})
    assert {record.key: trace_id_of(record.header(headers.TRACEPARENT) or "") for record in records} == {
        f"UA{number}".encode(): trace_id_of(trace(number)) for number in (1, 3, 5, 6)
    }
