"""Sets whose drift is known: the right columns, the right windows, and silence elsewhere."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assay.cli.__main__ import app

DATA = Path(os.environ.get("ASSAY_DATA", "/nonexistent"))
SIZES = [500, 1_000, 2_000, 5_000]
ONSET = 25_000
MOVED = {"car_value", "salary_range", "loan_length", "repaid_loan_on_prev_car", "y_pred_proba"}
STILL = {"debt_to_income_ratio", "size_of_downpayment", "driver_tenure", "y_pred"}

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="NOT PROVED: the car-loan and SEA sets are read from the folder that ASSAY_DATA names"
)


def firing(reference: Path, current: Path, rows: int, *options: str) -> dict[str, list[int]]:
    """The windows in which each column fires, by the command."""
    arguments = ["--reference", str(reference), "--current", str(current), "--window-rows", str(rows), "--json"]
    result = CliRunner().invoke(app, ["drift", "check", *arguments, *options])
    assert result.exit_code == 0, result.output
    windows: dict[str, list[int]] = defaultdict(list)
    for line in map(json.loads, result.stdout.splitlines()):
        windows[line["column"]] += [line["window"]] if line["state"] == "firing" else []
    return dict(windows)


@pytest.mark.parametrize("scales", [(), ("--scales", "2,10")])
@pytest.mark.parametrize("rows", SIZES)
def test_car_loan_fires_in_the_columns_that_moved_from_where_they_moved(rows: int, scales: tuple[str, ...]) -> None:
    folder = DATA / "car_loan"
    options = ("--ignore", "id", "--time", "timestamp", *scales)

    found = firing(folder / "reference.csv.gz", folder / "analysis.csv.gz", rows, *options)

    onset, windows = ONSET // rows, 50_000 // rows
    assert found.keys() == MOVED | STILL
    assert {column for column, seen in found.items() if seen} == MOVED
    for column in MOVED:
        first = found[column][0]
        assert onset <= first <= onset + 1
        assert found[column] == list(range(first, windows))


@pytest.mark.parametrize("rows", SIZES)
def test_a_concept_that_changes_moves_no_feature_of_sea(rows: int, tmp_path: Path) -> None:
    import gzip

    with gzip.open(DATA / "sea" / "sea.csv.gz", "rt") as file:
        header, *lines = file
    (tmp_path / "reference.csv").write_text("".join([header, *lines[:10_000]]))
    (tmp_path / "current.csv").write_text("".join([header, *lines[10_000:]]))

    found = firing(tmp_path / "reference.csv", tmp_path / "current.csv", rows, "--ignore", "y,proba,pred")

    assert found == {"f0": [], "f1": [], "f2": []}
