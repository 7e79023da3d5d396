"""`assay model init`: files that lint, from options or from a table, and never over others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assay.cli.__main__ import app
from assay.cli.errors import CommandError
from assay.contracts import ContractError, load

FEATURES = ("--feature", "age:integer", "--feature", "city:string:restricted")


def run(*arguments: object, of: str = "model") -> tuple[int, str]:
    result = CliRunner().invoke(app, [of, *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


def init(folder: Path, *arguments: object, name: str = "churn") -> tuple[int, str]:
    return run("init", name, "--output", folder, *arguments)


def test_what_it_writes_lints(tmp_path: Path) -> None:
    said = ("--class", "no", "--class", "yes", "--owner", "growth", "--contact", "#growth", "--consumer", "drift=#ml")
    code, text = init(tmp_path, *FEATURES, *said)

    assert code == 0
    assert [Path(line).name for line in text.splitlines()] == [
        f"churn.{role}.odcs.yaml" for role in ("predictions", "actions", "outcomes", "labels", "skew")
    ]
    assert run("lint", tmp_path, of="contract")[0] == 0


def test_how_a_model_is_watched_is_in_its_predictions(tmp_path: Path) -> None:
    code, _ = init(tmp_path, *FEATURES, "--window", "P1D", "--hop", "PT6H", "--reference-rows", "20000")

    watched = load((tmp_path / "churn.predictions.odcs.yaml").read_bytes()).monitoring
    assert code == 0
    assert (watched.window_s, watched.hop_s, watched.reference_rows) == (86_400, 21_600, 20_000)


def test_a_horizon_is_in_its_predictions_whatever_else_is_said(tmp_path: Path) -> None:
    code, _ = init(tmp_path, *FEATURES, "--horizon", "7")

    made = load((tmp_path / "churn.predictions.odcs.yaml").read_bytes())
    assert code == 0
    assert (made.monitoring.horizon_s, made.validated_retention_h) == (7 * 86_400, 8 * 24)
    assert run("lint", tmp_path, of="contract")[0] == 0


def test_longer_windows_are_in_its_predictions_too(tmp_path: Path) -> None:
    code, _ = init(tmp_path, *FEATURES, "--window", "PT1H", "--scale", "PT6H", "--scale", "P1D")

    assert code == 0
    assert load((tmp_path / "churn.predictions.odcs.yaml").read_bytes()).monitoring.scales_s == (21_600, 86_400)


def test_windows_that_can_not_be_cut_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="a hop that the window is a multiple of"):
        init(tmp_path, *FEATURES, "--window", "PT1H", "--hop", "PT7M")
    assert list(tmp_path.iterdir()) == []


def test_a_changed_number_of_partitions_does_not_lint_any_more(tmp_path: Path) -> None:
    init(tmp_path, *FEATURES)
    labels = tmp_path / "churn.labels.odcs.yaml"
    labels.write_text(labels.read_text().replace("partitions: 3", "partitions: 6"))

    code, text = run("lint", tmp_path, of="contract")

    assert code == 1
    assert "that has 3 partitions, this has 6; make them equal" in text
    with pytest.raises(ContractError, match="make them equal"):
        run("check", tmp_path, "--against", "git:HEAD", of="contract")


def test_features_come_from_the_columns_of_a_table(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    lines = [f"{n},{n}.5,c{n % 3},2024-01-01T00:00:0{n % 10}Z,true,{n % 2}" for n in range(60)]
    table.write_text("\n".join(["row,spend,city,at,is_new,churned", *lines]))

    code, text = init(
        tmp_path, "--table", table, "--ignore", "churned", "--ignore", "row", "--feature", "rank:integer", "--json"
    )

    assert code == 0
    made = load((tmp_path / "churn.predictions.odcs.yaml").read_bytes())
    assert made.model_log
    assert [(each.name, each.type) for each in made.model_log.features] == [
        ("spend", "number"),
        ("city", "string"),
        ("is_new", "boolean"),
        ("rank", "integer"),
    ]
    assert [line.partition(":")[0] for line in json.loads(text)["left_out"]] == ["at"]


def test_a_file_that_says_otherwise_is_left_alone(tmp_path: Path) -> None:
    init(tmp_path, *FEATURES)
    assert init(tmp_path, *FEATURES)[0] == 0
    with pytest.raises(CommandError, match="is there and says otherwise"):
        init(tmp_path, *FEATURES, "--partitions", 4)
    assert init(tmp_path, *FEATURES, "--partitions", 4, "--overwrite")[0] == 0


@pytest.mark.parametrize(
    "said",
    [
        (),
        ("--feature", "age"),
        ("--feature", "age:float"),
        ("--feature", "age:number", "--feature", "age:string"),
        (*FEATURES, "--kind", "classifier"),
        (*FEATURES, "--layout", "wide"),
        (*FEATURES, "--class", "yes"),
        (*FEATURES, "--kind", "regression", "--class", "a", "--class", "b"),
        (*FEATURES, "--consumer", "drift"),
    ],
)
def test_what_can_not_be_meant_is_wrong_usage(said: tuple[str, ...], tmp_path: Path) -> None:
    assert init(tmp_path / "out", *said)[0] == 2
    assert not (tmp_path / "out").exists()


def test_a_name_that_no_contract_can_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError):
        init(tmp_path / "out", *FEATURES, name="my model")
    assert not (tmp_path / "out").exists()


def test_a_table_without_rows_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("a,b\n")

    with pytest.raises(CommandError, match=r"table\.csv: there is no record to learn from; give it rows"):
        init(tmp_path / "out", "--table", table)
