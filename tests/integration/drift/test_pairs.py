"""Columns that were torn apart fire in the stream, where they do over files, with the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv

from assay.api.alerts.v1 import alerts_pb2
from assay.api.drift.v1 import window_pb2 as pb
from assay.cli.drift.asking import Asked
from assay.cli.drift.correlations import PairedWindow, paired
from assay.cli.drift.labelled import Said, reference_text
from assay.contracts.analytical import Feature, FeatureSchema, Model
from assay.testkit import Broker, eventually
from tests.integration.drift.stage import BEGIN_S, WITHIN_S, drift_stage
from tests.integration.drift.test_same_verdicts import PARTITIONS, STEP_S, Row, streamed
from tests.integration.drift.told import told_of

SIZE, WINDOWS, TORN = 500, 10, 5
FIRING = pb.DRIFT_STATE_FIRING


def rows(seed: int, count: int, torn_from: int) -> list[Row]:
    """Income and loan go together; from one row on, each has the loan of the one before. Age goes with nothing."""
    chance = np.random.default_rng(seed)
    income, age = chance.lognormal(10, 0.5, count), chance.integers(18, 80, count).astype(np.float64)
    loan = income * chance.lognormal(-1, 0.4, count)
    loan[torn_from:] = np.roll(loan[torn_from:], 1)
    lacks = chance.random(count) < 0.02
    return [
        {"income": one, "loan": None if lack else other, "age": years}
        for one, other, years, lack in zip(income.tolist(), loan.tolist(), age.tolist(), lacks.tolist(), strict=True)
    ]


def written(file: Path, found: Sequence[Row]) -> Path:
    csv.write_csv(pa.Table.from_pylist([dict(each) for each in found]), file)
    return file


def assert_as_over_files(window: pb.Window, over_files: PairedWindow) -> None:
    """The pairs that moved over files are those of the window, number by number."""
    moved = {(each.left, each.right): each for each in over_files.verdict.findings if each.moved}
    told = {(each.left, each.right): each for each in window.pairs if each.q <= window.pairs_verdict.threshold}
    assert (window.pairs_verdict.tested, window.pairs_verdict.moved) == (over_files.verdict.pairs, len(moved))
    assert told.keys() == moved.keys()
    for key, each in moved.items():
        found = told[key]
        assert (found.n, found.before, found.now, found.p, found.q) == (each.n, each.before, each.now, each.p, each.q)


async def first_told(broker: Broker, model: str) -> list[tuple[str, int, int]]:
    """What was said of a model as soon as there is something; what is said again is left out."""
    said = await eventually(lambda: told_of(broker.bootstrap, model), WITHIN_S)
    return list(dict.fromkeys(said))


@pytest.mark.timeout(900)
async def test_a_pair_that_was_torn_apart_fires_in_its_window_as_over_files(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    before, now = rows(1, 12_000, 12_000), rows(2, SIZE * WINDOWS, SIZE * TORN)
    files = written(tmp_path / "before.csv", before), written(tmp_path / "now.csv", now)
    asked = Asked(window_rows=SIZE)
    schema = FeatureSchema((Feature("income"), Feature("loan"), Feature("age")))
    model = Model(unique("loans"), schema, classes=("no", "yes"), partitions=PARTITIONS)
    profile = reference_text(files[0], asked, Said())

    async with drift_stage(broker, tmp_path, model, {"window": f"PT{SIZE}M"}, 2, profile) as stage:
        windows = await streamed(stage, now, SIZE, hurt=broker.is_durable)
        breaches = await first_told(broker, model.name)

    assert [each.start_ms for each in windows] == [1000 * (BEGIN_S + STEP_S * SIZE * place) for place in range(WINDOWS)]
    for window, over_files in zip(windows, paired(*files, asked), strict=True):
        assert_as_over_files(window, over_files)
    firing = [[(each.left, each.right) for each in window.pairs if each.state == FIRING] for window in windows]
    assert firing == [[]] * TORN + [[("income", "loan")]] * (WINDOWS - TORN)
    assert not [each.feature for window in windows for each in window.features if each.state == FIRING]
    assert breaches == [("drift/pair/income~loan", windows[TORN].start_ms, alerts_pb2.BREACH_STATE_FIRING)]
