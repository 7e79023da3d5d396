"""`assay experiment check`: from a file of users to a verdict with its evidence."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import csv, parquet
from typer.testing import CliRunner, Result

from assay.cli.__main__ import app

ROWS = [
    (f"u{index}", "ab"[index % 2], int(index // 2 % (19 if index % 2 else 20) == 0), 1 + index % 3, index * 0.25)
    for index in range(4_000)
]
"""Of a, one in 20 clicks; of b, one in 19."""


def table(rows: list[tuple[str, str, int, int, float]] = ROWS) -> pa.Table:
    names = ("user", "variant", "clicks", "impressions", "revenue")
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def saved(folder: Path, content: pa.Table, name: str = "users.csv") -> Path:
    file = folder / name
    if name.endswith(".parquet"):
        parquet.write_table(content, file)
    elif name.endswith(".gz"):
        csv.write_csv(content, folder / "plain")
        file.write_bytes(gzip.compress((folder / "plain").read_bytes()))
    else:
        csv.write_csv(content, file)
    return file


def check(file: Path, *options: str) -> Result:
    named = () if "--numerator" in options else ("--numerator", "clicks")
    return CliRunner().invoke(
        app, ["experiment", "check", "--users", str(file), "--variant", "variant", *named, *options]
    )


def found(result: Result) -> dict[str, object]:
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


@pytest.mark.parametrize("name", ["users.csv.gz", "users.parquet"])
def test_every_kind_of_file_says_the_same(tmp_path: Path, name: str) -> None:
    expected = found(check(saved(tmp_path, table()), "--json"))

    assert found(check(saved(tmp_path, table(), name), "--json")) == expected


def test_one_object_has_the_evidence(tmp_path: Path) -> None:
    said = found(check(saved(tmp_path, table()), "--planned", "4000", "--expected", "a=0.5,b=0.5", "--json"))

    assert said["control"] == "a"
    assert said["metric"] == {"numerator": "clicks", "denominator": None}
    balance = said["balance"]
    assert isinstance(balance, dict)
    assert (balance["state"], balance["users"]) == ("kept", {"a": 2_000, "b": 2_000})
    comparisons = said["comparisons"]
    assert isinstance(comparisons, list)
    (compared,) = comparisons
    assert (compared["variant"], compared["n"], compared["state"]) == ("b", 4_000, "undecided")
    assert compared["low"] < compared["difference"] < compared["high"]
    assert compared["fixed"]["is_reached"]


def test_events_of_a_user_are_one_user(tmp_path: Path) -> None:
    halves = [(user, variant, 0, 0, revenue) for user, variant, _, _, revenue in ROWS]
    options = ("--denominator", "impressions", "--json")
    whole = found(check(saved(tmp_path, table()), *options))

    assert found(check(saved(tmp_path, table([*ROWS, *halves])), "--user", "user", *options)) == whole


def test_a_user_of_two_variants_is_left_out_and_counted(tmp_path: Path) -> None:
    said = found(check(saved(tmp_path, table([*ROWS, ("u0", "b", 1, 1, 1.0)])), "--user", "user", "--json"))

    assert said["crossed"] == 1
    assert isinstance(said["balance"], dict)
    assert said["balance"]["users"] == {"a": 1_999, "b": 2_000}


def test_an_experiment_whose_users_all_crossed_has_nobody_left_and_says_so(tmp_path: Path) -> None:
    rows = [(user, variant, 1, 1, 1.0) for user in ("u1", "u2") for variant in ("a", "b")]

    result = check(saved(tmp_path, table(rows)), "--user", "user")

    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[:2] == [
        "no user is of one variant alone, so there is nobody to compare",
        "2 users were in several variants and are left out; are variants given by user?",
    ]
    assert "insufficient" in result.stdout


def test_a_mismatch_is_said_first(tmp_path: Path) -> None:
    result = check(saved(tmp_path, table()), "--expected", "a=9,b=1")

    assert result.exit_code == 0
    assert result.stdout.startswith("users are NOT as assigned")
    assert "invalid" in result.stdout


def test_what_a_look_decided_stays_decided(tmp_path: Path) -> None:
    many = [
        (user, variant, int(variant == "b" and shown > 1), shown, revenue) for user, variant, _, shown, revenue in ROWS
    ]
    (tmp_path / "look.json").write_text(check(saved(tmp_path, table(many)), "--json").stdout)

    said = found(check(saved(tmp_path, table()), "--before", str(tmp_path / "look.json"), "--json"))

    assert said["looks"] == 2
    assert isinstance(said["comparisons"], list)
    assert (said["comparisons"][0]["state"], said["comparisons"][0]["decided_at"]) == ("higher", 4_000)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"past": {"looks": 1}}', "\udcff"])
def test_a_look_before_that_is_none_exits_with_2(tmp_path: Path, content: str) -> None:
    (tmp_path / "look.json").write_bytes(content.encode(errors="surrogateescape"))

    result = check(saved(tmp_path, table()), "--before", str(tmp_path / "look.json"))

    assert (result.exit_code, "look.json: it is not what --json said" in result.stderr) == (2, True)


def test_a_table_is_for_people(tmp_path: Path) -> None:
    result = check(saved(tmp_path, table()), "--control", "b", "--planned", "40000")

    assert result.exit_code == 0
    assert result.stdout.startswith("users are as assigned")
    assert "40,000 users were planned" in " ".join(result.stdout.split())


def test_a_hostile_name_moves_no_cursor(tmp_path: Path) -> None:
    rows = [(user, "[red]\x1b[2J" if variant == "b" else variant, *rest) for user, variant, *rest in ROWS]
    result = check(saved(tmp_path, table(rows)))  # type: ignore[arg-type]  # a row taken apart

    assert "\x1b[2J" not in result.stdout
    assert "[red]" in result.stdout


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("", "it is empty"),
        ("variant,clicks\n", "there are no rows"),
        ("variant,click\na,1\n", "it has no column 'clicks'; did you mean 'click'?"),
        ("variant,clicks,clicks\na,1,1\n", "the column clicks stands there twice"),
        ("variant,clicks\na,1\nb,\n", "row 2, column 'clicks' is empty; write 0 where a user did nothing"),
        ("variant,clicks\na,1\n,1\n", "row 2, column 'variant' is empty"),
        ("variant,clicks\na,1\nb,many\n", "column 'clicks' is not all numbers"),
        ("variant,clicks\na,1\nb,inf\n", "row 2, column 'clicks': inf is not a finite number"),
        ("variant,clicks\na,1\nb,1e300\n", "columns 'clicks': numbers must be 0 or of a size"),
        ("variant,clicks\na,1\nb,1,2\n", "Expected 2 columns, got 3"),
        ("variant,clicks,größe\na,1,1\n", "its header is not UTF-8; save the file as UTF-8"),
        ("variant,clicks\n" + "".join(f"v{index},1\n" for index in range(51)), "has 51 values"),
    ],
)
def test_a_file_that_cannot_be_used_exits_with_2_and_says_why(tmp_path: Path, lines: str, says: str) -> None:
    (tmp_path / "users.csv").write_text(lines, encoding="latin-1")

    result = check(tmp_path / "users.csv")

    assert result.exit_code == 2
    assert says in result.stderr
    assert str(tmp_path / "users.csv") in result.stderr


def test_a_file_of_another_kind_exits_with_2(tmp_path: Path) -> None:
    (tmp_path / "users.txt").write_text("variant\n")

    result = check(tmp_path / "users.txt")

    assert (result.exit_code, "name it by its kind" in result.stderr) == (2, True)


def test_a_file_that_is_no_parquet_exits_with_2(tmp_path: Path) -> None:
    (tmp_path / "users.parquet").write_text("variant\n")

    assert check(tmp_path / "users.parquet").exit_code == 2


@pytest.mark.parametrize(
    "options",
    [
        ("--expected", "a=0.5"),
        ("--expected", "a=0.5,c=0.5"),
        ("--expected", "a=0.5,b=half"),
        ("--expected", "a=0.5,b=-1"),
        ("--control", "c"),
        ("--alpha", "0"),
        ("--alpha", "nan"),
        ("--planned", "0"),
    ],
)
def test_options_that_make_no_experiment_exit_with_2(tmp_path: Path, options: tuple[str, ...]) -> None:
    result = check(saved(tmp_path, table()), *options)

    assert result.exit_code == 2
    assert "Traceback" not in result.output
