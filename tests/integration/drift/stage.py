"""The way of a model's logs: validated records, counters that can be hurt, one judge, and what it answers."""

from __future__ import annotations

import contextlib
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from assay.api.drift.v1 import drift_pb2 as pb
from assay.api.drift.v1.drift_pb2_grpc import DriftServiceStub
from assay.api.drift.v1.window_pb2 import Window
from assay.api.models.v1.outcome_pb2 import Label
from assay.client import Answer, Setting
from assay.client.analytical.answer import Row
from assay.client.analytical.columns import batch
from assay.client.analytical.features import Value, packed
from assay.client.analytical.partition import partition_of
from assay.contracts import Contract
from assay.contracts.analytical import Model, contracts_of
from assay.contracts.yaml_text import yaml_text
from assay.streaming import Outgoing, Publisher
from assay.testkit import Broker, Service, eventually, running
from assay.testkit.outcome import in_force

__all__ = ["BEGIN_S", "VERSION", "WITHIN_S", "Case", "DriftStage", "Truth", "drift_stage"]

BEGIN_S = 1_699_800_000
"""The first event time: windows of 500, 1,000, 2,000 and 5,000 minutes begin there."""

VERSION = "1"
CALL_S = 20.0
WITHIN_S = 240.0
BATCH_ROWS = 100


@dataclass(frozen=True, slots=True)
class Case:
    """One prediction: when, from what, and what was said."""

    prediction_id: str
    at_ms: int
    features: Mapping[str, Value]
    answer: Answer = field(default_factory=Answer)


@dataclass(frozen=True, slots=True)
class Truth:
    """One label: of which prediction, or of which item of its list, in which revision."""

    prediction_id: str
    at_ms: int
    label: str = ""
    value: float | None = None
    revision: int = 0
    item: str = ""
    is_withdrawn: bool = False


@dataclass(slots=True)
class DriftStage:
    """A model whose logs are counted by some processes and judged by one."""

    broker: Broker
    registry: Service
    store: str
    contracts: Mapping[str, Contract]
    judge: Service
    counters: list[Service]
    partitions: int
    monitoring: Mapping[str, object]

    @property
    def setting(self) -> Setting:
        """What the rows of the model share."""
        return Setting.of(self.contracts["predictions"], VERSION)

    def batches(self, cases: Sequence[Case]) -> list[Outgoing]:
        """Write cases as the client does: batches of one partition, in the order of the cases."""
        setting = self.setting
        by_partition: defaultdict[int, list[Row]] = defaultdict(list)
        for case in cases:
            row = Row(case.prediction_id, case.at_ms, case.answer, packed(setting.features, case.features))
            by_partition[partition_of(case.prediction_id, self.partitions)].append(row)
        topic = self.contracts["predictions"].topics.validated
        return [
            Outgoing(topic, number, rows[0].prediction_id.encode(), batch(setting, rows).SerializeToString())
            for number, all_rows in sorted(by_partition.items())
            for rows in _cut(all_rows)
        ]

    def labels(self, truths: Sequence[Truth]) -> list[Outgoing]:
        """Write labels as the client does."""
        topic = self.contracts["labels"].topics.validated
        return [
            Outgoing(
                topic,
                partition_of(each.prediction_id, self.partitions),
                each.prediction_id.encode(),
                Label(
                    prediction_id=each.prediction_id,
                    labelled_at=_stamp(each.at_ms),
                    model=self.setting.model,
                    revision=each.revision,
                    label=each.label or None,
                    value=each.value,
                    item=each.item or None,
                    is_withdrawn=each.is_withdrawn or None,
                ).SerializeToString(),
            )
            for each in truths
        ]

    async def send(self, records: Sequence[Outgoing]) -> None:
        """Write records to validated."""
        async with Publisher(self.broker.bootstrap) as publisher:
            for start in range(0, len(records), 200):
                await publisher.publish(records[start : start + 200])

    async def refer(self, profile: str) -> str:
        """Set what the model is held to; return the id."""
        request = pb.SetReferenceRequest(model=self.setting.model, profile=profile.encode())
        async with grpc.aio.insecure_channel(self.judge.address) as channel:
            answer = await DriftServiceStub(channel).SetReference(request, timeout=CALL_S, wait_for_ready=True)
        return str(answer.reference)

    async def change(self, model: Model) -> None:
        """Put other contracts of the model in force; every process is killed, and knows them once it is there again."""
        self.contracts = await _in_force(self.registry, self.broker, model, self.monitoring)
        for each in (self.judge, *self.counters):
            await each.kill()
            await each.restart()

    async def windows(self) -> list[Window]:
        """Every complete window of the model, oldest first."""
        key = pb.WindowKey(model=self.setting.model, model_version=VERSION)
        found: list[Window] = []
        async with grpc.aio.insecure_channel(self.judge.address) as channel:
            stub, token = DriftServiceStub(channel), ""
            while True:
                request = pb.GetRangeRequest(key=key, page_size=1_000, page_token=token)
                page = await stub.GetRange(request, timeout=CALL_S, wait_for_ready=True)
                found += page.windows
                token = page.next_page_token
                if not token:
                    return found

    async def until_windows(self, count: int) -> list[Window]:
        """Return the windows once so many are complete."""

        async def ask() -> list[Window]:
            try:
                found = await self.windows()
            except grpc.aio.AioRpcError:  # it was killed a moment ago
                return []
            return found if len(found) >= count else []

        return await eventually(ask, WITHIN_S)


def shuffled(cases: Sequence[Case], within_ms: int, seed: int) -> list[Case]:
    """The cases in another order: each at most so much event time before one that is older."""
    chance = random.Random(seed)
    return sorted(cases, key=lambda each: each.at_ms + chance.randrange(within_ms))


def repeated(records: Sequence[Outgoing], share: float, seed: int) -> list[Outgoing]:
    """The records with some of them a second time, a little later."""
    chance = random.Random(seed)
    found: list[Outgoing] = []
    waiting: list[Outgoing] = []
    for record in records:
        found.append(record)
        if chance.random() < share:
            waiting.append(record)
        if waiting and chance.random() < 0.5:
            found.append(waiting.pop(0))
    return found + waiting


def _cut(rows: list[Row]) -> Iterator[list[Row]]:
    return (rows[start : start + BATCH_ROWS] for start in range(0, len(rows), BATCH_ROWS))


def _stamp(ms: int) -> Timestamp:
    stamp = Timestamp()
    stamp.FromMilliseconds(ms)
    return stamp


@contextlib.asynccontextmanager
async def drift_stage(
    broker: Broker,
    data: Path,
    model: Model,
    monitoring: Mapping[str, object],
    counters: int = 1,
    reference: str = "",
    **settings: str,
) -> AsyncIterator[DriftStage]:
    """A registry with the contracts of a model, one process that judges, and `counters` that count.

    With a profile for `reference` it is set before anything is counted: who counts hears of a new one within a second.
    """
    async with AsyncExitStack() as stack:
        registry = await stack.enter_async_context(
            running("registry", data=data, store=f"sqlite:///{data / 'registry.db'}")
        )
        contracts = await _in_force(registry, broker, model, monitoring)
        shared = {
            "broker": broker.bootstrap,
            "registry": registry.address,
            "store": f"sqlite:///{data / 'drift.db'}",
            "every_s": "0.2",
            "commit_s": "0.2",
            "session_s": "6",
        }
        judge = await stack.enter_async_context(running("drift", data=data, roles="judge", **shared | settings))
        store = (shared | settings)["store"]
        stage = DriftStage(broker, registry, store, contracts, judge, [], model.partitions, monitoring)
        if reference:
            await stage.refer(reference)
        for number in range(counters):
            folder = data / f"counter-{number}"
            folder.mkdir()
            own = {"roles": "count", "joins": str(folder / "joins")}
            stage.counters.append(
                await stack.enter_async_context(running("drift", data=folder, **shared | settings | own))
            )
        yield stage


async def _in_force(
    registry: Service, broker: Broker, model: Model, monitoring: Mapping[str, object]
) -> dict[str, Contract]:
    """Put the contracts of a model in force; return them by role."""
    contracts: dict[str, Contract] = {}
    for name, text in contracts_of(model).items():
        said = _watched(text, monitoring) if name == f"{model.name}.predictions.odcs.yaml" else text
        contract = await in_force(registry.address, broker.bootstrap, said.encode())
        assert contract.model_log is not None
        contracts[contract.model_log.role] = contract
    return contracts


def _watched(text: str, monitoring: Mapping[str, object]) -> str:
    """The contract with how it is watched: its watermark is close behind, and it is idle soon."""
    import yaml

    value = yaml.safe_load(text)
    custom = [each for each in value["customProperties"] if each["property"] != "assay.watermark"]
    custom += [
        {"property": "assay.monitoring", "value": dict(monitoring)},
        {"property": "assay.watermark", "value": {"delay": "PT2H", "idle": "PT1H"}},
    ]
    return yaml_text(value | {"customProperties": custom})
