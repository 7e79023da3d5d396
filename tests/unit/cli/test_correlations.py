"""`assay drift correlations`: which pairs broke, from which window, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from pyarrow import csv, parquet
from typer.testing import CliRunner

from assay.cli.__main__ import app

Columns = dict[str, NDArray[np.generic]]
Line = dict[str, object]

ROWS = 500
MOMENT, MINUTE = np.datetime64("2024-06-01T00:00:00"), np.timedelta64(60, "s")


def correlations(reference: Path, current: Path, *options: object) -> tuple[int, str, str]:
    asked = ("drift", "correlations", "--reference", reference, "--current", current, *options)
    result = CliRunner().invoke(app, [*map(str, asked)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def lines(reference: Path, current: Path, *options: object) -> list[Line]:
    code, output, error = correlations(reference, current, "--json", *options)
    assert code == 0, error
    return [json.loads(line) for line in output.splitlines()]


def moved(line: Line) -> list[tuple[str, str]]:
    pairs = line["moved"]
    assert isinstance(pairs, list)
    return [(each["left"], each["right"]) for each in pairs]


def loans(seed: int, windows: int, broken: Mapping[int, int] | None = None) -> Columns:
    """Loans that go with incomes; in broken spans of windows they are another row's, and each column is as it was."""
    rng, rows = np.random.default_rng([12, seed]), windows * ROWS
    income = rng.lognormal(10, 0.5, rows).round()
    loan = (income * rng.lognormal(-1, 0.4, rows)).round()
    for first, end in (broken or {}).items():
        span = slice(first * ROWS, end * ROWS)
        loan[span] = rng.permutation(loan[span])
    town = np.array(["Ulm", "Rom", "Bern"])[rng.integers(0, 3, rows)]
    return {"income": income, "loan": loan, "age": rng.integers(18, 80, rows), "town": town}


def written(file: Path, columns: Columns) -> Path:
    table = pa.table(columns)
    if file.suffix == ".parquet":
        parquet.write_table(table, file)
    else:
        csv.write_csv(table, file)
    return file


@pytest.fixture
def before(tmp_path: Path) -> Path:
    return written(tmp_path / "before.csv", loans(1, 40))


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_broken_correlation_fires_in_its_pair_from_its_window_and_no_sooner(
    tmp_path: Path, before: Path, kind: str
) -> None:
    after = written(tmp_path / f"after.{kind}", loans(2, 12, {7: 12}))

    told = lines(before, after, "--window-rows", ROWS)

    assert [line["state"] for line in told] == ["ok"] * 7 + ["firing"] * 5
    assert [moved(line) for line in told] == [[]] * 7 + [[("income", "loan")]] * 5
    assert [(line["window"], line["n"], line["pairs"]) for line in told] == [(each, ROWS, 6) for each in range(12)]


def test_a_window_tells_its_evidence_and_its_least_p(tmp_path: Path, before: Path) -> None:
    calm, broken = lines(before, written(tmp_path / "after.csv", loans(2, 2, {1: 2})), "--window-rows", ROWS)

    pairs = broken["moved"]
    assert isinstance(pairs, list)
    [pair] = pairs
    assert (broken["p"], broken["q"]) == (pair["p"], pair["q"])
    assert pair["before"] == pytest.approx(0.77, abs=0.03)
    assert pair["now"] == pytest.approx(0, abs=0.15)
    assert pair["effect"] == pytest.approx(pair["now"] - pair["before"])
    assert (calm["threshold"], calm["floor"], calm["moved"]) == (0.01, 0.1, [])
    assert 0.001 < float(str(calm["p"])) <= float(str(calm["q"]))


@pytest.mark.parametrize("seed", range(5))
def test_files_of_independent_columns_are_silent(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng([13, seed])
    sides: list[Columns] = [
        {name: rng.lognormal(size=rows * 1_000) for name in ("a", "b", "c", "d")} for rows in (25, 20)
    ]
    files = [written(tmp_path / f"{number}.csv", side) for number, side in enumerate(sides)]

    told = lines(files[0], files[1], "--window-rows", 1_000)

    assert {line["state"] for line in told} == {"ok"}
    assert correlations(files[0], files[1], "--window-rows", 1_000)[1] == ("0 of 6 pairs moved; 0 of 20 windows fire\n")


def test_a_column_that_moves_alone_breaks_no_pair(tmp_path: Path, before: Path) -> None:
    dearer = loans(2, 6)
    dearer["loan"] = dearer["loan"].astype(float) * 1.5

    assert {line["state"] for line in lines(before, written(tmp_path / "a.csv", dearer), "--window-rows", ROWS)} == {
        "ok"
    }


def test_words_say_which_pair_from_which_window_from_what_to_what(tmp_path: Path, before: Path) -> None:
    after = written(tmp_path / "after.csv", loans(2, 12, {7: 12}))

    _, words, _ = correlations(before, after, "--window-rows", ROWS)

    pair, summary = words.splitlines()
    assert pair.startswith("income ~ loan  moved from window 7 on: correlation 0.7")
    assert " now, p " in pair
    assert ", q " in pair
    assert summary == "1 of 6 pairs moved; 5 of 12 windows fire; without any change 1% of windows may"


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({3: 4}, "moved in window 3: "),
        ({3: 4, 5: 6}, "moved from window 3 to 5, in 2 of 3: "),
        ({3: 5}, "moved from window 3 to 4: "),
        ({7: 8}, "moved in window 7: "),
        ({4: 5, 7: 8}, "moved from window 4 on, in 2 of 4: "),
    ],
)
def test_words_tell_a_pair_that_moved_once_from_one_that_stays_broken(
    tmp_path: Path, before: Path, broken: Mapping[int, int], said: str
) -> None:
    after = written(tmp_path / "after.csv", loans(2, 8, broken))

    _, words, _ = correlations(before, after, "--window-rows", ROWS)

    assert f"income ~ loan  {said}" in words
    assert words.splitlines()[0].endswith("; in one window only") == said.startswith("moved in")


def test_rows_are_taken_in_order_of_time_in_both_files(tmp_path: Path) -> None:
    sides = loans(1, 40), loans(2, 12, {7: 12})
    told = []
    for mixed in (False, True):
        for name, columns in zip(("before", "after"), sides, strict=True):
            rows = len(columns["age"])
            order = np.random.default_rng(3).permutation(rows) if mixed else np.arange(rows)
            timed = columns | {"at": MOMENT + MINUTE * np.arange(rows)}
            written(tmp_path / f"{name}.csv", {key: values[order] for key, values in timed.items()})
        told.append(lines(tmp_path / "before.csv", tmp_path / "after.csv", "--window-rows", ROWS, "--time", "at"))

    assert told[0] == told[1]
    assert [bool(moved(line)) for line in told[0]] == [False] * 7 + [True] * 5


def test_windows_of_time_hold_the_rows_of_their_minutes(tmp_path: Path) -> None:
    files = []
    for name, columns in (("before", loans(1, 40)), ("after", loans(2, 4, {2: 4}))):
        at = MOMENT + MINUTE * np.arange(len(columns["age"]))
        files.append(written(tmp_path / f"{name}.csv", columns | {"at": at}))

    told = lines(files[0], files[1], "--window-minutes", 480, "--time", "at")

    assert [line["n"] for line in told] == [480, 480, 480, 480, 80]
    assert [line["state"] for line in told] == ["ok", "ok", "firing", "firing", "insufficient"]
    assert (told[4]["p"], told[4]["note"]) == (None, "no pair has 100 rows with both columns")


def test_a_missing_value_takes_its_row_out_of_the_pairs_of_its_column_only(tmp_path: Path, before: Path) -> None:
    now = loans(2, 4, {2: 4})
    age = now["age"].astype(float)
    age[ROWS:] = np.nan
    after = written(tmp_path / "after.parquet", now | {"age": age})

    told = lines(before, after, "--window-rows", ROWS)

    assert [line["pairs"] for line in told] == [6, 3, 3, 3]
    assert [line["state"] for line in told] == ["ok", "ok", "firing", "firing"]


def test_what_is_no_feature_is_in_no_pair(tmp_path: Path) -> None:
    files = []
    for name, columns in (("before", loans(1, 40)), ("after", loans(2, 4))):
        rows = len(columns["age"])
        own = {"id": np.array([f"loan-{each}" for each in range(rows)]), "at": MOMENT + MINUTE * np.arange(rows)}
        files.append(written(tmp_path / f"{name}.csv", columns | own))

    assert {line["pairs"] for line in lines(files[0], files[1], "--window-rows", ROWS)} == {6}
    assert {line["pairs"] for line in lines(files[0], files[1], "--window-rows", ROWS, "--ignore", "age,town")} == {1}


def test_pairs_that_the_reference_does_not_know_are_learning_and_say_so(tmp_path: Path) -> None:
    constant: Columns = {"version": np.ones(2_000), "score": np.random.default_rng(1).normal(size=2_000)}
    before = written(tmp_path / "before.csv", constant)

    [only] = lines(before, before, "--window-rows", 100, "--fail-on", "firing")[:1]

    assert (only["state"], only["p"], only["pairs"]) == ("learning", None, 0)
    assert correlations(before, before, "--window-rows", 100)[1].startswith("nothing is said in 20 windows: no pair")


def test_firing_fails_the_command_only_where_it_is_asked_to(tmp_path: Path, before: Path) -> None:
    calm, broken = written(tmp_path / "c.csv", loans(2, 4)), written(tmp_path / "b.csv", loans(2, 4, {2: 4}))
    asked = ("--window-rows", ROWS)
    strict = (*asked, "--fail-on", "firing")

    codes = [correlations(before, file, *options)[0] for file in (calm, broken) for options in (asked, strict)]

    assert codes == [0, 0, 0, 1]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--window-rows", 2_000), "it has 10 windows of 2,000 rows, and correlations take 20: give it more rows, or"),
        (("--window-rows", 2_000), "or take --window-rows 1000 or less"),
        (("--window-rows", 99), "windows of 99 rows tell no correlation; --window-rows takes 100 at least"),
        (("--window-rows", ROWS, "--ignore", "age,town,loan"), "share only income as a feature, and a pair takes two"),
        (("--window-rows", ROWS, "--time", "gone"), "there is no column gone; --time takes one of income"),
        (("--window-rows", ROWS, "--time", "town"), "no dates or times"),
        (("--window-minutes", 5), "windows of time need --time COLUMN"),
        (("--window-minutes", 1, "--time", "age"), "it has 2 windows of 1 minutes with 100 rows or more"),
    ],
)
def test_what_cannot_be_asked_exits_with_2_and_says_why(before: Path, options: tuple[object, ...], why: str) -> None:
    code, output, error = correlations(before, before, *options)

    assert (code, output) == (2, "")
    assert why in error


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("gone.csv", None, "No such file"),
        ("short.csv", "income,loan\n" + "1,2\n3,4\n" * 500, "give it more rows, 2,000 at least"),
        ("other.csv", "z\n1\n", "no column in common"),
        ("profile.json", "{}", "a profile holds no rows, and correlations take rows"),
        ("rows.xlsx", "x\n1\n", "name it by its kind"),
    ],
)
def test_a_reference_that_cannot_be_used_exits_with_2_and_says_why(
    tmp_path: Path, before: Path, name: str, content: str | None, why: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)

    code, output, error = correlations(tmp_path / name, before, "--window-rows", ROWS)

    assert (code, output) == (2, "")
    assert why in error
    assert name in error


def test_a_current_file_without_any_moment_exits_with_2_and_says_why(tmp_path: Path) -> None:
    columns = loans(1, 40)
    at = MOMENT + MINUTE * np.arange(len(columns["age"]))
    before = written(tmp_path / "before.parquet", columns | {"at": at})
    after = written(tmp_path / "after.parquet", columns | {"at": np.full(len(at), np.datetime64("NaT", "s"))})

    code, _, error = correlations(before, after, "--window-minutes", 500, "--time", "at")

    assert code == 2
    assert "no row has a moment in at" in error


@pytest.mark.parametrize("options", [(), ("--window-rows", 0), ("--window-rows", 5, "--window-minutes", 5)])
def test_wrong_usage_exits_with_2(before: Path, options: tuple[object, ...]) -> None:
    assert correlations(before, before, *options)[0] == 2
