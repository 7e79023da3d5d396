"""`assay drift check --scales`: longer windows beside the short ones."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from assay.cli.__main__ import app

SIZE = 500


def drift(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["drift", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def written(file: Path, moved: float, rows: int, seed: int) -> Path:
    rng = np.random.default_rng(seed)
    moments = [f"2024-06-{1 + minute // 1_440:02}T{minute // 60 % 24:02}:{minute % 60:02}:00" for minute in range(rows)]
    values = zip(moments, rng.standard_normal(rows), rng.standard_normal(rows) + moved, strict=True)
    file.write_text("at,still,moving\n" + "".join(f"{at},{one:.6f},{two:.6f}\n" for at, one, two in values))
    return file


@pytest.fixture
def sides(tmp_path: Path) -> tuple[object, ...]:
    before, now = written(tmp_path / "before.csv", 0, 20_000, 1), written(tmp_path / "now.csv", 0.13, 20_000, 2)
    return "--reference", before, "--current", now, "--time", "at"


def lines(*options: object) -> list[dict[str, object]]:
    code, output, error = drift("check", "--json", *options)
    assert code == 0, error
    return [json.loads(line) for line in output.splitlines()]


def test_each_line_is_of_a_window_and_says_which_scale_speaks(sides: tuple[object, ...]) -> None:
    found = lines(*sides, "--window-rows", SIZE, "--scales", "4,20")

    moving = [each for each in found if each["column"] == "moving"]
    assert [each["window"] for each in moving] == [*range(40)]
    assert {(each["scale"], each["n"]) for each in moving if each["state"] == "firing"} <= {(4, 2_000), (20, 10_000)}
    assert any(each["state"] == "firing" for each in moving)
    assert {each["state"] for each in found if each["column"] == "still"} <= {"ok", "pending"}


def test_without_scales_no_line_speaks_of_one(sides: tuple[object, ...]) -> None:
    assert not any("scale" in each for each in lines(*sides, "--window-rows", SIZE))


def test_windows_of_time_are_cut_into_scales_alike(sides: tuple[object, ...]) -> None:
    by_rows = lines(*sides, "--window-rows", SIZE, "--scales", "2", "--windows-a-month", 100)
    by_time = lines(*sides, "--window-minutes", SIZE, "--scales", "2", "--windows-a-month", 100)
    assert {each["scale"] for each in by_rows} == {1, 2}
    assert by_time == by_rows


def test_in_words_and_in_pictures_a_column_is_told_at_the_scale_that_speaks(
    sides: tuple[object, ...], tmp_path: Path
) -> None:
    code, output, error = drift(
        "check", *sides, "--window-rows", SIZE, "--scales", "4,20", "--pictures", tmp_path / "drawn"
    )
    assert code == 0, error
    assert "moving  fired from window" in output
    assert "in windows of" in output
    assert [each.name for each in sorted((tmp_path / "drawn").iterdir())] == [
        "001-moving.trend.svg",
        "001-moving.window.svg",
    ]


@pytest.mark.parametrize("said", ["", "1", "4,6", "4,2", "4,20,40", "day", "-4"])
def test_scales_that_can_not_be_are_refused(sides: tuple[object, ...], said: str) -> None:
    code, _, error = drift("check", *sides, "--window-rows", SIZE, "--scales", said)
    assert code == 2
    assert "each of the one before" in " ".join(error.replace("│", " ").split())
