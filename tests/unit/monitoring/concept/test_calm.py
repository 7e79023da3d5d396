"""Where nothing changes nothing fires, in small windows and with scores of every shape; ASSAY_TEST_WINDOWS says how many."""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from assay.monitoring.concept import BinaryReference, ConceptStates, Findings
from assay.monitoring.performance import BinaryCounts, count_binary

WINDOWS = int(os.environ.get("ASSAY_TEST_WINDOWS", "150"))
FALSE_RAISES = 2 * 0.001**2 + 3e-6
"""A window: two of three that speak by chance, or one test with a p below one in a million."""

Floats = NDArray[np.float64]
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
