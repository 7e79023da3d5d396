"""`assay performance check`: windows of files, in order, with their verdicts; what can't be used is said."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from typer.testing import CliRunner, Result

from assay.cli.__main__ import app

Table = Mapping[str, Sequence[object]]


def model(seed: int, n: int, turned: float = 0.0) -> dict[str, list[object]]:
    chance = np.random.default_rng(seed)
    score = chance.random(n)
    truth = chance.random(n) < score
    truth = np.where(chance.random(n) < turned, ~truth, truth)
    said = (score >= 0.5).astype(int)
    return {"id": list(range(n)), "y": truth.astype(int).tolist(), "said": said.tolist(), "p": score.tolist()}


def written(file: Path, table: Table) -> Path:
    with gzip.open(file, "wt") if file.suffix == ".gz" else file.open("w") as out:
        rows = csv.writer(out)
        rows.writerow(table)
        rows.writerows(zip(*table.values(), strict=True))
    return file


def check(reference: Path, current: Path, *more: str, rows: int = 1_000) -> Result:
    files = ["--reference", str(reference), "--current", str(current)]
    columns = ["--label", "y", "--prediction", "said"]
    return CliRunner().invoke(app, ["performance", "check", *files, *columns, "--window-rows", str(rows), *more])


def objects(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    return written(tmp_path / "reference.csv.gz", model(1, 5_000))


def joined(*tables: Table) -> dict[str, list[object]]:
    return {name: [each for table in tables for each in table[name]] for name in tables[0]}


def test_a_window_is_an_object_with_figures_estimates_tests_and_state(tmp_path: Path, reference: Path) -> None:
    current = written(tmp_path / "current.csv", joined(model(2, 2_000), model(3, 1_500, turned=0.3)))
    found = objects(check(reference, current, "--score", "p", "--json"))
    assert [each["window"] for each in found] == [0, 1, 2, 3]
    assert [each["n"] for each in found] == [1_000, 1_000, 1_000, 500]
    assert [each["state"] for each in found] == ["ok", "ok", "firing", "firing"]
    assert [each["cause"] for each in found] == ["none", "none", "concept", "concept"]
    assert abs(found[0]["metrics"]["accuracy"] - found[0]["estimated"]["accuracy"]) < 0.05
    assert found[2]["loss"]["p"] < 1e-6
    assert found[2]["rule"]["alpha"] == 0.001


def test_scores_that_run_against_the_label_have_no_test_of_what_they_foretell(tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    scores = chance.random(3_000)
    truths = (chance.random(3_000) < 0.2 * (1 - scores)).astype(int)
    file = written(tmp_path / "b.csv", {"y": truths.tolist(), "said": [0] * 3_000, "p": scores.tolist()})
    found = objects(check(file, file, "--score", "p", "--json"))
    assert [each["foretold"] for each in found] == [None] * 3
    assert all(each["loss"]["p"] > 0.01 for each in found)


def test_a_file_without_labels_has_estimates_and_no_verdict_on_its_loss(tmp_path: Path, reference: Path) -> None:
    rows = model(2, 1_000)
    del rows["y"]
    (found,) = objects(check(reference, written(tmp_path / "current.csv", rows), "--score", "p", "--json"))
    assert (found["labelled"], found["coverage"], found["state"], found["loss"]) == (0, 0.0, "insufficient", None)
    assert found["metrics"]["accuracy"] is None
    assert 0.6 < found["estimated"]["accuracy"] < 0.9


def test_labels_of_a_file_of_their_own_are_joined_by_id(tmp_path: Path, reference: Path) -> None:
    rows = model(2, 1_000)
    labels = written(tmp_path / "labels.csv", {"id": rows["id"][::-1][:900], "y": rows["y"][::-1][:900]})
    whole = written(tmp_path / "whole.csv", {**rows, "y": [*[""] * 100, *rows["y"][100:]]})
    del rows["y"]
    current = written(tmp_path / "current.csv", rows)
    found = check(reference, current, "--score", "p", "--labels", str(labels), "--json")
    assert objects(found)[0]["labelled"] == 900
    assert found.stdout == check(reference, whole, "--score", "p", "--json").stdout


@pytest.mark.parametrize(
    ("one", "other"), [(2**53, 2**53 + 1), (2**64 - 1, 2**64 - 2), ("007", "7"), ("1e3", "1000"), ("true", "1")]
)
def test_ids_that_are_spelt_otherwise_are_other_ids(
    tmp_path: Path, reference: Path, one: object, other: object
) -> None:
    current = written(tmp_path / "current.csv", {"id": [one, other], "said": [1, 1]})
    labels = written(tmp_path / "labels.csv", {"id": [one], "y": [1]})
    (found,) = objects(check(reference, current, "--labels", str(labels), "--json"))
    assert found["labelled"] == 1


@pytest.mark.parametrize("kind", [pa.int64(), pa.uint64()])
def test_an_id_keeps_all_its_digits_in_another_kind_of_file(tmp_path: Path, reference: Path, kind: pa.DataType) -> None:
    ids = [2**53, 2**53 + 1, 2**63 - 1, 2**63 - 2]
    current = tmp_path / "current.parquet"
    parquet.write_table(pa.table({"id": pa.array(ids, kind), "said": [1] * 4}), current)
    labels = written(tmp_path / "labels.csv", {"id": ids[1:3], "y": [1, 0]})
    (found,) = objects(check(reference, current, "--labels", str(labels), "--json"))
    assert (found["labelled"], found["metrics"]["accuracy"]) == (2, 0.5)


def test_a_whole_id_with_a_point_is_the_one_without(tmp_path: Path, reference: Path) -> None:
    current = written(tmp_path / "current.csv", {"id": ["5.0", "-6.0", ""], "said": [1, 1, 1]})
    labels = written(tmp_path / "labels.csv", {"id": [5, -6], "y": [1, 0]})
    (found,) = objects(check(reference, current, "--labels", str(labels), "--json"))
    assert (found["labelled"], found["metrics"]["accuracy"]) == (2, 0.5)


def test_a_row_without_an_id_has_no_label(tmp_path: Path, reference: Path) -> None:
    current = written(tmp_path / "current.csv", {"id": ["a", "", ""], "said": [1, 1, 1]})
    labels = written(tmp_path / "labels.csv", {"id": ["a", ""], "y": [1, 0]})
    (found,) = objects(check(reference, current, "--labels", str(labels), "--json"))
    assert found["labelled"] == 1


def test_parquet_and_csv_come_to_the_same(tmp_path: Path, reference: Path) -> None:
    rows = model(2, 1_000)
    parquet.write_table(pa.table({**rows, "y": [bool(each) for each in rows["y"]]}), tmp_path / "current.parquet")
    plain = check(reference, written(tmp_path / "current.csv", rows), "--score", "p", "--json")
    assert check(reference, tmp_path / "current.parquet", "--score", "p", "--json").stdout == plain.stdout


def test_several_classes(tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    scores = chance.dirichlet([1, 1, 1], 3_000)
    truths = (chance.random(3_000)[:, None] > scores.cumsum(axis=1)).sum(axis=1)
    names = np.array(["cat", "dog", "owl"])
    table: dict[str, list[object]] = {"y": names[truths].tolist(), "said": names[scores.argmax(axis=1)].tolist()}
    table |= {f"p_{name}": scores[:, at].tolist() for at, name in enumerate(names)}
    file = written(tmp_path / "both.csv", table)
    found = objects(check(file, file, "--kind", "multiclass", "--score", "p", "--json"))
    assert [each["state"] for each in found] == ["ok"] * 3
    assert abs(found[0]["metrics"]["f1"] - found[0]["estimated"]["f1"]) < 0.05


def test_a_regression(tmp_path: Path) -> None:
    said = np.random.default_rng(1).normal(size=3_000)
    noise = np.random.default_rng(2).normal(size=3_000)
    reference = written(tmp_path / "reference.csv", {"said": said.tolist(), "y": (said + noise).tolist()})
    worse = written(tmp_path / "current.csv", {"said": said.tolist(), "y": (said + 2 * noise).tolist()})
    found = objects(check(reference, worse, "--kind", "regression", "--json"))
    assert {(each["state"], each["cause"]) for each in found} == {("firing", "concept")}
    assert found[0]["metrics"]["mae"] > 1.5 * found[0]["estimated"]["mae"]


def test_a_detector_says_at_which_rows_the_loss_changed(tmp_path: Path, reference: Path) -> None:
    current = written(tmp_path / "current.csv", joined(model(2, 2_000), model(3, 2_000, turned=0.5)))
    found = objects(check(reference, current, "--detector", "page-hinkley", "--json"))
    assert [bool(each["changed_at"]) for each in found] == [False, False, True, False]
    assert 2_000 < found[2]["changed_at"][0] < 3_000


def test_the_table_has_a_row_for_each_window(tmp_path: Path, reference: Path) -> None:
    current = written(tmp_path / "current.csv", joined(model(2, 1_000), model(3, 1_000, turned=0.4)))
    result = check(reference, current, "--score", "p")
    assert result.exit_code == 0
    assert [word in result.stdout for word in ("accuracy", "estimated", "firing", "concept", "ok")] == [True] * 5


def test_it_fails_on_firing_where_it_is_asked_to(tmp_path: Path, reference: Path) -> None:
    current = written(tmp_path / "current.csv", model(3, 1_000, turned=0.4))
    assert check(reference, current, "--score", "p").exit_code == 0
    assert check(reference, current, "--score", "p", "--fail-on", "firing").exit_code == 1


@pytest.mark.parametrize(
    ("change", "more", "said"),
    [
        ({"said": ["maybe"] * 9 + [1]}, (), "one class beside '1'"),
        ({"said": [""] * 10}, (), "row 0 is empty"),
        ({"p": [7] * 10}, ("--score", "p"), "from 0 to 1"),
        ({"p": ["high"] * 10}, ("--score", "p"), "no number"),
        ({}, ("--score", "proba"), "there is no column 'proba'"),
        ({}, ("--prediction", "pred"), "there is no column 'pred'"),
        ({"said": ["x"] * 10}, ("--kind", "regression"), "no number"),
    ],
)
def test_what_can_not_be_used_is_said_with_2(
    tmp_path: Path, reference: Path, change: dict[str, list[object]], more: tuple[str, ...], said: str
) -> None:
    current = written(tmp_path / "current.csv", {**model(2, 10), **change})
    result = check(reference, current, *more)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_reference_without_labels_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path / "reference.csv", {**model(1, 5), "y": [""] * 5})
    assert check(file, file).exit_code == 2


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("current.txt", b"y,said\n"),
        ("current.csv", b""),
        ("current.csv", b"y,said\n1\n"),
        ("current.csv", b"y,said,gr\xf6\xdfe\n1,1,1\n"),
        ("current.csv.gz", b"no gz"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, reference: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    result = check(reference, tmp_path / name)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"assay: {tmp_path / name}: ")
