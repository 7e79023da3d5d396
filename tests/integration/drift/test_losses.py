"""Before any label comes, the stream estimates the errors of a regression by its features, as the same rows of a file do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from pyarrow import csv

from assay.api.drift.v1 import window_pb2 as pb
from assay.cli.drift.asking import Asked
from assay.cli.drift.labelled import Said, reference_text
from assay.client import Answer
from assay.contracts.analytical import Feature, FeatureSchema, Model
from assay.monitoring.concept import LabelledReference
from assay.monitoring.losses import read_losses
from assay.monitoring.multivariate import pair_counter, read_pairs
from assay.monitoring.performance import RegressionCounts, count_regression
from assay.monitoring.performance.papers import added_up, read_performance
from assay.monitoring.profiles import Numbers, Table
from assay.monitoring.profiles.papers import profile_from_json
from assay.testkit import Broker
from tests.integration.drift.stage import BEGIN_S, Case, drift_stage, repeated, shuffled

PARTITIONS, SIZE, WINDOWS, OTHERS = 4, 500, 6, 3
"""From window `OTHERS` on other inputs come: both features are larger, and what is said of them is not."""

STEP_MS = 60_000

Floats = NDArray[np.float64]


def rows(count: int, others: slice, seed: int) -> dict[str, Floats]:
    """Errors are larger where age and income are; what is said is their difference, and so hardly tells of it."""
    chance = np.random.default_rng(seed)
    age, income = chance.normal(0, 1, count), chance.normal(0, 1, count)
    age[others] += 1
    income[others] += 1
    said = age - income
    true = said + chance.normal(0, 1, count) * (3 + np.tanh(age) + np.tanh(income) + np.tanh(age * income))
    return {"age": age, "income": income, "said": said, "true": true}


def reference(file: Path, found: dict[str, Floats]) -> str:
    csv.write_csv(pa.table({name: pa.array(column) for name, column in found.items()}), file)
    said = Said(label="true", prediction="said", kind="regression")
    return reference_text(file, Asked(window_rows=SIZE), said)


def by_rows(text: str, now: dict[str, Floats]) -> list[dict[str, float]]:
    """What the reference says of each window of rows: figures, and the standard error."""
    profile, pairs = profile_from_json(text), read_pairs(text)
    losses = read_losses(text, profile, pairs)
    assert losses is not None
    assert pairs is not None
    found = []
    for start in range(0, SIZE * WINDOWS, SIZE):
        names = {"age": "age", "income": "income", "prediction.score": "said"}
        table: Table = {name: Numbers(now[column][start : start + SIZE]) for name, column in names.items()}
        estimate = losses.estimate(profile.count(table), pair_counter(profile, pairs.names).count(profile.place(table)))
        assert estimate is not None
        found.append({"mae": estimate.mae, "rmse": estimate.rmse, "error": estimate.error})
    return found


def told(windows: Sequence[pb.Window]) -> list[dict[str, float]]:
    return [{**each.performance.estimated, "error": each.performance.estimated_error["mae"]} for each in windows]


@pytest.mark.timeout(600)
async def test_errors_are_estimated_by_features_as_over_rows_of_a_file(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    before = rows(12_000, slice(0), 1)
    now = rows(SIZE * WINDOWS, slice(SIZE * OTHERS, SIZE * WINDOWS), 2)
    text = reference(tmp_path / "before.csv", before)
    schema = FeatureSchema((Feature("age"), Feature("income")))
    model = Model(unique("prices"), schema, kind="regression", partitions=PARTITIONS)
    cases = [
        Case(
            f"p{place}",
            1000 * BEGIN_S + STEP_MS * place,
            {"age": float(now["age"][place]), "income": float(now["income"][place])},
            Answer(score=float(now["said"][place])),
        )
        for place in range(SIZE * WINDOWS)
    ]
    ends = [Case(f"end{place}", cases[-1].at_ms + 3 * 3_600_000, cases[-1].features) for place in range(64)]

    async with drift_stage(broker, tmp_path, model, {"window": f"PT{SIZE}M"}, 2, text) as stage:
        await stage.send(repeated(stage.batches(shuffled(cases, 30 * STEP_MS, 3)), 0.1, 5) + stage.batches(ends))
        windows = await stage.until_windows(WINDOWS)

    assert told(windows) == by_rows(text, now)
    whole = added_up(read_performance(text))
    assert isinstance(whole, RegressionCounts)
    counts = count_regression(now["said"][SIZE * OTHERS :], None, whole.edges)
    coarse = LabelledReference(whole).estimated(counts).figures["mae"]
    later = np.mean([each.performance.estimated["mae"] for each in windows[OTHERS:]])
    true = np.abs(now["said"] - now["true"])[SIZE * OTHERS :].mean()
    assert abs(later - true) < 0.3 * abs(coarse - true)
