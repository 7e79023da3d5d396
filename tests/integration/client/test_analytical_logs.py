"""The logs of a model go through the doors like all data, and what belongs to one prediction comes out together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from assay.api.models.v1.outcome_pb2 import Label
from assay.api.models.v1.prediction_pb2 import PredictionBatch
from assay.client import Answer, Predictions, Producer, Setting
from assay.client.analytical import Buffer, Feature, FeatureSchema, features_of
from assay.contracts import Contract
from assay.contracts.analytical import Model, contracts_of
from assay.streaming import Record, headers, scan
from assay.testkit import Broker, Service, running
from assay.testkit.outcome import in_force, settled

Names = Callable[[str], str]

FEATURES = FeatureSchema((Feature("age", "integer"), Feature("city", "string"), Feature("spend")))
ROWS = 300
PARTITIONS = 4


async def read(broker: Broker, topic: str) -> list[Record]:
    return [record async for records in scan(broker.bootstrap, [topic]) for record in records]


async def published(broker: Broker, registry: Service, model: Model) -> dict[str, Contract]:
    """The contracts of a model, in force, by their role."""
    texts = contracts_of(model).values()
    found = [await in_force(registry.address, broker.bootstrap, text.encode()) for text in texts]
    return {each.model_log.role: each for each in found if each.model_log}


def rows(records: list[Record]) -> dict[str, tuple[int, float, object]]:
    """Partition, score and a feature of each row of batches, by prediction id."""
    found: dict[str, tuple[int, float, object]] = {}
    for record in records:
        batch = PredictionBatch.FromString(record.value or b"")
        features = features_of(batch.features, FEATURES)
        for name, score, each in zip(batch.prediction_ids, batch.scores, features, strict=True):
            found[name] = (record.partition, score, each["city"])
    return found


def reasons(records: list[Record]) -> list[str]:
    return sorted(record.header(headers.REASON) or "" for record in records)


async def test_predictions_and_labels_come_out_of_validated_on_one_partition_and_invalid_ones_are_dead_letters(
    broker: Broker, unique: Names, tmp_path: Path
) -> None:
    model = Model(unique("churn"), FEATURES, classes=("no", "yes"), partitions=PARTITIONS)
    async with running("registry", data=tmp_path, store=f"sqlite:///{tmp_path}/registry.db") as registry:
        contracts = await published(broker, registry, model)
        near = {"broker": broker.bootstrap, "registry": registry.address}
        async with (
            running("ingestion", data=tmp_path, **near) as gateway,
            running("validation", data=tmp_path, **near),
        ):
            setting = Setting.of(contracts["predictions"], "7")
            others = replace(setting, partitions=PARTITIONS + 1)
            async with (
                Producer(gateway.address) as producer,
                Predictions(producer, setting, Buffer(linger_ms=60_000)) as log,
                Predictions(producer, others, Buffer(linger_ms=60_000)) as astray,
            ):
                ids = [
                    await log.predict({"age": number, "city": f"c{number % 3}"}, Answer(number / ROWS, "yes"))
                    for number in range(ROWS)
                ]
                for name in ids:
                    await log.label(name, label="no")
                await log.label(ids[0], label="perhaps")
                await astray.predict({"age": 1}, Answer(0.5))
            batches, labels = contracts["predictions"], contracts["labels"]
            of_batches = await settled(broker.bootstrap, batches, PARTITIONS + 1)
            of_labels = await settled(broker.bootstrap, labels, ROWS + 1)
        found = rows(await read(broker, batches.topics.validated))
        truths = defaultdict(set)
        for record in await read(broker, labels.topics.validated):
            truths[Label.FromString(record.value or b"").prediction_id].add(record.partition)
        refused = [
            *await read(broker, batches.topics.dead_letters),
            *await read(broker, labels.topics.dead_letters),
        ]

    assert of_batches.is_exact, str(of_batches)
    assert of_labels.is_exact, str(of_labels)
    assert [found[name][1:] for name in ids] == [(number / ROWS, f"c{number % 3}") for number in range(ROWS)]
    assert truths == {name: {found[name][0]} for name in ids}
    assert len({partition for partition, *_ in found.values()}) == PARTITIONS
    assert reasons(refused) == ["schema", "schema"]
