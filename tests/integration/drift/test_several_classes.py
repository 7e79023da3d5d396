"""A model of several classes in the stream: estimates and all three tests of every window are those of files, bit by bit."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from assay.api.drift.v1 import window_pb2 as pb
from assay.client import Answer
from assay.contracts.analytical import Feature, FeatureSchema, Model
from assay.monitoring.concept import (
    ConceptStates,
    Dispersion,
    Evidence,
    Findings,
    MulticlassReference,
    calibration_of,
    count_reference,
)
from assay.monitoring.performance import MulticlassCounts, count_multiclass
from assay.monitoring.performance.papers import added_up, profile_with
from assay.monitoring.profiles import Numbers, profile_of
from assay.monitoring.profiles.papers import profile_to_json
from assay.testkit import Broker, eventually
from tests.integration.drift.stage import BEGIN_S, Case, Truth, drift_stage, repeated, shuffled

PARTITIONS, WINDOW, WINDOWS = 4, 500, 9
HARDER, TURNED = 3, 6
"""The windows from which on inputs are harder; and mean something else, but are as they were."""

STEP_MS = 60_000
CLASSES = ("cat", "dog", "owl")
SCHEMA = FeatureSchema((Feature("furry"),))

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rows:
    """What a model said, how sure it was of each class, and what was true."""

    said: Ints
    scores: Floats
    truths: Ints

    def window(self, number: int) -> tuple[Ints, Floats, Ints]:
        """The rows of a window."""
        part = slice(number * WINDOW, (number + 1) * WINDOW)
        return self.said[part], self.scores[part], self.truths[part]


def rows(count: int, harder: slice, turned: slice, seed: int) -> Rows:
    chance, place = np.random.default_rng(seed), np.arange(count)
    spread = np.full(count, 2.0)
    spread[harder] = 1.1
    logits = chance.normal(0, 1, (count, 3)) * spread[:, None]
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    truths = (chance.random(count)[:, None] > true.cumsum(axis=1)).sum(axis=1).clip(0, 2)
    other = np.isin(place, place[turned]) & (chance.random(count) < 0.3)
    bent = np.exp(1.6 * logits)
    return Rows(true.argmax(axis=1), bent / bent.sum(axis=1, keepdims=True), np.where(other, (truths + 1) % 3, truths))


def findings(by: MulticlassReference, window: MulticlassCounts) -> Findings:
    tests = by.loss(window), by.foretold(window), by.calibration(window)
    return Findings(window.labelled, window.labelled / window.n, *tests)


def told(found: Evidence) -> tuple[float, ...]:
    return found.n, found.statistic, found.p, found.effect, found.dispersion


@pytest.mark.timeout(600)
async def test_estimates_and_tests_of_several_classes_are_those_of_files(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    before = rows(10_000, slice(0), slice(0), 5)
    current = rows(
        WINDOW * WINDOWS, slice(WINDOW * HARDER, WINDOW * TURNED), slice(WINDOW * TURNED, WINDOW * WINDOWS), 7
    )
    slices = [slice(start, start + WINDOW) for start in range(0, 10_000, WINDOW)]
    parts = count_reference(CLASSES, before.said, before.scores, before.truths, slices)
    whole = added_up(parts)
    assert isinstance(whole, MulticlassCounts)
    by = MulticlassReference(whole)
    profile = profile_to_json(profile_of({"furry": Numbers(before.scores[:, 0])}))
    model = Model(unique("pets"), SCHEMA, kind="multiclass", classes=CLASSES, partitions=PARTITIONS)
    cases = [
        Case(
            f"p{place}",
            1000 * BEGIN_S + STEP_MS * place,
            {"furry": float(current.scores[place, 0])},
            Answer(label=CLASSES[current.said[place]], probabilities=current.scores[place].tolist()),
        )
        for place in range(WINDOW * WINDOWS)
    ]
    chance = random.Random(9)
    labels = [
        Truth(each.prediction_id, each.at_ms + chance.randrange(2 * WINDOW) * STEP_MS, CLASSES[truth], revision=1)
        for each, truth in zip(cases, current.truths.tolist(), strict=True)
    ]
    labels += [Truth(each.prediction_id, each.at_ms, CLASSES[0]) for each in labels[::9]]
    chance.shuffle(labels)
    ends = [Case(f"end{place}", cases[-1].at_ms + 3 * 3_600_000, cases[-1].features) for place in range(64)]

    async with drift_stage(
        broker, tmp_path, model, {"window": f"PT{WINDOW}M"}, 2, profile_with(profile, parts)
    ) as stage:
        mixed = shuffled(cases, 30 * STEP_MS, 3)
        batches = [each for start in range(0, len(mixed), 400) for each in stage.batches(mixed[start : start + 400])]
        sent = repeated(stage.labels(labels), 0.05, 11)
        await stage.send(sent[: len(sent) // 3])
        await stage.send(repeated(batches, 0.1, 5) + stage.batches(ends))
        if broker.is_durable:
            await stage.counters[0].kill()
            await stage.counters[0].restart()
        await stage.send(sent[len(sent) // 3 :])
        windows = await eventually(lambda: all_labelled(stage.windows), 240)

    worth = calibration_of(whole)
    dispersion, states = Dispersion.of([findings(by, each) for each in parts]), ConceptStates()
    for number, window in enumerate(windows):
        counts, found = count_multiclass(CLASSES, *current.window(number), worth), window.performance
        estimate, verdict = by.estimate(counts), states.judge(dispersion.ease(findings(by, counts)))
        assert estimate is not None
        figures = asdict(estimate)
        assert found.estimated_error["accuracy"] == figures.pop("error")
        assert dict(found.estimated) == figures
        wanted = verdict.findings.loss, verdict.findings.foretold, verdict.findings.calibration
        assert [(each.n, each.statistic, each.p, each.effect, each.dispersion) for each in found.tests] == [
            told(each) for each in wanted if each is not None
        ]
        assert (number, [each.test for each in found.tests if each.is_speaking]) == (number, [*verdict.speaking])
        assert found.cause == verdict.cause
    causes = [each.performance.cause for each in windows]
    assert causes == ["none"] * HARDER + ["covariate"] * (TURNED - HARDER) + ["concept"] * (WINDOWS - TURNED)


async def all_labelled(ask: Callable[[], Awaitable[list[pb.Window]]]) -> list[pb.Window]:
    """The windows once every prediction of them has its label."""
    found = await ask()
    whole = len(found) == WINDOWS and all(each.performance.labelled == WINDOW for each in found)
    return found if whole else []
