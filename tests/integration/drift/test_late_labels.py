"""Labels that come late, twice, and corrected: each window ends where it would be had all been known at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assay.api.drift.v1 import window_pb2 as pb
from assay.client import Answer
from assay.contracts.analytical import Feature, FeatureSchema, Model
from assay.monitoring.concept import BinaryReference, ConceptStates, ConceptVerdict, Dispersion, Findings
from assay.monitoring.performance import BinaryCounts, binary_metrics, count_binary
from assay.monitoring.performance.papers import profile_with
from assay.monitoring.profiles import Numbers, profile_of
from assay.monitoring.profiles.papers import profile_to_json
from assay.testkit import Broker, eventually
from tests.integration.drift.late import STEP_MS, WORDS, late_labels
from tests.integration.drift.stage import BEGIN_S, Case, drift_stage, repeated, shuffled

PARTITIONS, WINDOW = 4, 500
WINDOWS, CHANGE = 12, 6
"""The meaning of the inputs changes at the begin of the sixth window; the inputs stay as they were."""

MINUTES = WINDOW * WINDOWS
SCHEMA = FeatureSchema((Feature("left"), Feature("right")))
STATES = {
    "ok": pb.DRIFT_STATE_OK,
    "pending": pb.DRIFT_STATE_PENDING,
    "firing": pb.DRIFT_STATE_FIRING,
    "insufficient": pb.DRIFT_STATE_INSUFFICIENT,
}

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rows:
    """What a model was given, what it said, and what was true."""

    left: Floats
    right: Floats
    scores: Floats
    truths: NDArray[np.int64]

    @property
    def said(self) -> NDArray[np.int64]:
        return (self.scores >= 0.5).astype(np.int64)

    def counts(self, start: int, end: int) -> BinaryCounts:
        """What some rows come to."""
        return count_binary(self.said[start:end], self.scores[start:end], self.truths[start:end])


def rows(count: int, change: int, seed: int) -> Rows:
    """Rows of one model; from a row on the truth has another border, which the model does not know."""
    chance = np.random.default_rng(seed)
    left, right = chance.uniform(0, 10, count), chance.uniform(0, 10, count)
    scores = 1 / (1 + np.exp(left + right - 8))
    border = np.where(np.arange(count) < change, 8.0, 12.0)
    truths = (chance.random(count) < 1 / (1 + np.exp(left + right - border))).astype(np.int64)
    return Rows(left, right, scores, truths)


def of_files(before: Sequence[BinaryCounts], windows: Sequence[BinaryCounts]) -> list[ConceptVerdict]:
    """The verdicts of the engine where every label is known from the beginning."""
    whole = before[0]
    for each in before[1:]:
        whole += each
    reference = BinaryReference.of(whole)
    dispersion = Dispersion.of([findings(reference, each) for each in before])
    states = ConceptStates()
    return [states.judge(dispersion.ease(findings(reference, each))) for each in windows]


def findings(reference: BinaryReference, window: BinaryCounts) -> Findings:
    """What the tests of a window find."""
    return Findings(
        window.labelled,
        window.labelled / window.n,
        reference.loss(window),
        reference.foretold(window),
        reference.calibration(window),
    )


async def test_late_and_corrected_labels_bring_every_window_to_where_files_have_it(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    before, current = rows(10_000, 10_000, 5), rows(MINUTES, WINDOW * CHANGE, 7)
    parts = [before.counts(start, start + WINDOW) for start in range(0, 10_000, WINDOW)]
    profile = profile_to_json(profile_of({"left": Numbers(before.left), "right": Numbers(before.right)}))
    model = Model(unique("border"), SCHEMA, classes=WORDS, partitions=PARTITIONS)
    cases = [
        Case(
            f"p{place}",
            1000 * BEGIN_S + STEP_MS * place,
            {"left": float(current.left[place]), "right": float(current.right[place])},
            Answer(float(current.scores[place]), WORDS[int(current.said[place])]),
        )
        for place in range(MINUTES)
    ]
    ends = [Case(f"end{place}", cases[-1].at_ms + 3 * 3_600_000, cases[-1].features) for place in range(64)]

    async with drift_stage(
        broker, tmp_path, model, {"window": f"PT{WINDOW}M"}, 2, profile_with(profile, parts)
    ) as stage:
        mixed = shuffled(cases, 30 * STEP_MS, 3)
        batches = [each for start in range(0, MINUTES, 400) for each in stage.batches(mixed[start : start + 400])]
        labels = repeated(stage.labels(late_labels(current.truths.tolist(), WINDOW, 11)), 0.05, 11)
        await stage.send(labels[: len(labels) // 4])
        await stage.send(batches + stage.batches(ends))
        if broker.is_durable:
            await stage.counters[0].kill()
            await stage.counters[0].restart()
        await stage.send(labels[len(labels) // 4 :])
        windows = await eventually(lambda: all_labelled(stage.windows), 240)

    assert [each.performance.labelled for each in windows] == [WINDOW] * WINDOWS
    counts = [current.counts(start, start + WINDOW) for start in range(0, MINUTES, WINDOW)]
    for window, verdict, count in zip(windows, of_files(parts, counts), counts, strict=True):
        found = window.performance
        assert (found.state, found.cause) == (STATES[verdict.state], verdict.cause)
        figures = binary_metrics(count)
        assert (found.realised["accuracy"], found.realised["auc"]) == (figures.accuracy, figures.auc)
        assert {each.state for each in window.features} == {pb.DRIFT_STATE_OK}
    firing = [place for place, each in enumerate(windows) if each.performance.state == pb.DRIFT_STATE_FIRING]
    assert firing == [*range(CHANGE, WINDOWS)]


async def all_labelled(ask: Callable[[], Awaitable[list[pb.Window]]]) -> list[pb.Window]:
    """The windows once every prediction of them has its label."""
    found = await ask()
    whole = len(found) == WINDOWS and all(each.performance.labelled == WINDOW for each in found)
    return found if whole else []
