"""A model's answers in validated, as its client writes them: batches of 500 rows with 50 features."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count, islice
from pathlib import Path

import grpc
import numpy as np
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from assay.api.drift.v1.drift_pb2 import SetReferenceRequest
from assay.api.drift.v1.drift_pb2_grpc import DriftServiceStub
from assay.api.models.v1 import prediction_pb2 as pb
from assay.client.analytical.partition import partition_of
from assay.client.analytical.rows import stamp
from assay.contracts import Contract
from assay.contracts.analytical import Feature, FeatureSchema, Model, contracts_of
from assay.monitoring.profiles import Numbers, profile_of
from assay.monitoring.profiles.papers import profile_to_json
from assay.streaming import Outgoing, Publisher
from assay.testkit import Broker, Service
from assay.testkit.outcome import in_force

__all__ = [
    "BATCH_ROWS",
    "FEATURES",
    "GROUP",
    "PARTITIONS",
    "Answers",
    "answers",
    "batches",
    "ids_of_partitions",
    "watched",
]

FEATURES, PARTITIONS, BATCH_ROWS = 50, 4, 500
GROUP = "assay.drift-counting"
BEGIN_MS = 1_700_000_000_000
ROWS_PER_S = 200
"""Rows of a second of event time: a window of an hour has 720,000."""
REFERENCE_ROWS = 20_000
AT_ONCE = 20
CALL_S = 20.0


@dataclass(frozen=True, slots=True)
class Answers:
    """What is there, and how far the service is with it."""

    broker: Broker
    registry: Service
    contract: Contract
    schema_id: str
    rows: int
    profile: Path

    @property
    def topic(self) -> str:
        """Where the batches stand."""
        return self.contract.topics.validated

    @property
    def model(self) -> str:
        """Whose answers they are."""
        assert self.contract.model_log is not None
        return self.contract.model_log.model

    async def refer(self, judge: str) -> None:
        """Set the reference whose bins are counted in."""
        request = SetReferenceRequest(model=self.model, profile=self.profile.read_bytes())
        async with grpc.aio.insecure_channel(judge) as channel:
            await DriftServiceStub(channel).SetReference(request, timeout=CALL_S, wait_for_ready=True)

    async def counted(self) -> int:
        """Return how many rows the group has settled, by what it committed: a batch is one offset."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.broker.bootstrap, group_id=GROUP, enable_auto_commit=False)
        await consumer.start()
        try:
            places = [TopicPartition(self.topic, number) for number in range(PARTITIONS)]
            return BATCH_ROWS * sum([await consumer.committed(each) or 0 for each in places])
        finally:
            await consumer.stop()


async def answers(broker: Broker, registry: Service, name: str, rows: int, data: Path) -> Answers:
    """Put a model's contracts in force and fill its validated topic."""
    found = await watched(broker, registry, name, data)
    source = batches(found.topic, found.model, found.schema_id, rows)
    async with Publisher(broker.bootstrap) as publisher:
        while some := list(islice(source, AT_ONCE)):
            await publisher.publish(some)
    return replace(found, rows=rows)


async def watched(broker: Broker, registry: Service, name: str, data: Path) -> Answers:
    """Put a model's contracts in force; it has not answered yet."""
    schema = FeatureSchema(Feature(f"f{number:02}") for number in range(FEATURES))
    model = Model(name, schema, classes=("no", "yes"), partitions=PARTITIONS)
    found = [await in_force(registry.address, broker.bootstrap, text.encode()) for text in contracts_of(model).values()]
    contract = next(each for each in found if each.model_log and each.model_log.role == "predictions")
    profile = data / f"{name}.json"
    chance = np.random.default_rng(7)
    table = {each.name: Numbers(chance.normal(size=REFERENCE_ROWS)) for each in schema.ordered}
    profile.write_text(profile_to_json(profile_of(table)))
    return Answers(broker, registry, contract, schema.id, 0, profile)


def batches(topic: str, model: str, schema_id: str, rows: int) -> Iterator[Outgoing]:
    """Give the batches, each of rows that belong to one partition."""
    chance = np.random.default_rng(13)
    ids = ids_of_partitions()
    for start in range(0, rows, BATCH_ROWS):
        number = start // BATCH_ROWS % PARTITIONS
        names = list(islice(ids[number], BATCH_ROWS))
        offsets = sorted(chance.integers(0, 1000 * BATCH_ROWS // ROWS_PER_S, BATCH_ROWS).tolist())
        scores = chance.random(BATCH_ROWS).tolist()
        value = pb.PredictionBatch(
            prediction_id=names[0],
            predicted_at=stamp(BEGIN_MS + 1000 * start // ROWS_PER_S),
            model=model,
            model_version="1",
            kind="binary",
            partitions=PARTITIONS,
            prediction_ids=names,
            offsets_ms=offsets,
            scores=scores,
            labels=["yes" if score > 0.5 else "no" for score in scores],
            latencies_ms=chance.exponential(10, BATCH_ROWS).tolist(),
            features=pb.FeatureColumns(
                schema_id=schema_id,
                numbers=[pb.NumberColumn(values=chance.normal(size=BATCH_ROWS).tolist()) for _ in range(FEATURES)],
            ),
        )
        yield Outgoing(topic, number, names[0].encode(), value.SerializeToString())


def ids_of_partitions() -> list[Iterator[str]]:
    """Ids without an end that belong to each partition."""
    waiting: list[list[str]] = [[] for _ in range(PARTITIONS)]
    numbers = count()

    def of(partition: int) -> Iterator[str]:
        while True:
            while not waiting[partition]:
                name = f"p{next(numbers):011}"
                waiting[partition_of(name, PARTITIONS)].append(name)
            yield waiting[partition].pop()

    return [of(number) for number in range(PARTITIONS)]
