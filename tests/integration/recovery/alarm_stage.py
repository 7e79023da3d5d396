"""The way of an alarm: raw records, validation, recovery, alerts, and what people were told."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.api.recovery.v1 import run_pb2 as pb
from assay.contracts import Contract
from assay.streaming import Outgoing, Partition, Publisher, headers, scan
from assay.streaming.topics import AUDIT
from assay.testkit import Broker, Service, eventually, running
from assay.testkit.builders import contract_text
from assay.testkit.outcome import in_force

__all__ = ["AlarmStage", "Notice", "alarm_stage", "record"]

WITHIN_S = 90.0
CONSUMERS = b"""customProperties:
  - property: assay.consumers
    value:
      - {id: model, contact: "#model", reads: [amount]}
      - {id: mailing, contact: "#mailing", reads: [id]}
"""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice: what it is about, whether it fires, to whom, and its words."""

    fingerprint: str
    state: str
    recipient: str
    measured: str
    cause: str
    text: str


def record(amount: object, **more: object) -> bytes:
    """The value of a record."""
    return json.dumps({"id": "a", "amount": amount, **more}).encode()


@dataclass(frozen=True)
class AlarmStage:
    """One contract whose records are judged; recovery is started by the test."""

    broker: Broker
    registry: Service
    alerts: Service
    contract: Contract
    data: Path

    def recovery(self, name: str = "recovery", **settings: str) -> contextlib.AbstractAsyncContextManager[Service]:
        """A recovery service that looks often; those of one stage share a store."""
        asked = {"alarm_every_s": "0.2", "alarm_settle_s": "1", "alarm_quiet_s": "3600"} | settings
        store = asked.pop("store", str(self.data / "recovery.db"))
        return running(
            "recovery",
            **asked,
            data=self.data / name,
            broker=self.broker.bootstrap,
            registry=self.registry.address,
            store=f"sqlite:///{store}",
            session_s="6",
        )

    async def send(self, values: Sequence[bytes], producer: str = "shop", version: str = "") -> None:
        """Write raw records as the door does."""
        topic = self.contract.topics.raw_app
        assert topic is not None
        marks = ((headers.PRODUCER, producer.encode()), *(((headers.VERSION, version.encode()),) if version else ()))
        async with Publisher(self.broker.bootstrap) as publisher:
            await publisher.publish([Outgoing(topic, None, b"k", value, marks) for value in values])

    async def refused(self, count: int) -> None:
        """Return once there are so many dead letters."""

        async def ask() -> bool:
            topics = [self.contract.topics.dead_letters]
            return sum([len(records) async for records in scan(self.broker.bootstrap, topics)]) >= count

        await eventually(ask, WITHIN_S)

    async def discard(self) -> None:
        """Ask for a run that discards every dead letter, as `StartRun` does."""
        ends = await self._ends()
        run = pb.Run(
            id=str(uuid.uuid4()),
            kind=pb.RUN_KIND_DISCARD,
            selection=pb.Selection(contract=self.contract.id),
            version=self.contract.version,
            partitions=[pb.RunPartition(partition=at.partition, end=end) for at, end in sorted(ends.items())],
            actor="ana",
            why="test records",
            started_ms=1,
        )
        value = pb.Action(id=run.id, started=run, contract=self.contract.id, actor="ana", why="test records", at_ms=1)
        async with Publisher(self.broker.bootstrap) as publisher:
            await publisher.publish([Outgoing(AUDIT, 0, self.contract.id.encode(), value.SerializeToString())])

    async def _ends(self) -> Mapping[Partition, int]:
        ends = {Partition(self.contract.topics.dead_letters, number): 0 for number in range(self.contract.partitions)}
        async for records in scan(self.broker.bootstrap, [self.contract.topics.dead_letters]):
            for one in records:
                ends[Partition(one.topic, one.partition)] = one.offset + 1
        return ends

    def notices(self, state: str = "") -> list[Notice]:
        """What people were told of invalid records of this contract; a line that is there again counts once, by its key."""
        outbox = self.data / "outbox.ndjson"
        there = [json.loads(line) for line in outbox.read_text().splitlines() if line] if outbox.exists() else []
        lines = {line["key"]: line for line in there}.values()
        names = ("fingerprint", "state", "recipient", "measured", "cause", "text")
        return [
            Notice(**{name: line[name] for name in names})
            for line in lines
            if line["kind"] == "invalid records"
            and line["contract"] == self.contract.id  # the topic is everybody's
            and state in ("", line["state"])
        ]

    async def told(self, state: str, count: int) -> list[Notice]:
        """Return the notices of a state once there are so many.

        Raises:
            TimeoutError: there were not in time.
        """

        async def ask() -> list[Notice]:
            found = self.notices(state)
            return found if len(found) >= count else []

        return await eventually(ask, WITHIN_S)


@contextlib.asynccontextmanager
async def alarm_stage(broker: Broker, contract_id: str, data: Path, levels: bytes = b"") -> AsyncIterator[AlarmStage]:
    """A registry with one contract, validation, and alerts; `levels` are service levels of the contract."""
    text = contract_text(contract_id).replace(b"customProperties:\n", levels + CONSUMERS, 1)
    async with running("registry", data=data, store=f"sqlite:///{data / 'registry.db'}") as registry:
        contract = await in_force(registry.address, broker.bootstrap, text)
        asked = {"broker": broker.bootstrap, "registry": registry.address}
        async with (
            running("validation", data=data, **asked),
            running(
                "alerts", data=data, **asked, store=f"sqlite:///{data}/alerts.db", outbox=str(data / "outbox.ndjson")
            ) as alerts,
        ):
            yield AlarmStage(broker, registry, alerts, contract, data)
