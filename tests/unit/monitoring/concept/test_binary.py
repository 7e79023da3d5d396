"""Concept drift of binary models: right windows, right causes, silence elsewhere, and estimates that come true."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from assay.monitoring.concept import (
    BinaryReference,
    ConceptRule,
    ConceptStates,
    ConceptVerdict,
    Findings,
    adwin,
    changes,
    page_hinkley,
)
from assay.monitoring.performance import BinaryCounts, binary_metrics, count_binary

if TYPE_CHECKING:
    from tests.unit.monitoring.concept.conftest import Loans, Rows

SIZES = [500, 1_000, 2_000, 5_000]


def verdicts(reference: BinaryReference, windows: list[BinaryCounts]) -> list[ConceptVerdict]:
    states = ConceptStates()
    return [states.judge(findings(reference, each)) for each in windows]


def findings(reference: BinaryReference, window: BinaryCounts) -> Findings:
    evidence = reference.loss(window), reference.foretold(window), reference.calibration(window)
    return Findings(window.labelled, window.labelled / window.n, *evidence)


@pytest.mark.parametrize("size", SIZES)
def test_sea_fires_from_the_first_window_after_a_change_and_nowhere_before(sea: Rows, size: int) -> None:
    found = verdicts(BinaryReference.of(sea.counts(0, 5_000)), sea.windows(size))
    first = 10_000 // size
    assert {(each.state, each.cause) for each in found[:first]} == {("ok", "none")}
    assert {(each.state, each.cause) for each in found[first:]} == {("firing", "concept")}


@pytest.mark.parametrize("size", SIZES)
def test_the_loss_test_speaks_in_the_first_window_of_sea_after_10_000(sea: Rows, size: int) -> None:
    found = verdicts(BinaryReference.of(sea.counts(0, 5_000)), sea.windows(size))
    assert "loss" in found[10_000 // size].speaking
    assert not any("loss" in each.speaking for each in found[: 10_000 // size])


@pytest.mark.parametrize("change", [10_000, 20_000, 30_000])
@pytest.mark.parametrize("size", SIZES)
def test_what_scores_mean_is_another_thing_in_the_first_window_after_each_change(
    sea: Rows, size: int, change: int
) -> None:
    reference = BinaryReference.of(sea.counts(0, 5_000))
    found = verdicts(reference, [sea.counts(change, change + size)])
    assert "calibration" in found[0].speaking


def test_page_hinkley_finds_all_three_changes_of_sea_and_adwin_two(sea: Rows) -> None:
    assert changes(page_hinkley(), sea.losses) == [10_486, 21_026, 32_406]
    assert changes(adwin(), sea.losses) == [10_271, 21_183]


@pytest.mark.parametrize("size", [500, 1_000, 2_000])
def test_sea_as_river_makes_it_fires_after_its_change_and_not_before(made_sea: Rows, size: int) -> None:
    found = verdicts(BinaryReference.of(made_sea.counts(0, 2_000)), made_sea.windows(size))
    first = 4_000 // size
    assert {each.state for each in found[:first]} == {"ok"}
    assert {(each.state, each.cause) for each in found[first:]} == {("firing", "concept")}


def test_page_hinkley_sees_the_loss_of_made_sea_change_soon_after_it_did(made_sea: Rows) -> None:
    found = changes(page_hinkley(), made_sea.losses)
    assert found
    assert 4_000 <= found[0] < 6_000


def test_estimated_accuracy_of_car_loan_is_within_a_hundredth_of_the_realised(car_loan: Loans) -> None:
    reference = BinaryReference.of(car_loan.reference.counts(0, 50_000))
    for window in car_loan.analysis.windows(5_000):
        estimated, realised = reference.estimate(window), binary_metrics(window).accuracy
        assert estimated is not None
        assert realised is not None
        assert abs(estimated.accuracy - realised) < 0.01


@pytest.mark.parametrize("size", SIZES)
def test_car_loan_fires_where_its_inputs_move_and_it_is_no_change_of_meaning(car_loan: Loans, size: int) -> None:
    reference = BinaryReference.of(car_loan.reference.counts(0, 50_000))
    found = verdicts(reference, car_loan.analysis.windows(size))
    first = 25_000 // size
    assert [at for at, each in enumerate(found) if each.state != "ok"] == list(range(first, len(found)))
    assert {each.cause for each in found[:first]} == {"none"}
    assert {each.cause for each in found[first:]} == {"covariate"}


def test_the_estimate_of_car_loan_falls_after_25_000_without_a_label(car_loan: Loans) -> None:
    reference = BinaryReference.of(car_loan.reference.counts(0, 50_000))
    rows = car_loan.analysis
    found = [
        reference.foretold(count_binary(rows.said[start : start + 5_000], rows.scores[start : start + 5_000]))
        for start in range(0, 50_000, 5_000)
    ]
    assert [at for at, each in enumerate(found) if each is not None and each.p < 1e-6] == [5, 6, 7, 8, 9]
    assert all(each is not None and each.effect > 0.1 for each in found[5:])


def test_car_loan_fires_without_any_label_where_its_inputs_move(car_loan: Loans) -> None:
    reference = BinaryReference.of(car_loan.reference.counts(0, 50_000))
    said, scores = car_loan.analysis.said, car_loan.analysis.scores
    parts = [slice(start, start + 2_500) for start in range(0, 50_000, 2_500)]
    found = verdicts(reference, [count_binary(said[part], scores[part]) for part in parts])
    assert [(each.state, each.cause) for each in found[:10]] == [("insufficient", "none")] * 10
    assert [(each.state, each.cause) for each in found[10:]] == [("firing", "covariate")] * 10


def test_an_estimate_is_what_calibrated_scores_come_to_row_by_row() -> None:
    random = np.random.default_rng(5)
    scores = random.random(2_000).round(2) + 0.001
    scores = np.minimum(scores, 1)
    truths = (random.random(2_000) < scores**2).astype(np.int64)
    said = (scores > 0.4).astype(np.int64)
    reference = BinaryReference.of(count_binary(said, scores, truths))
    worth = np.array(reference.worth)[np.minimum((scores * 100).astype(int), 99)]
    found = reference.estimate(count_binary(said, scores))
    assert found is not None
    tp, fp, fn = (float(part.sum()) for part in (worth[said == 1], 1 - worth[said == 1], worth[said == 0]))
    assert math.isclose(found.accuracy, float(np.where(said == 1, worth, 1 - worth).mean()), rel_tol=1e-9)
    assert math.isclose(found.precision or 0, tp / (tp + fp), rel_tol=1e-9)
    assert math.isclose(found.recall or 0, tp / (tp + fn), rel_tol=1e-9)
    assert math.isclose(found.f1 or 0, 2 * tp / (2 * tp + fp + fn), rel_tol=1e-9)
    below = (scores[:, None] // 0.01 < scores // 0.01) + 0.5 * (scores[:, None] // 0.01 == scores // 0.01)
    pairs = (1 - worth)[:, None] * worth
    assert math.isclose(found.auc or 0, float((below * pairs).sum() / pairs.sum()), rel_tol=1e-9)


def test_a_window_with_too_few_labels_says_nothing_and_leaves_what_fired() -> None:
    random = np.random.default_rng(1)
    scores = random.random(1_000)
    said, truths = (scores > 0.5).astype(np.int64), (random.random(1_000) < scores).astype(np.int64)
    reference = BinaryReference.of(count_binary(said, scores, truths))
    states = ConceptStates(ConceptRule(clear_after=2))
    wrong = count_binary(said, scores, 1 - said)
    few = count_binary(said, scores, np.where(np.arange(1_000) < 50, truths, -1))
    right = count_binary(said, scores, truths)
    told = [states.judge(findings(reference, each)).state for each in (right, wrong, few, right, right)]
    assert told == ["ok", "firing", "insufficient", "firing", "ok"]


def test_one_odd_window_is_pending_and_a_second_of_three_fires() -> None:
    odd, calm = two(0.0001), two(0.5)
    states = ConceptStates()
    assert [states.judge(each).state for each in (odd, calm, odd)] == ["pending", "ok", "firing"]
    states = ConceptStates()
    assert [states.judge(each).state for each in (odd, calm, calm, odd)] == ["pending", "ok", "ok", "pending"]


def test_three_tests_share_what_one_would_have_alone() -> None:
    from assay.monitoring.concept import Evidence

    loss, calm = Evidence("two-proportion", 900, 3.4, 0.0007, 0.2), Evidence("foretold", 900, 0.1, 0.9, 0.0)
    assert ConceptStates().judge(Findings(900, 1.0, loss, None, None)).speaking == ("loss",)
    assert ConceptStates().judge(Findings(900, 1.0, loss, calm, None)).speaking == ()


def two(p: float) -> Findings:
    from assay.monitoring.concept import Evidence

    return Findings(1_000, 1.0, Evidence("two-proportion", 1_000, 3.9, p, 0.2), None, None)
