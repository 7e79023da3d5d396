"""SEA and car loan: right windows, right causes, silence elsewhere, and estimates that come true."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from assay.monitoring.concept import BinaryReference, adwin, changes, page_hinkley
from assay.monitoring.performance import binary_metrics, count_binary
from tests.unit.monitoring.concept.judging import verdicts

if TYPE_CHECKING:
    from tests.unit.monitoring.concept.conftest import Loans, Rows

pytestmark = pytest.mark.skipif(
    "ASSAY_DATA" not in os.environ,
    reason="NOT PROVED: models of SEA and car loan are read from the folder that ASSAY_DATA names",
)

SIZES = [500, 1_000, 2_000, 5_000]


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
