"""How a window did: its figures, held against a reference that was given or learnt."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from assay.api.drift.v1 import window_pb2
from assay.contracts.monitoring import Monitoring
from assay.drift.judging.performance import judge_performance
from assay.drift.judging.totals import Totals
from assay.drift.models import WatchedModel
from assay.drift.references import Reference
from assay.monitoring.concept import calibration_of, count_reference, edges_of
from assay.monitoring.performance import (
    BinaryCounts,
    MulticlassCounts,
    binary_metrics,
    count_binary,
    count_multiclass,
    count_regression,
)
from assay.monitoring.performance.papers import ModelCounts, added_up
from assay.monitoring.profiles import profile_of
from tests.unit.drift.watched import counts_of, table_of, watched

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

MODEL = watched()
PROFILE = profile_of(table_of())
OK, PENDING, FIRING = window_pb2.DRIFT_STATE_OK, window_pb2.DRIFT_STATE_PENDING, window_pb2.DRIFT_STATE_FIRING
LEARNING, INSUFFICIENT = window_pb2.DRIFT_STATE_LEARNING, window_pb2.DRIFT_STATE_INSUFFICIENT


def reference_of(*windows: ModelCounts, name: str = "first") -> Reference:
    return Reference(name, "churn", "7", PROFILE, windows, "set", 0)


REFERENCE = reference_of(*(counts_of(1000, seed) for seed in range(20)))


def judged(
    windows: Iterable[ModelCounts | None],
    reference: Reference | None = REFERENCE,
    model: WatchedModel = MODEL,
    *,
    kept: bool = False,
) -> list[window_pb2.Performance | None]:
    state: Mapping[str, object] = {}
    told = []
    for window in windows:
        part, state = judge_performance(model, reference, Totals(performance=window), state)
        if kept:
            state = json.loads(json.dumps(state))
        told.append(part)
    return told


def one(
    window: ModelCounts, reference: Reference | None = REFERENCE, model: WatchedModel = MODEL
) -> window_pb2.Performance:
    (told,) = judged([window], reference, model)
    assert told is not None
    return told


def states_of(told: Iterable[window_pb2.Performance | None]) -> list[int]:
    return [each.state for each in told if each is not None]


def test_figures_are_those_of_the_engine() -> None:
    window = counts_of(800, 99, labelled=0.7)

    told = one(window)

    assert isinstance(window, BinaryCounts)
    wanted = binary_metrics(window)
    assert (told.predictions, told.labelled) == (window.n, window.labelled)
    assert told.coverage == window.labelled / window.n
    assert told.realised["accuracy"] == wanted.accuracy
    assert told.realised["auc"] == wanted.auc
    assert set(told.estimated) == {"accuracy", "precision", "recall", "f1", "auc"}
    assert abs(told.estimated["accuracy"] - told.realised["accuracy"]) < 5 * told.estimated_error["accuracy"]
    assert (told.state, told.cause) == (OK, "none")
    assert {each.test for each in told.tests} == {"loss", "foretold", "calibration"}
    assert not told.is_label_biased


def test_a_window_without_a_prediction_has_no_part() -> None:
    assert judged([None, counts_of(0)]) == [None, None]


def test_labels_that_turn_round_are_another_concept() -> None:
    told = one(counts_of(2000, 99, wrong=0.4))

    assert (told.state, told.cause) == (FIRING, "concept")
    assert {each.test for each in told.tests if each.is_speaking} == {"loss", "calibration"}


def test_inputs_that_are_harder_are_foretold_without_a_label() -> None:
    scores = np.random.default_rng(1).uniform(0.4, 0.6, 3000)

    told = one(count_binary((scores >= 0.5).astype(np.int64), scores))

    assert (told.state, told.cause, told.labelled) == (FIRING, "covariate", 0)
    assert dict(told.realised) == {}
    assert told.estimated["accuracy"] < 0.6


def test_calm_windows_say_nothing() -> None:
    told = judged(counts_of(500, seed) for seed in range(100, 160))

    assert set(states_of(told)) == {OK}


def test_too_few_labels_say_nothing_and_change_nothing() -> None:
    windows = [counts_of(2000, 1, wrong=0.4), counts_of(2000, 2, labelled=0.3), counts_of(2000, 3)]

    told = judged(windows)

    assert states_of(told) == [FIRING, INSUFFICIENT, FIRING]
    assert told[1] is not None
    assert "of 2,000 predictions have one" in told[1].note


def test_the_least_coverage_is_that_of_the_contract() -> None:
    model = watched(Monitoring(min_coverage=0.2))

    assert one(counts_of(2000, 2, labelled=0.3), model=model).state == OK


def test_it_is_over_after_three_calm_windows() -> None:
    broken, calm = counts_of(2000, 1, wrong=0.4), [counts_of(2000, seed) for seed in (2, 3, 4)]

    assert states_of(judged([broken, *calm])) == [FIRING, FIRING, FIRING, OK]


def test_without_labels_in_the_reference_the_first_twenty_windows_with_labels_are_it() -> None:
    few = counts_of(300, 5, labelled=0.1)
    calm = [counts_of(500, seed) for seed in range(20)]

    told = judged([few, *calm, counts_of(500, 77), counts_of(2000, 78, wrong=0.4)], reference=reference_of())

    assert states_of(told) == [INSUFFICIENT, *[LEARNING] * 20, OK, FIRING]
    assert told[1] is not None
    assert told[1].note == "1 of 20 windows with labels that show how well the model does"


def test_a_model_without_any_reference_learns_too() -> None:
    told = judged([counts_of(500, seed) for seed in range(21)], reference=None)

    assert states_of(told) == [*[LEARNING] * 20, OK]


def test_windows_that_overlap_teach_once() -> None:
    model = watched(Monitoring(window_s=3600, hop_s=900))

    told = judged([counts_of(500, seed) for seed in range(78)], reference=None, model=model)

    assert states_of(told) == [*[LEARNING] * 77, OK]


def test_another_reference_begins_anew() -> None:
    told, state = judge_performance(MODEL, REFERENCE, Totals(performance=counts_of(2000, 1, wrong=0.4)), {})
    assert told is not None
    assert told.state == FIRING

    other = reference_of(*REFERENCE.performance, name="second")
    told, state = judge_performance(MODEL, other, Totals(performance=counts_of(2000, 2)), state)

    assert told is not None
    assert (told.state, state["against"]) == (OK, "second")


def test_a_reference_whose_windows_differ_makes_tests_that_know_of_it() -> None:
    wild = reference_of(*(counts_of(1000, seed, wrong=0.1 * (seed % 3)) for seed in range(40)), name="wild")

    told = one(counts_of(1000, 88, wrong=0.15), wild)

    assert told.state == OK
    assert all(each.dispersion > 2 for each in told.tests if each.test == "loss")


def test_labels_of_some_alone_are_no_fair_sample() -> None:
    draw = np.random.default_rng(4)
    scores = draw.uniform(0, 1, 4000)
    truths = np.where((scores > 0.5) | (draw.uniform(0, 1, 4000) < 0.3), (draw.uniform(0, 1, 4000) < scores), -1)

    told = one(count_binary((scores >= 0.5).astype(np.int64), scores, truths.astype(np.int64)))

    assert told.is_label_biased


def several(rows: int, seed: int, wrong: float = 0.1) -> ModelCounts:
    draw = np.random.default_rng(seed)
    truths = draw.integers(0, 3, rows)
    said = np.where(draw.uniform(0, 1, rows) < wrong, (truths + 1) % 3, truths)
    return count_multiclass(("a", "b", "c"), said, None, truths)


def test_a_model_of_several_classes_without_scores_is_held_to_its_loss() -> None:
    model, reference = watched(kind="multiclass", classes=("a", "b", "c")), reference_of(several(5000, 1))

    calm, worse = one(several(1000, 2), reference, model), one(several(1000, 3, wrong=0.3), reference, model)

    assert (calm.state, worse.state) == (OK, FIRING)
    assert [each.test for each in worse.tests] == ["loss"]
    assert set(calm.realised) == {"accuracy", "precision", "recall", "f1"}
    assert dict(calm.estimated) == {}


CLASSES = ("a", "b", "c")


def scored(rows: int, seed: int, turned: float = 0.0) -> tuple[Ints, Floats, Ints]:
    """Decisions by scores that mean what they say; of a share `turned` the truth is another."""
    draw = np.random.default_rng(seed)
    scores = draw.dirichlet((0.5, 0.5, 0.5), rows)
    truths = (draw.uniform(0, 1, rows)[:, None] > scores.cumsum(axis=1)).sum(axis=1).clip(0, 2)
    return scores.argmax(axis=1), scores, np.where(draw.uniform(0, 1, rows) < turned, (truths + 1) % 3, truths)


VOTES = count_reference(CLASSES, *scored(20_000, 1), [slice(at, at + 1000) for at in range(0, 20_000, 1000)])
WORTH = calibration_of(added_up(VOTES))  # type: ignore[arg-type]  # of several classes, as were the windows


def votes(rows: int, seed: int, turned: float = 0.0, *, labelled: bool = True) -> ModelCounts:
    said, scores, truths = scored(rows, seed, turned)
    return count_multiclass(CLASSES, said, scores, truths if labelled else np.full(rows, -1), WORTH)


def test_scores_of_several_classes_foretell_without_a_label() -> None:
    model, reference = watched(kind="multiclass", classes=CLASSES), reference_of(*VOTES)

    told = one(votes(2000, 2, labelled=False), reference, model)

    known = one(votes(2000, 2), reference, model)
    assert set(told.estimated) == {"accuracy", "precision", "recall", "f1"}
    assert abs(told.estimated["accuracy"] - known.realised["accuracy"]) < 4 * told.estimated_error["accuracy"]
    assert (told.estimated, [each.test for each in told.tests]) == (known.estimated, ["foretold"])


def test_several_classes_have_all_three_tests_in_the_service() -> None:
    model, reference = watched(kind="multiclass", classes=CLASSES), reference_of(*VOTES)

    calm, turned = one(votes(2000, 3), reference, model), one(votes(2000, 4, turned=0.3), reference, model)

    assert (calm.state, turned.state, turned.cause) == (OK, FIRING, "concept")
    assert [each.test for each in calm.tests] == ["loss", "foretold", "calibration"]
    assert {each.test for each in turned.tests if each.is_speaking} == {"loss", "calibration"}


def test_windows_of_several_classes_teach_their_loss_whatever_they_were_counted_by() -> None:
    model = watched(kind="multiclass", classes=CLASSES)
    windows = [each if place % 2 else votes(1000, place) for place, each in enumerate(map(_bare, VOTES))]

    told = judged([*windows, votes(1000, 99)], None, model)

    assert states_of(told) == [*[LEARNING] * 20, OK]
    assert told[-1] is not None
    assert [each.test for each in told[-1].tests] == ["loss"]


def _bare(counts: MulticlassCounts) -> ModelCounts:
    return counts.bare()


SAID = np.random.default_rng(0).normal(100, 30, 20_000)
EDGES = edges_of(SAID)


def numbers(rows: int, seed: int, noise: float = 1.0, edges: tuple[float, ...] = EDGES) -> ModelCounts:
    draw = np.random.default_rng(seed)
    said = draw.normal(100, 30, rows)
    return count_regression(said, said + draw.normal(0, noise * np.abs(said) / 10, rows), edges)


def test_a_regression_is_held_to_the_sizes_of_its_errors() -> None:
    model, reference = watched(kind="regression"), reference_of(numbers(20_000, 1))

    calm, worse = one(numbers(2000, 2), reference, model), one(numbers(2000, 3, noise=2.0), reference, model)

    assert (calm.state, worse.state, worse.cause) == (OK, FIRING, "concept")
    assert set(calm.realised) == {"mae", "rmse", "bias", "r2"}
    assert abs(calm.estimated["mae"] - calm.realised["mae"]) < 5 * calm.estimated_error["mae"]


def test_what_was_counted_in_other_cells_is_held_to_nothing() -> None:
    model, reference = watched(kind="regression"), reference_of(numbers(20_000, 1))

    told = one(numbers(2000, 2, edges=(1.0, 2.0)), reference, model)

    assert (told.state, "counted otherwise" in told.note) == (INSUFFICIENT, True)


def test_counts_of_another_shape_are_learnt_anew() -> None:
    model = watched(kind="regression")
    windows = [*(numbers(500, seed) for seed in range(20)), *(numbers(500, seed, edges=()) for seed in range(3))]

    assert states_of(judged(windows, None, model)) == [LEARNING] * 23


@pytest.mark.parametrize("reference", [REFERENCE, None], ids=["given", "learnt"])
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_what_is_kept_and_restored_judges_on_as_if_nothing_had_been_in_between(
    reference: Reference | None, data: st.DataObject
) -> None:
    shares = st.sampled_from([0.0, 0.0, 0.1, 0.4])
    covered = st.sampled_from([0.1, 1.0, 1.0, 1.0])
    drawn = data.draw(st.lists(st.tuples(shares, covered), min_size=3, max_size=12))
    early = [] if reference else [counts_of(300, 1000 + seed) for seed in range(18)]
    windows = [*early, *(counts_of(300, seed, wrong, labels) for seed, (wrong, labels) in enumerate(drawn))]

    assert judged(windows, reference, kept=True) == judged(windows, reference)
