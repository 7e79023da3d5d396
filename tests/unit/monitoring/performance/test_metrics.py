"""Figures equal the published definitions, recounted row by row, to 1e-9."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.monitoring.performance import (
    binary_metrics,
    count_binary,
    count_multiclass,
    count_regression,
    multiclass_metrics,
    regression_metrics,
)

BINARY = st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1), st.integers(0, 1)), min_size=1, max_size=40)
THREE = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 2), st.tuples(*[st.floats(0.01, 1)] * 3)), min_size=1, max_size=40
)
USUAL = st.floats(-1e3, 1e3).filter(lambda x: not x or abs(x) > 1e-9)
PAIRS = st.lists(st.tuples(USUAL, USUAL), min_size=1, max_size=40)
CLASSES = ("a", "b", "c")
EPS = float(np.finfo(np.float64).eps)


def close(found: float | None, wanted: float | None) -> bool:
    if found is None or wanted is None:
        return found is wanted
    return math.isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-12)


def share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def clipped(p: float) -> float:
    return min(max(p, EPS), 1 - EPS)


def cell(score: float) -> int:
    return min(int(score * 100), 99)


def brute_area(rows: list[tuple[float, bool]]) -> float | None:
    """Pair by pair, of scores that are told apart by cell."""
    ones, zeros = ([cell(score) for score, one in rows if one is wanted] for wanted in (True, False))
    won = sum(1.0 if one > zero else 0.5 if one == zero else 0.0 for one, zero in product(ones, zeros))
    return share(won, len(ones) * len(zeros))


@settings(deadline=None)
@given(BINARY)
def test_binary_figures(rows: list[tuple[int, float, int]]) -> None:
    said, scores, truths = (np.array(column) for column in zip(*rows, strict=True))
    found = binary_metrics(count_binary(said, scores, truths))
    tp = sum(s == t == 1 for s, _, t in rows)
    right = sum(s == t for s, _, t in rows)
    took, true = int(said.sum()), int(truths.sum())
    assert close(found.accuracy, right / len(rows))
    assert close(found.precision, share(tp, took))
    assert close(found.recall, share(tp, true))
    assert close(found.f1, share(2 * tp, took + true))
    assert close(found.auc, brute_area([(p, t == 1) for _, p, t in rows]))
    assert close(found.brier, math.fsum((p - t) ** 2 for _, p, t in rows) / len(rows))
    costs = [-math.log(clipped(p if t else 1 - p)) for _, p, t in rows]
    assert close(found.log_loss, math.fsum(costs) / len(rows))
    bins = [[(p, t) for _, p, t in rows if cell(p) // 10 == at] for at in range(10)]
    apart = math.fsum(abs(math.fsum(p - t for p, t in each)) for each in bins)
    assert close(found.calibration_error, apart / len(rows))


@settings(max_examples=60, deadline=None)
@given(THREE)
def test_multiclass_figures(rows: list[tuple[int, int, tuple[float, ...]]]) -> None:
    said, truths = (np.array([row[at] for row in rows]) for at in (0, 1))
    scores = np.array([row[2] for row in rows])
    scores /= scores.sum(axis=1, keepdims=True)
    found = multiclass_metrics(count_multiclass(CLASSES, said, scores, truths))
    there = sorted(set(said.tolist()) | set(truths.tolist()))
    hit = {k: int(((said == k) & (truths == k)).sum()) for k in there}
    took, true = ({k: int((of == k).sum()) for k in there} for of in (said, truths))
    mean = len(there)
    assert close(found.accuracy, float((said == truths).mean()))
    assert close(found.precision, sum(share(hit[k], took[k]) or 0 for k in there) / mean)
    assert close(found.recall, sum(share(hit[k], true[k]) or 0 for k in there) / mean)
    assert close(found.f1, sum(2 * hit[k] / (took[k] + true[k]) for k in there) / mean)
    areas = [brute_area([(float(p[k]), bool(t == k)) for p, t in zip(scores, truths, strict=True)]) for k in range(3)]
    known = [each for each in areas if each is not None]
    assert close(found.auc, sum(known) / 3 if len(known) == 3 else None)
    costs = [-math.log(clipped(float(p[t]))) for p, t in zip(scores, truths, strict=True)]
    assert close(found.log_loss, math.fsum(costs) / len(rows))
    squares = [float((p[k] - (t == k)) ** 2) for p, t in zip(scores, truths, strict=True) for k in range(3)]
    assert close(found.brier, math.fsum(squares) / len(rows))


@settings(deadline=None)
@given(PAIRS)
def test_regression_figures(rows: list[tuple[float, float]]) -> None:
    said, truths = (np.array(column) for column in zip(*rows, strict=True))
    found = regression_metrics(count_regression(said, truths))
    errors = [s - t for s, t in rows]
    mean = math.fsum(truths.tolist()) / len(rows)
    squares = math.fsum(each * each for each in errors)
    spread = math.fsum((t - mean) ** 2 for _, t in rows)
    assert close(found.mae, math.fsum(map(abs, errors)) / len(rows))
    assert close(found.rmse, math.sqrt(squares / len(rows)))
    assert close(found.bias, math.fsum(errors) / len(rows))
    if len(set(truths.tolist())) == 1:
        assert found.r2 is None
    elif spread > 1e-6:
        assert close(found.r2, 1 - squares / spread)


def test_a_class_that_the_model_does_not_know_is_a_class_of_its_own_in_the_means() -> None:
    found = multiclass_metrics(count_multiclass(("a", "b"), np.array([0, 1]), None, np.array([0, 2])))
    assert (found.accuracy, found.recall) == (0.5, 1 / 3)


def test_nothing_labelled_has_no_figures() -> None:
    counts = count_binary(np.array([1, 0]), np.array([0.9, 0.2]))
    found = binary_metrics(counts)
    assert (counts.n, found.accuracy, found.auc, found.log_loss, found.calibration_error) == (2, None, None, None, None)
