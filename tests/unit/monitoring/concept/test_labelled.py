"""A reference of labelled windows, whatever the kind of the model: one face over the tests of each."""

from __future__ import annotations

import numpy as np
import pytest

from assay.monitoring.concept import BinaryReference, LabelledReference, RegressionReference, alike, figures
from assay.monitoring.performance import BinaryCounts, count_binary, count_multiclass, count_regression


def calm(rows: int, seed: int, wrong: float = 0.0) -> BinaryCounts:
    draw = np.random.default_rng(seed)
    scores = draw.uniform(0, 1, rows)
    truths = (draw.uniform(0, 1, rows) < scores) ^ (draw.uniform(0, 1, rows) < wrong)
    return count_binary((scores >= 0.5).astype(np.int64), scores, truths.astype(np.int64))


def test_tests_and_estimates_are_those_of_the_kind() -> None:
    reference, window = calm(5000, 1), calm(800, 2)
    by = BinaryReference.of(reference)
    estimate = by.estimate(window)

    held = LabelledReference.of([reference])

    found = held.findings(window)
    assert (found.loss, found.foretold, found.calibration) == (
        by.loss(window),
        by.foretold(window),
        by.calibration(window),
    )
    assert estimate is not None
    assert held.estimated(window).figures["accuracy"] == estimate.accuracy
    assert held.estimated(window).errors == {"accuracy": estimate.error}


def test_a_regression_too() -> None:
    said = np.random.default_rng(1).normal(0, 1, 3000)
    reference = count_regression(said, said + 0.1, (0.0,))
    window = count_regression(said[:500], said[:500] - 0.3, (0.0,))

    held = LabelledReference.of([reference])

    assert held.findings(window).calibration == RegressionReference(reference).calibration(window)
    assert held.estimated(window).figures["mae"] == pytest.approx(0.1)


def test_a_short_reference_says_nothing_of_how_windows_differ() -> None:
    assert LabelledReference.of([calm(500, seed) for seed in range(19)]).levels == ()


def test_windows_of_a_reference_show_how_they_differ_at_each_size() -> None:
    held = LabelledReference.of([calm(200, seed) for seed in range(80)])

    assert [each.labelled for each in held.levels] == [200, 400, 800]


def test_a_window_is_eased_by_how_windows_of_its_size_differ() -> None:
    """Every second hour is worse: windows of an hour differ by it, and those of two hours do not."""
    hours = [calm(200, seed, wrong=0.3 * (seed % 2)) for seed in range(40)]
    held = LabelledReference.of(hours)
    one, two = (level.dispersion for level in held.levels)

    assert one.loss > 3 > two.loss
    small = held.findings(calm(200, 99)).loss
    large = held.findings(calm(400, 99)).loss
    assert small is not None
    assert large is not None
    assert (small.dispersion, large.dispersion) == (one.loss, two.loss)


def test_windows_without_a_prediction_are_held_to_nothing() -> None:
    found = LabelledReference.of([calm(500, 1)]).findings(calm(0, 1))

    assert (found.coverage, found.loss, found.foretold, found.calibration) == (0.0, None, None, None)


def test_counts_of_other_rules_are_not_alike() -> None:
    ones = np.ones(3)
    several = [count_multiclass(each, np.zeros(3, dtype=np.int64)) for each in (("a", "b"), ("a", "c"))]
    numbers = [count_regression(ones, edges=each) for each in ((1.0,), (2.0,))]

    assert alike(calm(10, 1), calm(20, 2))
    assert alike(several[0], several[0])
    assert not any((alike(*several), alike(*numbers), alike(several[0], calm(10, 1))))


def test_figures_without_a_label_are_none() -> None:
    assert figures(count_binary(np.zeros(4, dtype=np.int64), np.full(4, 0.2))) == {}
    assert figures(count_multiclass(("a", "b"), np.zeros(4, dtype=np.int64))) == {}
    assert figures(count_regression(np.ones(4))) == {}
