"""Counts of predictions merge by addition, whatever the order and the grouping, and what is taken away leaves nothing."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.monitoring.performance import (
    Additive,
    BinaryCounts,
    MixedCountsError,
    MulticlassCounts,
    RegressionCounts,
    UnreadableCountsError,
    count_binary,
    count_multiclass,
    count_regression,
)

C = TypeVar("C", bound=Additive)
Row = tuple[float, float, float, float]
CLASSES = ("a", "b")
EDGES = (-1.0, 0.0, 2.5)

SCORE = st.floats(0, 1) | st.just(float("nan")) | st.sampled_from([0.0, 1.0, 0.29, 0.99])
BINARY = st.lists(st.tuples(st.integers(0, 1), SCORE, SCORE, st.integers(-1, 1)), max_size=30)
MULTICLASS = st.lists(st.tuples(st.integers(0, 2), SCORE, SCORE, st.integers(-1, 2)), max_size=30)
NUMBER = st.floats(-1e6, 1e6) | st.just(float("nan"))
REGRESSION = st.lists(st.tuples(NUMBER, NUMBER, NUMBER, NUMBER), max_size=30)


def table(rows: Sequence[Row]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.array(rows, dtype=np.float64).reshape(len(rows), 4)


def binary(rows: Sequence[Row]) -> BinaryCounts:
    said, score, _, truth = table(rows).T
    return count_binary(said.astype(np.int64), score, truth.astype(np.int64))


def multiclass(rows: Sequence[Row]) -> MulticlassCounts:
    columns = table(rows)
    return count_multiclass(CLASSES, columns[:, 0].astype(np.int64), columns[:, 1:3], columns[:, 3].astype(np.int64))


def regression(rows: Sequence[Row]) -> RegressionCounts:
    columns = table(rows)
    return count_regression(columns[:, 0], columns[:, 3], EDGES)


def assert_merges(count: Callable[[Sequence[Row]], C], rows: list[Row], chance: random.Random) -> None:
    shuffled = chance.sample(rows, len(rows))
    low, high = sorted((chance.randint(0, len(rows)), chance.randint(0, len(rows))))
    a, b, c = count(shuffled[:low]), count(shuffled[low:high]), count(shuffled[high:])
    whole = count(rows)
    assert (a + b) + c == a + (b + c) == (c + b) + a == whole
    assert whole - b == a + c
    assert type(whole).read(json.loads(json.dumps(whole.written()))) == whole


@settings(max_examples=50, deadline=None)
@given(BINARY, st.randoms(use_true_random=False))
def test_binary_counts_merge(rows: list[Row], chance: random.Random) -> None:
    assert_merges(binary, rows, chance)


@settings(max_examples=50, deadline=None)
@given(MULTICLASS, st.randoms(use_true_random=False))
def test_multiclass_counts_merge(rows: list[Row], chance: random.Random) -> None:
    assert_merges(multiclass, rows, chance)


@settings(max_examples=50, deadline=None)
@given(REGRESSION, st.randoms(use_true_random=False))
def test_regression_counts_merge(rows: list[Row], chance: random.Random) -> None:
    assert_merges(regression, rows, chance)


def test_nothing_counted_is_what_leaves_a_sum_as_it_is() -> None:
    assert multiclass([]) == MulticlassCounts.empty(CLASSES)
    assert regression([]) == RegressionCounts.empty(EDGES)
    assert binary([]) == BinaryCounts()


def test_counts_of_other_classes_cells_or_kinds_are_not_added() -> None:
    with pytest.raises(MixedCountsError, match="classes"):
        MulticlassCounts.empty(("a", "b")) + MulticlassCounts.empty(("a", "c"))
    with pytest.raises(MixedCountsError, match="edges"):
        RegressionCounts.empty((1.0,)) + RegressionCounts.empty((2.0,))
    with pytest.raises(MixedCountsError):
        BinaryCounts().combined(RegressionCounts.empty(), 1)  # type: ignore[arg-type]  # what a caller may do


def test_what_these_counts_never_write_is_refused() -> None:
    with pytest.raises(UnreadableCountsError):
        BinaryCounts.read({"predicted": [1]})
    with pytest.raises(UnreadableCountsError):
        BinaryCounts.read({name: [1, "x"] for name in BinaryCounts.__slots__})
    with pytest.raises(UnreadableCountsError):
        BinaryCounts.read([1, 2])


def test_a_score_that_is_no_probability_is_a_prediction_without_a_score() -> None:
    counts = count_binary(np.array([1, 0, 1]), np.array([1.5, -0.1, np.nan]), np.array([1, 0, 0]))
    assert (counts.n, counts.labelled, counts.wrong, int(counts.scores().sum())) == (3, 3, 1, 0)


def test_a_prediction_that_is_no_number_is_counted_apart() -> None:
    counts = count_regression(np.array([1.0, np.nan, np.inf]), np.array([2.0, 1.0, 1.0]))
    assert (counts.n, counts.unusable, counts.labelled) == (3, 2, 1)
