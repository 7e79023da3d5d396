"""Models of several classes and regressions: estimates that come true while only inputs move, and concept told apart."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from assay.monitoring.concept import (
    ConceptStates,
    Findings,
    MulticlassReference,
    RegressionReference,
    calibration_of,
    count_reference,
    edges_of,
)
from assay.monitoring.performance import (
    MulticlassCounts,
    count_multiclass,
    count_regression,
    multiclass_metrics,
    regression_metrics,
)

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
CLASSES = ("cat", "dog", "owl")


@dataclass(frozen=True, slots=True)
class Votes:
    """Decisions among three classes, with scores that are off by a known bend, and truths."""

    said: Ints
    scores: Floats
    truths: Ints


def votes(seed: int, n: int, moved: float = 0.0, turned: float = 0.0) -> Votes:
    """Rows with inputs that are harder the more they moved, of which a share `turned` means another class."""
    chance = np.random.default_rng(seed)
    logits = chance.normal(0, 2.0 - moved, (n, 3))
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    truths = (chance.random(n)[:, None] > true.cumsum(axis=1)).sum(axis=1).clip(0, 2)
    truths = np.where(chance.random(n) < turned, (truths + 1) % 3, truths)
    bent = np.exp(1.6 * logits)
    return Votes(true.argmax(axis=1), bent / bent.sum(axis=1, keepdims=True), truths)


@pytest.fixture(scope="module")
def reference() -> MulticlassReference:
    rows = votes(1, 20_000)
    return MulticlassReference(*count_reference(CLASSES, rows.said, rows.scores, rows.truths))


def counted(reference: MulticlassReference, rows: Votes, truths: Ints | None = None) -> MulticlassCounts:
    known = rows.truths if truths is None else truths
    return count_multiclass(CLASSES, rows.said, rows.scores, known, calibration_of(reference.counts))


def judged(reference: MulticlassReference, rows: Votes) -> tuple[str, str]:
    counts = counted(reference, rows)
    evidence = reference.loss(counts), reference.foretold(counts), reference.calibration(counts)
    found = ConceptStates().judge(Findings(counts.labelled, 1.0, *evidence))
    return found.state, found.cause


def test_several_classes_that_stay_as_they_are_say_nothing(reference: MulticlassReference) -> None:
    assert {judged(reference, votes(seed, 1_000)) for seed in range(10, 30)} == {("ok", "none")}


def test_several_classes_with_harder_inputs_are_covariate_drift(reference: MulticlassReference) -> None:
    assert {judged(reference, votes(seed, 1_000, moved=0.8)) for seed in range(10, 20)} == {("firing", "covariate")}


def test_several_classes_that_mean_something_else_are_concept_drift(reference: MulticlassReference) -> None:
    assert {judged(reference, votes(seed, 1_000, turned=0.2)) for seed in range(10, 20)} == {("firing", "concept")}


@pytest.mark.parametrize("moved", [0.0, 0.5, 1.0])
def test_estimates_for_several_classes_come_true_while_only_inputs_move(
    reference: MulticlassReference, moved: float
) -> None:
    rows = votes(5, 20_000, moved=moved)
    found = reference.estimate(counted(reference, rows, np.full(20_000, -1)))
    realised = multiclass_metrics(count_multiclass(CLASSES, rows.said, rows.scores, rows.truths))
    assert found is not None
    assert realised.accuracy is not None
    assert realised.f1 is not None
    assert abs(found.accuracy - realised.accuracy) < 0.02
    assert abs(found.f1 - realised.f1) < 0.02


def test_counts_of_parts_foretell_what_all_rows_do(reference: MulticlassReference) -> None:
    rows, at = votes(6, 300), random.Random(2).randint(1, 299)
    one, other = (
        counted(reference, Votes(rows.said[part], rows.scores[part], rows.truths[part]))
        for part in (slice(at), slice(at, 300))
    )
    assert one + other == other + one == counted(reference, rows)


def test_what_counts_foretell_is_the_sum_of_what_each_row_does(reference: MulticlassReference) -> None:
    """By the formula, row by row: each class calibrated against the rest, made to add up to 1."""
    rows = votes(7, 500)
    worth = np.array(calibration_of(reference.counts).worth) / 2**36
    cells = np.minimum((rows.scores * 100).astype(np.int64), 99)
    raw = np.stack([worth[at][cells[:, at]] for at in range(3)], axis=1)
    chances = raw / raw.sum(axis=1, keepdims=True)
    right = chances[np.arange(500), rows.said]

    found = reference.estimate(counted(reference, rows, np.full(500, -1)))

    assert found is not None
    assert found.accuracy == pytest.approx(right.mean(), abs=1e-9)
    assert found.error == pytest.approx(np.sqrt((right * (1 - right)).sum()) / 500, abs=1e-9)
    f1 = [2 * right[rows.said == at].sum() / (chances[:, at].sum() + (rows.said == at).sum()) for at in range(3)]
    assert found.f1 == pytest.approx(np.mean(f1), abs=1e-9)


def test_counts_by_another_calibration_have_the_test_of_their_loss_alone(reference: MulticlassReference) -> None:
    rows = votes(8, 1_000)
    theirs = MulticlassReference(*count_reference(CLASSES, rows.said, rows.scores, rows.truths)).counts
    for window in (theirs, theirs.bare()):
        assert reference.loss(window) is not None
        assert (reference.estimate(window), reference.foretold(window), reference.calibration(window)) == (None,) * 3


def forecasts(seed: int, n: int, moved: float = 0.0, noisier: float = 1.0) -> tuple[Floats, Floats]:
    """What was said, and truths around it: further away the larger it is."""
    chance = np.random.default_rng(seed)
    said = chance.gamma(2.0 + moved, 1.0, n)
    return said, said + chance.normal(0, 0.1 + 0.2 * said) * noisier


@pytest.fixture(scope="module")
def line() -> RegressionReference:
    said, truths = forecasts(1, 20_000)
    return RegressionReference(count_regression(said, truths, edges_of(said)))


def standing(line: RegressionReference, seed: int, moved: float = 0.0, noisier: float = 1.0) -> tuple[str, str]:
    counts = count_regression(*forecasts(seed, 2_000, moved, noisier), line.counts.edges)
    evidence = line.loss(counts), line.foretold(counts), line.calibration(counts)
    found = ConceptStates().judge(Findings(counts.labelled, 1.0, *evidence))
    return found.state, found.cause


def test_a_regression_that_stays_as_it_is_says_nothing(line: RegressionReference) -> None:
    assert {standing(line, seed) for seed in range(10, 40)} == {("ok", "none")}


def test_a_regression_with_larger_predictions_is_covariate_drift(line: RegressionReference) -> None:
    assert {standing(line, seed, moved=0.7) for seed in range(10, 20)} == {("firing", "covariate")}


def test_a_regression_with_larger_errors_for_the_same_predictions_is_concept_drift(line: RegressionReference) -> None:
    assert {standing(line, seed, noisier=1.4) for seed in range(10, 20)} == {("firing", "concept")}


@pytest.mark.parametrize("moved", [0.0, 0.5])
def test_estimates_of_a_regression_come_true_while_only_its_predictions_move(
    line: RegressionReference, moved: float
) -> None:
    said, truths = forecasts(3, 20_000, moved)
    counts = count_regression(said, truths, line.counts.edges)
    found, realised = line.estimate(counts), regression_metrics(counts)
    assert found is not None
    assert realised.mae == pytest.approx(found.mae, rel=0.05)
    assert realised.rmse == pytest.approx(found.rmse, rel=0.05)


def test_edges_give_cells_of_about_one_size_and_ties_share_one() -> None:
    assert len(edges_of(np.arange(1_000.0))) == 19
    assert edges_of(np.array([3.0] * 50)) == ()
    assert edges_of(np.array([1.0] * 90 + [2.0] * 10)) == (2.0,)
    assert edges_of(np.array([np.nan])) == ()
