"""The way of a promise: raw records, validation, panes, alerts, and what people were told; each process can be hurt."""

from __future__ import annotations

import contextlib
import datetime
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import grpc

from assay.api.alerts.v1 import alerts_pb2 as pb
from assay.api.alerts.v1 import promise_pb2
from assay.api.alerts.v1.alerts_pb2_grpc import AlertsServiceStub
from assay.contracts import Contract
from assay.streaming import Outgoing, Publisher
from assay.testkit import Broker, Service, eventually, running
from assay.testkit.outcome import in_force

__all__ = ["BEGIN_S", "PromiseStage", "Said", "contract_with", "promise_stage", "row"]

WITHIN_S = 120.0
CALL_S = 10.0
BEGIN_S = 1_700_000_400
"""The first event time of stages that replay: a whole hour."""


@dataclass(frozen=True, slots=True)
class Said:
    """One alert to the owner: of which contract and promise, whether it fires, and its key."""

    contract: str
    promise: str
    state: str
    key: str
    measured: str


def contract_with(name: str, levels: str = "", quality: str = "", custom: str = "", partitions: int = 1) -> bytes:
    """A contract of one partition whose records have an id, an event time and an amount; watermarks are close behind."""
    return f"""apiVersion: v3.2.0
kind: DataContract
id: {name}
name: {name}
version: 1.0.0
status: active
schema:
  - name: {name}
    logicalType: object
    quality: [{quality if "rowCount" in quality else ""}]
    properties:
      - {{name: id, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1}}
      - {{name: at, logicalType: timestamp, required: true}}
      - {{name: amount, logicalType: integer, quality: [{"" if "rowCount" in quality else quality}]}}
slaProperties: [{levels}]
team: {{name: testers, members: [{{username: ana, role: Owner}}]}}
support: [{{channel: "#testers", tool: slack, scope: notifications}}]
customProperties:
  - {{property: assay.topics, value: {{partitions: {partitions}}}}}
  - {{property: assay.eventTime, value: at}}
  - {{property: assay.watermark, value: {{delay: PT1S, idle: PT2S}}}}
{custom}
""".encode()


def row(at_s: float, amount: object = 1, key: str = "a") -> bytes:
    """The value of a record."""
    return json.dumps({"id": key, "at": moment(at_s), "amount": amount}).encode()


def moment(at_s: float) -> str:
    """Seconds since 1970 as a contract has them written."""
    return datetime.datetime.fromtimestamp(at_s, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(slots=True)
class PromiseStage:
    """Contracts whose records are judged and whose promises are measured."""

    broker: Broker
    registry: Service
    validation: Service
    alerts: Service
    contracts: dict[str, Contract]
    data: Path

    @property
    def contract(self) -> Contract:
        return next(iter(self.contracts.values()))

    async def send(self, values: Sequence[bytes], contract: str = "") -> None:
        """Write raw records as the door does."""
        topic = self.contracts[contract].topics.raw_app if contract else self.contract.topics.raw_app
        assert topic is not None
        async with Publisher(self.broker.bootstrap) as publisher:
            await publisher.publish([Outgoing(topic, None, b"k", value) for value in values])

    async def pass_by(self, at_s: float) -> None:
        """Let the watermark pass this moment of event time."""
        await self.send([row(at_s + 30)])

    def said(self) -> list[Said]:
        """What the owner was told of these contracts and of the machine, each once by its key."""
        outbox = self.data / "outbox.ndjson"
        there = [json.loads(line) for line in outbox.read_text().splitlines() if line] if outbox.exists() else []
        lines = {line["key"]: line for line in there}.values()
        names = ("contract", "promise", "state", "key", "measured")
        known = {*self.contracts, "*"}
        return [Said(**{name: line[name] for name in names}) for line in lines if line["contract"] in known]

    def told(self) -> list[tuple[str, str]]:
        """The same: promise and state, in the order in which it was told."""
        return [(each.promise, each.state) for each in self.said()]

    async def until_told(self, *wanted: tuple[str, str]) -> None:
        """Return once exactly this was told.

        Raises:
            TimeoutError: it was not in time, or something else was told as well.
        """

        async def ask() -> bool:
            return self.told() == [*wanted]

        try:
            await eventually(ask, WITHIN_S)
        except TimeoutError as error:
            raise TimeoutError(f"told {self.told()}, not {wanted}: {self.said()}") from error

    async def evaluations(self, promise: str, contract: str = "") -> list[promise_pb2.Evaluation]:
        """What a promise came to, the oldest window first."""
        request = pb.ListEvaluationsRequest(contract=contract or self.contract.id, promise=promise, limit=1_000)
        async with grpc.aio.insecure_channel(self.alerts.address) as channel:
            answer = await AlertsServiceStub(channel).ListEvaluations(request, timeout=CALL_S)
        return list(answer.evaluations)[::-1]

    async def until_evaluated(self, promise: str, windows: int) -> list[promise_pb2.Evaluation]:
        """Return the evaluations of a promise once so many windows are closed."""

        async def ask() -> list[promise_pb2.Evaluation]:
            found = await self.evaluations(promise)
            return found if len(found) >= windows else []

        return await eventually(ask, WITHIN_S)

    async def status(self, contract: str = "") -> promise_pb2.ContractStatus:
        """How a contract stands."""
        request = pb.ListStatusesRequest(contract=contract or self.contract.id)
        async with grpc.aio.insecure_channel(self.alerts.address) as channel:
            answer = await AlertsServiceStub(channel).ListStatuses(request, timeout=CALL_S)
        return answer.statuses[0]

    async def breaches(self) -> list[pb.Breach]:
        """Every breach, the oldest first."""
        async with grpc.aio.insecure_channel(self.alerts.address) as channel:
            answer = await AlertsServiceStub(channel).ListBreaches(pb.ListBreachesRequest(), timeout=CALL_S)
        return [each for each in answer.breaches if each.fired.contract in {*self.contracts, "*"}]


@contextlib.asynccontextmanager
async def promise_stage(broker: Broker, data: Path, *texts: bytes, **settings: str) -> AsyncIterator[PromiseStage]:
    """A registry with contracts, validation, and alerts that looks often and takes silence seriously soon."""
    asked = {"every_s": "0.2", "dead_s": "10", "stuck_s": "10", "service_after_s": "8"} | settings
    async with running("registry", data=data, store=f"sqlite:///{data / 'registry.db'}") as registry:
        contracts = {}
        for text in texts:
            contract = await in_force(registry.address, broker.bootstrap, text)
            contracts[contract.id] = contract
        places = {"broker": broker.bootstrap, "registry": registry.address}
        kept = {"store": f"sqlite:///{data}/alerts.db", "outbox": str(data / "outbox.ndjson")}
        async with (
            running("validation", data=data, **places, snapshot=str(data / "validation.snapshot")) as validation,
            running("alerts", data=data, **places, **kept, snapshot=str(data / "alerts.snapshot"), **asked) as alerts,
        ):
            yield PromiseStage(broker, registry, validation, alerts, contracts, data)
