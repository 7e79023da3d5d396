"""Where nothing changes nothing fires, in small windows and with scores of every shape; ASSAY_TEST_WINDOWS says how many."""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from assay.monitoring.concept import (
    BinaryReference,
    ConceptRule,
    ConceptStates,
    Findings,
    LabelledReference,
    calibration_of,
    count_reference,
)
from assay.monitoring.performance import BinaryCounts, count_binary, count_multiclass
from assay.monitoring.performance.papers import ModelCounts
from assay.monitoring.verdicts import chances_for
from assay.monitoring.verdicts.budget import SHARE

WINDOWS = int(os.environ.get("ASSAY_TEST_WINDOWS", "150"))
FALSE_RAISES = 2 * 0.001**2 + 3e-6
"""A window: two of three that speak by chance, or one test with a p below one in a million."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SCORES: dict[str, Callable[[np.random.Generator, int], Floats]] = {
    "even": lambda chance, n: chance.random(n),
    "sharp": lambda chance, n: chance.beta(0.15, 0.15, n),
    "rare": lambda chance, n: chance.beta(0.3, 20, n),
    "sure": lambda chance, n: np.where(chance.random(n) < 0.5, chance.beta(0.5, 60, n), chance.beta(60, 0.5, n)),
}


def counted(kind: str, chance: np.random.Generator, n: int) -> BinaryCounts:
    scores = SCORES[kind](chance, n)
    truths = (chance.random(n) < scores).astype(np.int64)
    return count_binary((scores >= 0.5).astype(np.int64), scores, truths)


@pytest.mark.parametrize("rows", [100, 500, 2_000])
@pytest.mark.parametrize("kind", SCORES)
def test_calm_windows_fire_no_more_often_than_is_promised(kind: str, rows: int) -> None:
    chance = np.random.default_rng([len(kind), rows])
    reference, states = BinaryReference.of(counted(kind, chance, 20 * max(rows, 1_000))), ConceptStates()
    raised, fired = 0, False
    for _ in range(WINDOWS):
        window = counted(kind, chance, rows)
        evidence = reference.loss(window), reference.foretold(window), reference.calibration(window)
        firing = states.judge(Findings(rows, 1.0, *evidence)).state == "firing"
        raised += firing and not fired
        fired = firing
    assert raised <= stats.poisson.ppf(0.999, WINDOWS * FALSE_RAISES)


LOOSE = 0.05
"""A chance to speak with which so many windows raise that what is promised can be measured."""


def binary(chance: np.random.Generator) -> tuple[ModelCounts, Callable[[], ModelCounts]]:
    """A reference, and one window after another."""
    return counted("even", chance, 20_000), lambda: counted("even", chance, 200)


def several(chance: np.random.Generator) -> tuple[ModelCounts, Callable[[], ModelCounts]]:
    """The same with three classes."""

    def rows(n: int) -> tuple[Ints, Floats, Ints]:
        scores = chance.dirichlet((0.6, 0.6, 0.6), n)
        truths = (chance.random(n)[:, None] > scores.cumsum(axis=1)).sum(axis=1).clip(0, 2)
        return scores.argmax(axis=1), scores, truths

    (reference,) = count_reference(("a", "b", "c"), *rows(20_000))
    worth = calibration_of(reference)
    return reference, lambda: count_multiclass(("a", "b", "c"), *rows(200), worth)


@pytest.mark.parametrize("kind", [binary, several])
def test_windows_raise_no_more_often_than_their_chances_say_where_that_can_be_measured(
    kind: Callable[[np.random.Generator], tuple[ModelCounts, Callable[[], ModelCounts]]],
) -> None:
    reference, window = kind(np.random.default_rng(4))
    held = LabelledReference.of([reference])
    states = ConceptStates(ConceptRule(alpha=LOOSE, loss_floor=0.0, calibration_floor=0.0))
    raised, fired = 0, False
    for _ in range(WINDOWS):
        firing = states.judge(held.findings(window())).state == "firing"
        raised += firing and not fired
        fired = firing
    assert raised <= stats.poisson.ppf(0.999, WINDOWS * (2 * LOOSE**2 + 3e-6))


@pytest.mark.parametrize("budget", [0.001, 0.1, 1.0, 30.0])
@pytest.mark.parametrize(("minutes", "overlap"), [(1, 1), (1, 60), (15, 4), (60, 1), (1440, 1)])
def test_a_month_of_windows_keeps_to_the_share_of_the_budget(budget: float, minutes: int, overlap: int) -> None:
    windows = 30 * 24 * 60 / minutes
    speaks, sure = chances_for(budget, windows, overlap)
    assert windows * ((overlap + 1) * speaks**2 + 3 * sure) <= SHARE * budget * (1 + 1e-9)
    assert (speaks, sure) <= (ConceptRule().alpha, ConceptRule().sure)


def test_an_hour_or_more_is_tested_as_files_are() -> None:
    assert chances_for(1.0, 30 * 24) == (ConceptRule().alpha, ConceptRule().sure)
