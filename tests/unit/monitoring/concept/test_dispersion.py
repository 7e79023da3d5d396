"""Rows that depend on each other fire no more often than independent ones, once the reference has taught how they vary."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from assay.monitoring.concept import BinaryReference, ConceptStates, Dispersion, Evidence, Findings, eased
from assay.monitoring.performance import BinaryCounts, count_binary

SIZE = 1_000


def windows(seed: int, n: int, dependent: float) -> list[BinaryCounts]:
    """Windows of a model whose labels have noise that comes and goes slowly, and of which scores know nothing."""
    chance = np.random.default_rng(seed)
    rows = n * SIZE
    mood = np.zeros(rows // 100)
    for at in range(1, len(mood)):
        mood[at] = 0.9 * mood[at - 1] + chance.normal(0, 0.436)
    flips = 0.1 + dependent * np.tanh(mood).repeat(100)
    scores = chance.beta(0.5, 0.5, rows)
    said = (scores >= 0.5).astype(np.int64)
    truths = np.where(chance.random(rows) < flips, 1 - said, said)
    return [
        count_binary(said[start : start + SIZE], scores[start : start + SIZE], truths[start : start + SIZE])
        for start in range(0, rows, SIZE)
    ]


def summed(counts: list[BinaryCounts]) -> BinaryCounts:
    return sum(counts[1:], counts[0])


def found(reference: BinaryReference, window: BinaryCounts) -> Findings:
    evidence = reference.loss(window), reference.foretold(window), reference.calibration(window)
    return Findings(window.labelled, 1.0, *evidence)


def firing(dependent: float, *, taught: bool) -> float:
    past = windows(1, 60, dependent)
    reference = BinaryReference.of(summed(past))
    dispersion = Dispersion.of([found(reference, each) for each in past]) if taught else Dispersion()
    states = ConceptStates()
    verdicts = [states.judge(dispersion.ease(found(reference, each))) for each in windows(2, 200, dependent)]
    return sum(each.state == "firing" for each in verdicts) / len(verdicts)


def test_dependent_rows_fire_without_cause_where_nobody_was_taught_how_they_vary() -> None:
    assert firing(0.05, taught=False) > 0.1


@pytest.mark.parametrize("dependent", [0.0, 0.05])
def test_dependent_rows_are_silent_once_the_reference_has_taught_how_they_vary(dependent: float) -> None:
    assert firing(dependent, taught=True) == 0.0


def test_independent_rows_have_a_dispersion_of_about_one_and_few_windows_teach_nothing() -> None:
    past = windows(3, 60, 0.0)
    reference = BinaryReference.of(summed(past))
    each = [found(reference, window) for window in past]
    learned = Dispersion.of(each)
    assert max(learned.loss, learned.foretold, learned.calibration) < 1.6
    assert Dispersion.of(each[:19]) == Dispersion()


def test_an_eased_statistic_has_the_p_of_its_law() -> None:
    z, t, x = (
        Evidence("two-proportion", 100, 4.0, 2 * stats.norm.sf(4.0), 0.3),
        Evidence("welch", 100, 4.0, 1e-4, 0.3, "t", 12.5),
        Evidence("calibration", 100, 30.0, 9e-4, 0.2, "chi-square", 10),
    )
    assert eased(z, 4.0).p == pytest.approx(2 * stats.norm.sf(2.0), rel=1e-9)
    assert eased(t, 4.0).p == pytest.approx(2 * stats.t.sf(2.0, 12.5), rel=1e-9)
    assert eased(x, 2.0).p == pytest.approx(stats.chi2.sf(15.0, 10), rel=1e-9)
    assert eased(x, 2.0).effect == pytest.approx(0.1)
    assert [eased(each, 1.0) for each in (z, t, x)] == [z, t, x]
