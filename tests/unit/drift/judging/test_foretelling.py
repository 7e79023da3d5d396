"""Figures of a regression before labels: by the features of a window where they were counted, else by its predictions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from assay.drift.judging.performance import judge_performance
from assay.drift.judging.totals import Totals
from assay.drift.references import Reference
from assay.drift.references.reference import read, taken_in
from assay.monitoring.concept import RegressionReference, edges_of
from assay.monitoring.losses import loss_model_of, profile_with_losses
from assay.monitoring.multivariate import even_windows, pair_counter, pairs_of, profile_with_pairs
from assay.monitoring.performance import RegressionCounts, count_regression
from assay.monitoring.performance.papers import profile_with
from assay.monitoring.profiles import Numbers, Table, profile_of
from assay.monitoring.profiles.papers import profile_to_json
from tests.unit.drift.watched import watched

Floats = NDArray[np.float64]

MODEL = watched(kind="regression")
ROWS = 4_000


def rows_of(rows: int, seed: int, shift: float = 0.0) -> tuple[Table, Floats, Floats]:
    """Errors are large where `tenure` is, and what is said knows nothing of it."""
    draw = np.random.default_rng(seed)
    tenure, income = draw.normal(shift, 1, rows), draw.normal(0, 1, rows)
    said = income * 10
    table: Table = {"tenure": Numbers(tenure), "income": Numbers(income), "prediction.score": Numbers(said)}
    return table, said, said + draw.normal(0, 1, rows) * (2 + np.tanh(tenure))


TABLE, SAID, TRUTHS = rows_of(ROWS, 1)
EDGES = edges_of(SAID)
PROFILE = profile_of(TABLE)
PAIRS = pairs_of(PROFILE, TABLE, even_windows(ROWS))
LOSSES = loss_model_of(PROFILE, PAIRS, TABLE, SAID, TRUTHS)
assert PAIRS is not None
assert LOSSES is not None
COUNTS = count_regression(SAID, TRUTHS, EDGES)
REFERENCE = Reference("r", "churn", "7", PROFILE, (COUNTS,), "set", 0, PAIRS, LOSSES)
SHIFTED = rows_of(2_000, 2, shift=1.0)


def window(share: float = 1.0) -> tuple[Totals, RegressionCounts]:
    """A window in which `tenure` is larger; the features of a share of its rows were counted."""
    table, said, _ = SHIFTED
    counts = count_regression(said, None, EDGES)
    part: Table = {name: column.take(slice(0, int(share * len(said)))) for name, column in table.items()}
    assert PAIRS is not None
    pairs = pair_counter(PROFILE, PAIRS.names).count(PROFILE.place(part))
    return Totals({"r": PROFILE.count(part)}, performance=counts, pairs={"r": pairs}), counts


def estimated(reference: Reference, totals: Totals) -> tuple[dict[str, float], float]:
    told, _ = judge_performance(MODEL, reference, totals, {})
    assert told is not None
    return dict(told.estimated), told.estimated_error["mae"]


def test_larger_errors_are_foretold_where_a_feature_tells_of_them() -> None:
    totals, counts = window()
    _, said, truths = SHIFTED
    now, before = np.abs(said - truths).mean(), np.abs(SAID - TRUTHS).mean()

    found, error = estimated(REFERENCE, totals)

    coarse = RegressionReference(COUNTS).estimate(counts)
    assert coarse is not None
    assert abs(found["mae"] - now) < 0.3 * (now - before) < 0.5 * abs(coarse.mae - now)
    assert found["rmse"] > coarse.rmse
    assert LOSSES is not None
    wanted = LOSSES.estimate(totals.features["r"], totals.pairs["r"])
    assert wanted is not None
    assert (found, error) == ({"mae": wanted.mae, "rmse": wanted.rmse}, wanted.error)


@pytest.mark.parametrize("lacks", ["model", "features", "pairs", "rows", "reference"])
def test_without_them_the_predictions_alone_tell(lacks: str) -> None:
    totals, counts = window(share=0.5 if lacks == "rows" else 1.0)
    reference = replace(REFERENCE, losses=None) if lacks == "model" else REFERENCE
    if lacks == "reference":
        totals = replace(totals, features={"other": totals.features["r"]}, pairs={"other": totals.pairs["r"]})
    if lacks == "features":
        totals = replace(totals, features={})
    if lacks == "pairs":
        totals = replace(totals, pairs={})

    found, error = estimated(reference, totals)

    coarse = RegressionReference(COUNTS).estimate(counts)
    assert coarse is not None
    assert (found, error) == ({"mae": coarse.mae, "rmse": coarse.rmse}, coarse.error)


def test_a_reference_that_is_set_is_read_with_its_model_of_the_loss() -> None:
    text = profile_with_losses(profile_with_pairs(profile_to_json(PROFILE), PAIRS), LOSSES)
    set_one = read(taken_in("churn", "7", profile_with(text, [COUNTS]).encode(), b"", "set", 0))
    totals, _ = window()
    totals = replace(totals, features={set_one.id: totals.features["r"]}, pairs={set_one.id: totals.pairs["r"]})

    assert estimated(set_one, totals) == estimated(REFERENCE, window()[0])
