"""Four partitions of a model's logs counted by two workers, killed on the way: the panes add up to what one calm reader counts."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from assay.api.drift.v1.pane_pb2 import DriftPane
from assay.client import Answer
from assay.contracts.analytical import Model
from assay.drift.models import models_of
from assay.monitoring.profiles.papers import profile_to_json
from assay.streaming import Outgoing
from assay.streaming.record import Partition, Record
from assay.streaming.scan import scan
from assay.streaming.topics import DRIFT_PANES
from assay.testkit import Broker, eventually
from tests.integration.drift.stage import BEGIN_S, Case, DriftStage, Truth, drift_stage, repeated, shuffled
from tests.unit.drift.counting.logs import FEATURES, Book, Logs, Reference, Sums, profile, summed

PARTITIONS = 4
CASES = 2_000
WITHIN_S = 120.0
MONITORING = {"window": "PT5M", "segments": ["plan"]}


def told(stage: DriftStage, chance: random.Random) -> list[Outgoing]:
    """Answers and their labels, some corrected, in any order and some of it twice."""
    cases = [
        Case(
            f"p{number}",
            1000 * (BEGIN_S + number),
            {"tenure": chance.gauss(10, 2), "plan": chance.choice(("free", "home", "work"))},
            Answer(chance.random(), latency_ms=chance.random() * 20),
        )
        for number in range(CASES)
    ]
    truths = [
        Truth(each.prediction_id, each.at_ms + 60_000, chance.choice(("no", "yes")), revision=revision)
        for each in cases
        for revision in range(chance.randrange(3))
    ]
    mixed = shuffled(cases, 60_000, 3)
    batches = [each for start in range(0, CASES, 100) for each in stage.batches(mixed[start : start + 100])]
    labels = stage.labels(truths)
    chance.shuffle(labels)
    share = len(labels) // len(batches) + 1
    woven = [each for place, one in enumerate(batches) for each in (one, *labels[place * share : (place + 1) * share])]
    return repeated(woven, 0.1, 5)


async def all_of(stage: DriftStage, topics: Sequence[str]) -> dict[Partition, list[Record]]:
    """What stands in some topics."""
    found: defaultdict[Partition, list[Record]] = defaultdict(list)
    async for records in scan(stage.broker.bootstrap, topics):
        for each in records:
            found[Partition(each.topic, each.partition)].append(each)
    return found


async def counted(stage: DriftStage, sent: dict[Partition, list[Record]]) -> list[DriftPane]:
    """The panes of the model, once they are of all that was sent."""
    ends = {place: records[-1].offset + 1 for place, records in sent.items()}

    async def ask() -> list[DriftPane]:
        panes = [
            pane
            for records in (await all_of(stage, [DRIFT_PANES])).values()
            for each in records
            if (pane := DriftPane.FromString(each.value or b"")).model == stage.setting.model
        ]
        reached = {
            Partition(span.topic, pane.partition): span.next_offset for pane in panes for span in pane.logs
        }  # those of a partition are in order
        return panes if all(reached.get(place, 0) >= end for place, end in ends.items()) else []

    return await eventually(ask, WITHIN_S)


async def calm(stage: DriftStage, sent: dict[Partition, list[Record]], held: Reference, folder: Path) -> Sums:
    """What a reader counts that nothing happens to."""
    model = models_of(stage.contracts.values())[stage.setting.model]
    panes: list[DriftPane] = []
    for number in range(PARTITIONS):
        logs = Logs(model, folder / str(number), Book(held))
        for place, records in sent.items():
            if place.partition == number:
                logs.records[place.topic] = records
        await logs.undisturbed()
        panes += logs.panes
    return summed(panes, "binary")


async def test_two_workers_that_are_killed_count_what_one_calm_reader_counts(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    model = Model(unique("churn"), FEATURES, classes=("no", "yes"), partitions=PARTITIONS)
    async with drift_stage(broker, tmp_path, model, MONITORING, counters=2) as stage:
        held = Reference(await stage.refer(profile_to_json(profile())), profile())
        for each in stage.counters:  # they know the reference from the start
            await each.kill()
            await each.restart()
        records = told(stage, random.Random(11))
        third = len(records) // 3

        await stage.send(records[:third])
        await stage.counters[0].kill()
        await stage.send(records[third : 2 * third])
        await stage.counters[0].restart()
        await stage.counters[1].kill()
        await stage.send(records[2 * third :])
        await stage.counters[1].restart()

        sent = await all_of(stage, [each.topics.validated for each in stage.contracts.values()])
        panes = await counted(stage, sent)
        sums = summed(panes, "binary")
        expected = await calm(stage, sent, held, tmp_path / "calm")

    assert sums == expected
    assert {pane.partition for pane in panes} == {*range(PARTITIONS)}
