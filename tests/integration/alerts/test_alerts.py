from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from pathlib import Path

import grpc
import pytest

from assay.alerts.breaches import Measurement, State
from assay.alerts.wire import write_measurement
from assay.api.alerts.v1 import alerts_pb2
from assay.api.alerts.v1.alerts_pb2_grpc import AlertsServiceStub
from assay.api.registry.v1 import registry_pb2
from assay.api.registry.v1.registry_pb2_grpc import RegistryServiceStub
from assay.streaming import PLATFORM_TOPICS, Outgoing, Publisher, apply_topics
from assay.streaming.topics import BREACHES
from assay.testkit import Broker, Service, eventually, running
from assay.testkit.ports import free_ports

CALL_S = 5.0
DAY_MS = 86_400_000
CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: {id}
name: {id}
version: 1.0.0
status: active
schema:
  - name: {id}
    logicalType: object
    properties:
      - {{name: id, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1}}
      - {{name: amount, logicalType: integer}}
      - {{name: place, logicalType: string}}
team: {{name: testers, members: [{{username: ana, role: Owner}}]}}
customProperties:
  - property: assay.consumers
    value: [{{id: model, contact: model@example.org, reads: [amount]}}]
"""


@dataclass(frozen=True, slots=True)
class Stand:
    """A registry with one contract, and an alerts service that hears of its breaches."""

    alerts: Service
    broker: Broker
    contract: str
    outbox: Path

    def measurement(self, day: int, state: State = State.FIRING) -> Measurement:
        start_ms = day * DAY_MS
        words = ("amount missing at most 20 % a day", "51 % missing", 51.0, f"day {day}")
        name = self.contract
        return Measurement(f"f-{name}", name, "1.0.0", "p", *words, start_ms, start_ms + DAY_MS, state)

    async def measure(self, *measurements: Measurement) -> None:
        await self.write(*(write_measurement(measurement).SerializeToString() for measurement in measurements))

    async def write(self, *values: bytes) -> None:
        async with Publisher(self.broker.bootstrap) as publisher:
            await publisher.publish([Outgoing(BREACHES, 0, self.contract.encode(), value) for value in values])

    async def said(self) -> list[tuple[str, str, str]]:
        """What the outbox holds of promises: state, window, recipient; a line that is there again counts once, by its key."""
        text = await asyncio.to_thread(self.outbox.read_text) if self.outbox.exists() else ""
        lines = {line["key"]: line for line in map(json.loads, text.splitlines())}.values()
        return [
            (line["state"], line["window"], line["recipient"])
            for line in lines
            if line["contract"] == self.contract
            and line["kind"] == "promise"  # nobody judges it, which is told as well
        ]

    async def until(self, state: str, window: str) -> list[tuple[str, str, str]]:
        """Return all that was said, once this was said to the last recipient."""

        async def all_said() -> list[tuple[str, str, str]]:
            said = await self.said()
            return said if (state, window, "model") in said else []

        return await eventually(all_said, 30.0)

    async def breaches(self) -> list[alerts_pb2.Breach]:
        async with grpc.aio.insecure_channel(self.alerts.address) as channel:
            request = alerts_pb2.ListBreachesRequest(contract=self.contract)
            return list((await AlertsServiceStub(channel).ListBreaches(request, timeout=CALL_S)).breaches)


@pytest.fixture
def contract(unique: Callable[[str], str]) -> str:
    return unique("orders")


@asynccontextmanager
async def standing(broker: Broker, contract: str, tmp_path: Path) -> AsyncIterator[Stand]:
    await apply_topics(broker.bootstrap, PLATFORM_TOPICS)
    outbox = tmp_path / "outbox.ndjson"
    async with running("registry", data=tmp_path, store=f"sqlite:///{tmp_path}/registry.db") as registry:
        async with grpc.aio.insecure_channel(registry.address) as channel:
            request = registry_pb2.PublishContractRequest(text=CONTRACT.format(id=contract).encode())
            await RegistryServiceStub(channel).PublishContract(request, timeout=CALL_S)
        async with running(
            "alerts",
            data=tmp_path,
            broker=broker.bootstrap,
            registry=registry.address,
            store=f"sqlite:///{tmp_path}/alerts.db",
            outbox=str(outbox),
        ) as alerts:
            yield Stand(alerts, broker, contract, outbox)


def told(state: str, window: str) -> list[tuple[str, str, str]]:
    return [(state, window, "testers"), (state, window, "model")]


async def test_breach_is_said_once_and_so_is_its_end(broker: Broker, contract: str, tmp_path: Path) -> None:
    async with standing(broker, contract, tmp_path) as stand:
        await stand.measure(stand.measurement(8), stand.measurement(9), stand.measurement(10, State.RESOLVED))
        assert await stand.until("resolved", "day 10") == told("firing", "day 8") + told("resolved", "day 10")
        breach = (await stand.breaches())[0]
        assert (breach.fired.window, breach.latest.window, breach.resolved.window) == ("day 8", "day 9", "day 10")
        assert list(breach.recipients) == ["testers", "model"]


async def test_breach_outlives_a_kill_between_firing_and_end(broker: Broker, contract: str, tmp_path: Path) -> None:
    async with standing(broker, contract, tmp_path) as stand:
        await stand.measure(stand.measurement(8))
        await stand.until("firing", "day 8")
        await stand.alerts.kill()
        await stand.alerts.restart()
        await stand.measure(stand.measurement(8), stand.measurement(9, State.RESOLVED))
        assert await stand.until("resolved", "day 9") == told("firing", "day 8") + told("resolved", "day 9")


async def test_notice_that_was_kept_but_not_written_is_written_after_a_kill(
    broker: Broker, contract: str, tmp_path: Path
) -> None:
    async with standing(broker, contract, tmp_path) as stand:
        await stand.alerts.restart({"ASSAY_FAILPOINTS": "alerts.advanced"})
        await stand.measure(stand.measurement(8))
        await stand.alerts.ended()
        assert await stand.said() == []
        await stand.alerts.restart()
        assert await stand.until("firing", "day 8") == told("firing", "day 8")


async def test_repeated_measurements_say_nothing_twice(broker: Broker, contract: str, tmp_path: Path) -> None:
    async with standing(broker, contract, tmp_path) as stand:
        story = [stand.measurement(8), stand.measurement(9, State.RESOLVED)]
        await stand.measure(*story, *story, stand.measurement(12))
        said = await stand.until("firing", "day 12")
        assert said == told("firing", "day 8") + told("resolved", "day 9") + told("firing", "day 12")


async def test_malformed_message_stops_nothing(broker: Broker, contract: str, tmp_path: Path) -> None:
    async with standing(broker, contract, tmp_path) as stand:
        await stand.write(b"\xff not a measurement", b"")
        await stand.measure(replace(stand.measurement(8), promise=""), stand.measurement(8))
        assert await stand.until("firing", "day 8") == told("firing", "day 8")
        assert stand.alerts.tail(50).count("measurement.skipped") == 3


async def test_store_that_stays_locked_ends_the_process_and_loses_nothing(
    broker: Broker, contract: str, tmp_path: Path
) -> None:
    async with standing(broker, contract, tmp_path) as stand:
        await stand.alerts.restart({"ASSAY_ALERTS_RETRY_S": "0.5"})
        with closing(sqlite3.connect(tmp_path / "alerts.db")) as lock:
            lock.execute("BEGIN EXCLUSIVE")
            await stand.measure(stand.measurement(8))
            async with asyncio.timeout(30):
                assert await stand.alerts.ended() == 1
        assert "alerts.db did not answer: database is locked; find what holds it" in stand.alerts.tail()
        await stand.alerts.restart()
        assert await stand.until("firing", "day 8") == told("firing", "day 8")


async def test_stop_is_graceful(broker: Broker, contract: str, tmp_path: Path) -> None:
    async with standing(broker, contract, tmp_path) as stand:
        await stand.measure(stand.measurement(8))
        await stand.until("firing", "day 8")
        assert await stand.alerts.stop() == 0


async def test_absent_broker_ends_the_process_with_a_plain_line(contract: str, tmp_path: Path) -> None:
    (nobody,) = free_ports(1)
    async with running("registry", data=tmp_path, store=f"sqlite:///{tmp_path}/registry.db") as registry:
        grpc_port, metrics_port = free_ports(2)
        env = {
            "ASSAY_ALERTS_BROKER": f"127.0.0.1:{nobody}",
            "ASSAY_ALERTS_REGISTRY": registry.address,
            "ASSAY_ALERTS_STORE": f"sqlite:///{tmp_path}/alerts.db",
        }
        log = tmp_path / "alerts.log"
        async with Service("alerts", log=log, grpc_port=grpc_port, metrics_port=metrics_port, env=env) as alerts:
            async with asyncio.timeout(30):
                assert await alerts.ended() == 1
        assert f"assay-alerts: no Kafka broker answers at 127.0.0.1:{nobody}" in alerts.tail()
