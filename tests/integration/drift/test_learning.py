"""A version that has no reference learns one from the first records of all partitions, on a real log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from random import Random

import grpc
import pytest

from assay.api.drift.v1 import drift_pb2
from assay.api.drift.v1.drift_pb2_grpc import DriftServiceStub
from assay.api.drift.v1.window_pb2 import Window
from assay.api.models.v1.outcome_pb2 import Label
from assay.client import Answer, Setting
from assay.client.analytical.answer import Row
from assay.client.analytical.columns import batch
from assay.client.analytical.features import packed
from assay.client.analytical.partition import partition_of
from assay.contracts import load
from assay.contracts.analytical import Feature, FeatureSchema, Model, contracts_of
from assay.drift.models import WatchedModel, models_of
from assay.drift.references import TABLES, References
from assay.drift.references.learner import Learner
from assay.monitoring.performance.papers import added_up
from assay.runtime import SystemClock
from assay.runtime.database import Database
from assay.streaming import Outgoing, Publisher
from assay.testkit import Broker, eventually
from assay.testkit.clients import create_topic
from tests.integration.drift.stage import BEGIN_S, VERSION, Case, DriftStage, drift_stage

PARTITIONS = 3
START_MS = 1_700_000_000_000
WANTED = 300


@dataclass(frozen=True, slots=True)
class Stage:
    """A model with its topics, and what is learnt of it."""

    broker: Broker
    model: WatchedModel
    references: References
    learner: Learner

    async def send(self, records: Sequence[Outgoing]) -> None:
        async with Publisher(self.broker.bootstrap) as publisher:
            await publisher.publish(records)

    def predictions(self, rows: Sequence[int], version: str = "7") -> list[Outgoing]:
        """Batches of ten in the order of the rows, each of one partition."""
        setting = Setting.of(self.model.predictions, version)
        cases = [
            Row(
                f"id-{version}-{each}",
                START_MS + each * 1000,
                Answer(each % 100 / 100, label="yes" if each % 100 >= 50 else "no"),
                packed(setting.features, {"spend": float(each % 7), "plan": f"plan {each % 3}"}),
            )
            for each in rows
        ]
        found: list[Outgoing] = []
        for partition in range(PARTITIONS):
            mine = [each for each in cases if partition_of(each.prediction_id, PARTITIONS) == partition]
            for start in range(0, len(mine), 10):
                value = batch(setting, mine[start : start + 10]).SerializeToString()
                found.append(Outgoing(self.model.predictions.topics.validated, partition, b"", value))
        return found

    def labels(self, rows: Sequence[int], version: str = "7") -> list[Outgoing]:
        found: list[Outgoing] = []
        for each in rows:
            name = f"id-{version}-{each}"
            made = Label(prediction_id=name, label="yes" if each % 100 >= 40 else "no", revision=0)
            made.labelled_at.FromMilliseconds(START_MS + each * 1000 + 60_000)
            topic = self.model.logs["labels"].topics.validated
            found.append(Outgoing(topic, partition_of(name, PARTITIONS), name.encode(), made.SerializeToString()))
        return found


@pytest.fixture
def model(unique: Callable[[str], str]) -> WatchedModel:
    said = Model(
        unique("churn"),
        FeatureSchema((Feature("spend"), Feature("plan", "string"))),
        classes=("no", "yes"),
        partitions=PARTITIONS,
        reference_rows=WANTED,
    )
    return models_of(load(text.encode()) for text in contracts_of(said).values())[said.name]


async def stage_of(broker: Broker, database: Database, model: WatchedModel) -> Stage:
    for topic in model.topics:
        await create_topic(broker.bootstrap, topic, partitions=PARTITIONS)

    def models() -> Mapping[str, WatchedModel]:
        return {model.name: model}

    references = References(database, models, SystemClock())
    return Stage(broker, model, references, Learner(broker.bootstrap, references, models))


async def test_the_first_rows_of_all_partitions_are_the_reference(
    broker: Broker, tmp_path: Path, model: WatchedModel
) -> None:
    rows = [*range(WANTED + 200)]
    shuffled = sorted(rows, key=lambda each: each + Random(each).randrange(40))
    async with Database(f"sqlite:///{tmp_path / 'drift.db'}", "STORE", TABLES) as database:
        stage = await stage_of(broker, database, model)
        assert await stage.learner.learn(model.name, "7", START_MS, WANTED) is None

        await stage.send([*stage.predictions([5, 6, 7], "6"), *stage.predictions(shuffled), *stage.predictions([1, 2])])
        await stage.send(stage.labels(rows))
        found = await stage.learner.learn(model.name, "7", START_MS, 2 * WANTED)

        assert found is not None
        assert (found.source, found.model_version, found.profile.cells.rows) == ("learnt", "7", WANTED)
        assert found.profile.names == ("spend", "plan", "prediction.score", "prediction.label")
        spend = found.profile.cells.counts[0]
        assert sorted(spend[spend > 0].tolist()) == sorted(
            sum(each % 7 == value for each in range(WANTED)) for value in range(7)
        )
        whole = added_up(found.performance)
        assert (whole.n, whole.labelled) == (WANTED, WANTED)
        assert whole.wrong == sum(40 <= each % 100 < 50 for each in range(WANTED))  # type: ignore[union-attr]  # binary
        assert stage.references.of(model.name, "7") == found
        assert stage.references.of(model.name, "6") is None


async def test_a_version_that_has_too_few_rows_or_a_reference_learns_nothing(
    broker: Broker, tmp_path: Path, model: WatchedModel
) -> None:
    async with Database(f"sqlite:///{tmp_path / 'drift.db'}", "STORE", TABLES) as database:
        stage = await stage_of(broker, database, model)
        await stage.send(stage.predictions(range(WANTED - 1)))
        assert await stage.learner.learn(model.name, "7", START_MS, WANTED) is None
        await stage.send(stage.predictions([WANTED]))
        assert await stage.learner.learn(model.name, "7", START_MS, WANTED + 1) is None

        first = await stage.learner.learn(model.name, "7", START_MS, 2 * WANTED)

        assert first is not None
        assert first.performance == ()
        assert await stage.learner.learn(model.name, "7", START_MS, 9 * WANTED) is None
        assert await stage.learner.learn("another", "7", START_MS, WANTED) is None


async def test_a_contract_that_asks_for_no_rows_learns_none(
    broker: Broker, tmp_path: Path, model: WatchedModel
) -> None:
    said = replace(model.predictions, monitoring=replace(model.monitoring, reference_rows=0))
    model = replace(model, logs={**model.logs, "predictions": said})
    async with Database(f"sqlite:///{tmp_path / 'drift.db'}", "STORE", TABLES) as database:
        stage = await stage_of(broker, database, model)
        await stage.send(stage.predictions(range(WANTED)))

        assert await stage.learner.learn(model.name, "7", START_MS, WANTED) is None


async def test_a_service_learns_by_itself_and_judges_on(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    schema = FeatureSchema((Feature("spend"), Feature("plan", "string")))
    model = Model(unique("churn"), schema, classes=("no", "yes"), partitions=PARTITIONS)
    said = {"window": "PT600M", "referenceRows": 1000}

    def cases(first: int, rows: int) -> list[Case]:
        chance = Random(first)
        return [
            Case(
                f"p{place}",
                1000 * (BEGIN_S + 60 * place),
                {"spend": chance.gauss(0, 1), "plan": chance.choice("abc")},
                Answer(chance.random(), label=chance.choice(("no", "yes"))),
            )
            for place in range(first, first + rows)
        ]

    async with drift_stage(broker, tmp_path, model, said) as stage:
        await stage.send(stage.batches(cases(0, 2400)))
        learnt = await eventually(lambda: _references(stage), 120)
        assert [(each.model_version, each.rows, each.source) for each in learnt] == [(VERSION, 1000, "learnt")]

        begins = count(2400, 600)

        async def go_on() -> list[Window]:
            """One window more; those who count learn of a reference within a second, and what came before is not held to it."""
            await stage.send(stage.batches(cases(next(begins), 600)))
            return [each for each in await stage.windows() if each.features]

        windows = await eventually(go_on, 120)

    assert {each.reference for each in windows} == {learnt[0].id}
    assert {verdict.feature for verdict in windows[-1].features} == {
        "spend", "plan", "prediction.score", "prediction.label",
    }  # fmt: skip


async def _references(stage: DriftStage) -> Sequence[drift_pb2.Reference]:
    async with grpc.aio.insecure_channel(stage.judge.address) as channel:
        asked = drift_pb2.ListReferencesRequest(model=stage.setting.model)
        found = await DriftServiceStub(channel).ListReferences(asked, timeout=20, wait_for_ready=True)
    return list(found.references)
