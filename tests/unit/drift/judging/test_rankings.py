"""How well a ranker did in a window, against what it was taught, and what people are told of it."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence

import numpy as np

from assay.api.alerts.v1 import alerts_pb2
from assay.api.drift.v1 import window_pb2 as pb
from assay.contracts.monitoring import Monitoring
from assay.drift.judging.performance import judge_performance
from assay.drift.judging.totals import Totals
from assay.drift.references import Reference
from assay.drift.windows.breaches import told
from assay.monitoring.concept import figures
from assay.monitoring.performance import RankingCounts, count_ranking
from assay.monitoring.performance.ranking import row_of
from assay.monitoring.profiles import profile_of
from tests.unit.drift.watched import table_of, watched

ITEMS = [f"i{number}" for number in range(8)]
MODEL = watched(kind="ranking")
LEARNING, OK, FIRING = pb.DRIFT_STATE_LEARNING, pb.DRIFT_STATE_OK, pb.DRIFT_STATE_FIRING


def window(seed: int, *, is_random: bool = False, labelled: float = 1.0, cutoff: int = 10) -> RankingCounts:
    """Two hundred lists of a ranker that knows most of what is relevant, or nothing."""
    chance, rows = random.Random(seed), []
    for _ in range(200):
        known = {each: float(chance.random() < 0.3) for each in ITEMS}
        seen = 0.0 if is_random else 1.0
        items = sorted(ITEMS, key=lambda each: -seen * known[each] + chance.gauss(0, 0.7))
        rows.append(row_of(items, known if chance.random() < labelled else {}, cutoff))
    return count_ranking(cutoff, np.array(rows))


def judged(windows: Sequence[RankingCounts], reference: Reference | None = None) -> list[pb.Performance]:
    """What windows say, with the state kept as it is kept."""
    state: Mapping[str, object] = {}
    found: list[pb.Performance] = []
    for each in windows:
        part, after = judge_performance(MODEL, reference, Totals(performance=each), state)
        state = json.loads(json.dumps(after))
        assert part is not None
        found.append(part)
    return found


def reference_of(*windows: RankingCounts) -> Reference:
    return Reference("r", "churn", "7", profile_of(table_of()), windows, "set", 0)


def test_a_window_has_the_figures_of_the_engine_and_the_coverage_of_its_lists() -> None:
    counts = window(1, labelled=0.75)

    (found,) = judged([counts], reference_of(*map(window, range(20))))

    assert dict(found.realised) == figures(counts)
    assert {*found.realised} == {"ndcg", "map", "mrr", "precision", "recall", "hit_rate"}
    assert (found.predictions, found.labelled) == (200, counts.labelled)
    assert found.coverage == counts.labelled / 200
    assert (dict(found.estimated), found.is_label_biased) == ({}, False)


def test_an_order_that_becomes_random_fires_in_its_first_window_and_not_before() -> None:
    found = judged(
        [*map(window, range(100, 110)), *(window(seed, is_random=True) for seed in range(3))],
        reference_of(*map(window, range(20))),
    )

    assert [each.state for each in found] == [OK] * 10 + [FIRING] * 3
    assert [each.cause for each in found] == ["none"] * 10 + ["concept"] * 3
    assert [test.test for test in found[-1].tests] == ["loss"]


def test_without_labels_in_the_reference_the_first_windows_teach() -> None:
    found = judged([*map(window, range(22)), window(50, is_random=True)])

    assert [each.state for each in found] == [LEARNING] * 20 + [OK] * 2 + [FIRING]


def test_too_few_labelled_lists_say_nothing() -> None:
    (found,) = judged([window(1, labelled=0.3)], reference_of(*map(window, range(20))))

    assert found.state == pb.DRIFT_STATE_INSUFFICIENT
    assert found.note.startswith("too few labels")


def test_lists_that_were_counted_to_another_place_are_held_to_nothing() -> None:
    (found,) = judged([window(1, cutoff=5)], reference_of(*map(window, range(20))))

    assert found.state == pb.DRIFT_STATE_INSUFFICIENT
    assert "counted otherwise" in found.note


def test_a_ranking_that_fires_is_told_as_other_models_are() -> None:
    (found,) = judged([window(50, is_random=True)], reference_of(*map(window, range(20))))

    measured, firing = told({}, pb.Window(model="churn", model_version="7", performance=found), MODEL)

    assert [each.state for each in measured] == [alerts_pb2.BREACH_STATE_FIRING]
    assert [*firing] == ["drift/churn/7//performance/performance"]


def test_the_contract_says_how_many_places_are_looked_at() -> None:
    assert watched(Monitoring(ranking_cutoff=3), kind="ranking").monitoring.ranking_cutoff == 3
    assert MODEL.monitoring.ranking_cutoff == 10
