"""Lists whose labels come item by item, late, twice and corrected: each window ends where files have it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from assay.api.drift.v1 import window_pb2 as pb
from assay.client import Answer
from assay.contracts.analytical import Feature, FeatureSchema, Model
from assay.monitoring.concept import ConceptStates, ConceptVerdict, LabelledReference, figures
from assay.monitoring.performance import RankingCounts, count_ranking
from assay.monitoring.performance.papers import profile_with
from assay.monitoring.performance.ranking import row_of
from assay.monitoring.profiles import Numbers, profile_of
from assay.monitoring.profiles.papers import profile_to_json
from assay.testkit import Broker, eventually
from tests.integration.drift.stage import BEGIN_S, Case, Truth, drift_stage, repeated, shuffled

PARTITIONS, WINDOW, CUTOFF = 4, 250, 5
WINDOWS, CHANGE = 10, 6
"""The order becomes random in window 6, counted from 0; what is asked for, and what is relevant, stays as it was."""

STEP_MS = 60_000
ITEMS = tuple(f"item-{number}" for number in range(8))
SCHEMA = FeatureSchema((Feature("age"),))
STATES = {
    "ok": pb.DRIFT_STATE_OK,
    "pending": pb.DRIFT_STATE_PENDING,
    "firing": pb.DRIFT_STATE_FIRING,
    "insufficient": pb.DRIFT_STATE_INSUFFICIENT,
}


@dataclass(frozen=True, slots=True)
class Listed:
    """One list, with what is known of its items in the end; what is not known of the others is 0."""

    age: float
    items: tuple[str, ...]
    known: dict[str, float]


def lists(count: int, change: int, seed: int) -> list[Listed]:
    """Lists of a ranker that knows most of what is relevant, and from one of them on nothing."""
    chance, found = random.Random(seed), list[Listed]()
    for place in range(count):
        relevance = dict.fromkeys(ITEMS, 0.0) | {
            each: chance.choice((1.0, 2.0, 3.0)) for each in chance.sample(ITEMS, 2)
        }
        seen = 0.0 if place >= change else 1.0
        score = {each: seen * relevance[each] + chance.gauss(0, 1.5) for each in ITEMS}
        known = {each: value for each, value in relevance.items() if value}
        found.append(Listed(chance.gauss(40, 10), tuple(sorted(ITEMS, key=lambda each: -score[each])), known))
    return found


def counted(some: Sequence[Listed]) -> RankingCounts:
    """What lists come to where all is known at once."""
    return count_ranking(CUTOFF, np.array([row_of(each.items, each.known, CUTOFF) for each in some]))


def windows_of(listed: Sequence[Listed]) -> list[RankingCounts]:
    """What each window comes to."""
    return [counted(listed[start : start + WINDOW]) for start in range(0, len(listed), WINDOW)]


def of_files(before: Sequence[RankingCounts], windows: Sequence[RankingCounts]) -> list[ConceptVerdict]:
    """The verdicts of the engine where every label is known from the beginning."""
    reference, states = LabelledReference.of(before), ConceptStates()
    return [states.judge(reference.findings(each)) for each in windows]


def labels_of(current: Sequence[Listed], seed: int) -> list[Truth]:
    """Labels up to two windows late, in no order; some wrong ones first, and some that are taken back."""
    chance = random.Random(seed)
    found: list[tuple[float, Truth]] = []
    for place, each in enumerate(current):
        at_ms = 1000 * BEGIN_S + STEP_MS * place

        def told(item: str, value: float, revision: int, *, is_withdrawn: bool = False) -> None:
            truth = Truth(
                f"p{place}",  # noqa: B023 -- called before the next
                at_ms + STEP_MS * (1 + revision),  # noqa: B023 -- likewise
                value=value,
                revision=revision,
                item=item,
                is_withdrawn=is_withdrawn,
            )
            found.append((place + chance.random() * 2 * WINDOW, truth))  # noqa: B023 -- likewise

        for item, value in each.known.items():
            if chance.random() < 0.1:
                told(item, 0.0, 0)
            told(item, value, 1)
        if place % 7 == 0:
            stranger = next(item for item in ITEMS if item not in each.known)
            told(stranger, 3.0, 0)
            told(stranger, 3.0, 1, is_withdrawn=True)
    return [truth for _, truth in sorted(found, key=lambda one: one[0])]


@pytest.mark.timeout(900)
async def test_late_repeated_and_corrected_labels_of_items_bring_every_window_to_where_files_have_it(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    total = WINDOW * WINDOWS
    parts, current = windows_of(lists(WINDOW * 20, WINDOW * 20, 5)), lists(total, WINDOW * CHANGE, 7)
    ages = np.array([each.age for each in lists(5_000, 0, 9)])
    model = Model(unique("ranked"), SCHEMA, kind="ranking", partitions=PARTITIONS)
    cases = [
        Case(f"p{place}", 1000 * BEGIN_S + STEP_MS * place, {"age": each.age}, Answer(items=each.items))
        for place, each in enumerate(current)
    ]
    ends = [Case(f"end{place}", cases[-1].at_ms + 3 * 3_600_000, cases[-1].features) for place in range(64)]
    counts = windows_of(current)
    expected = [
        (WINDOW, STATES[verdict.state], verdict.cause, figures(count))
        for verdict, count in zip(of_files(parts, counts), counts, strict=True)
    ]
    monitoring = {"window": f"PT{WINDOW}M", "rankingCutoff": CUTOFF}
    reference = profile_with(profile_to_json(profile_of({"age": Numbers(ages)})), parts)

    async with drift_stage(broker, tmp_path, model, monitoring, 2, reference) as stage:
        mixed = shuffled(cases, 30 * STEP_MS, 3)
        batches = [each for start in range(0, total, 400) for each in stage.batches(mixed[start : start + 400])]
        labels = repeated(stage.labels(labels_of(current, 11)), 0.05, 11)
        await stage.send(labels[: len(labels) // 4])
        await stage.send(repeated(batches, 0.1, 13) + stage.batches(ends))
        if broker.is_durable:
            await stage.counters[0].kill()
            await stage.counters[0].restart()
        await stage.send(labels[len(labels) // 4 :])

        async def all_told() -> list[pb.Window]:
            found = await stage.windows()
            return found if [told(each) for each in found] == expected else []

        windows = await eventually(all_told, 240)

    assert {each.state for window in windows for each in window.features} == {pb.DRIFT_STATE_OK}
    firing = [place for place, each in enumerate(windows) if each.performance.state == pb.DRIFT_STATE_FIRING]
    assert firing == [*range(CHANGE, WINDOWS)]


def told(window: pb.Window) -> tuple[int, int, str, dict[str, float]]:
    """What a window says of how the ranker did."""
    found = window.performance
    return found.labelled, found.state, found.cause, dict(found.realised)
