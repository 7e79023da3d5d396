"""Predictions with their labels: SEA as River makes it, and the sets of ASSAY_DATA."""

from __future__ import annotations

import csv
import gzip
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from assay.monitoring.performance import BinaryCounts, count_binary

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rows:
    """What a binary model said in order, and what was true."""

    said: Ints
    scores: Floats
    truths: Ints

    def counts(self, start: int, end: int) -> BinaryCounts:
        part = slice(start, end)
        return count_binary(self.said[part], self.scores[part], self.truths[part])

    def windows(self, size: int) -> list[BinaryCounts]:
        return [self.counts(start, start + size) for start in range(0, self.said.size, size)]

    @property
    def losses(self) -> list[float]:
        return [float(each) for each in self.said != self.truths]


@dataclass(frozen=True, slots=True)
class Loans:
    """The car-loan set: a reference, and rows of which the inputs move at 25,000."""

    reference: Rows
    analysis: Rows


def columns(file: str, *names: str) -> list[Floats]:
    with gzip.open(Path(os.environ["ASSAY_DATA"]) / file, "rt") as text:
        rows = list(csv.DictReader(text))
    return [np.array([float(row[name]) for row in rows]) for name in names]


def whole(values: Floats) -> Ints:
    return values.astype(np.int64)


@pytest.fixture(scope="session")
def sea() -> Rows:
    """40,000 rows; what makes a label changes at 10,000, 20,000 and 30,000, the features stay as they are."""
    said, scores, truths = columns("sea/sea.csv.gz", "pred", "proba", "y")
    return Rows(whole(said), scores, whole(truths))


@pytest.fixture(scope="session")
def car_loan() -> Loans:
    said, scores, truths = columns("car_loan/reference.csv.gz", "y_pred", "y_pred_proba", "repaid")
    reference = Rows(whole(said), scores, whole(truths))
    said, scores = columns("car_loan/analysis.csv.gz", "y_pred", "y_pred_proba")
    (truths,) = columns("car_loan/analysis_target.csv.gz", "repaid")
    return Loans(reference, Rows(whole(said), scores, whole(truths)))


@pytest.fixture(scope="session")
def made_sea() -> Rows:
    """SEA from River: three concepts of 4,000 rows each, scored by what is known of the first one."""
    from itertools import islice

    from river.datasets.synth import SEA

    features, truths = [], []
    for variant in (0, 2, 3):
        for x, y in islice(SEA(variant=variant, noise=0.05, seed=11 + variant), 4_000):
            features.append(x[0] + x[1])
            truths.append(int(y))
    scores = 0.05 + 0.9 / (1 + np.exp(-2.0 * (np.array(features) - 8.0)))
    return Rows((scores >= 0.5).astype(np.int64), scores, np.array(truths))
