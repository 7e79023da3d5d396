"""The measurement of drift writes what a model's client would, and its figures are shown."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from assay.api.models.v1.prediction_pb2 import FeatureColumns, NumberColumn, PredictionBatch
from assay.cli.bench.show import show_drift
from assay.client.analytical.partition import partition_of
from assay.monitoring.profiles import Numbers, profile_of
from assay.monitoring.profiles.papers import profile_to_json
from tests.performance import page
from tests.performance.answers import PARTITIONS, ids_of_partitions
from tests.performance.loops.binned import binned


def test_ids_of_a_partition_belong_to_it() -> None:
    found = [(number, next(ids)) for number, ids in enumerate(ids_of_partitions()) for _ in range(50)]
    assert all(partition_of(name, PARTITIONS) == number for number, name in found)
    assert len({name for _, name in found}) == 50 * PARTITIONS


def test_the_limit_takes_every_value_of_a_batch(tmp_path: Path) -> None:
    values = np.random.default_rng(3).normal(size=200)
    profile = tmp_path / "profile.json"
    profile.write_text(profile_to_json(profile_of({"one": Numbers(values), "two": Numbers(-values)})))
    columns = [NumberColumn(values=values), NumberColumn(values=-values)]
    ids = [str(number) for number in range(200)]

    assert binned(profile)(PredictionBatch(prediction_ids=ids, features=FeatureColumns(numbers=columns))) == 400


def test_table_of_drift_has_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    figures = json.loads(page.DRIFT.read_text())
    show_drift(figures)

    shown = capsys.readouterr().out
    assert [name for name in figures if name != "figures" and name not in shown] == []
