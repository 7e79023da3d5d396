from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from assay.cli.__main__ import app

Columns = Mapping[str, Sequence[object]]

ALWAYS = {"window", "column", "n", "statistic", "p", "q", "effect", "state"}


def drift(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["drift", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def checked(reference: Path, current: Path, *options: object) -> list[dict[str, object]]:
    code, output, error = drift("check", "--reference", reference, "--current", current, "--json", *options)
    assert code == 0, error
    return [json.loads(line) for line in output.splitlines()]


def states(lines: list[dict[str, object]], column: str) -> set[object]:
    return {line["state"] for line in lines if line["column"] == column}


def written(file: Path, columns: Columns) -> Path:
    with gzip.open(file, "wt", newline="") if file.suffix == ".gz" else file.open("w", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(columns)
        rows.writerows(zip(*columns.values(), strict=True))
    return file


def stored(file: Path, columns: Columns) -> Path:
    """A file of either kind."""
    if file.suffix != ".parquet":
        return written(file, columns)
    parquet.write_table(pa.table({name: [*values] for name, values in columns.items()}), file)
    return file


def shop(rows: int, start: int = 0, dearer: float = 1.0) -> dict[str, list[object]]:
    """A shop's orders, with what real files have: ids, constants, gaps, junk, dates, many categories."""
    rng = np.random.default_rng(start + 1)
    day, minute = np.datetime64("2024-01-01"), np.timedelta64(60, "s")
    return {
        "order": [f"order-{start + number}" for number in range(rows)],
        "number": list(range(start, start + rows)),
        "at": [str(np.datetime64("2024-06-01T00:00:00") + minute * (start + number)) for number in range(rows)],
        "price": [round(float(each) * dearer, 2) for each in rng.lognormal(3, 1, rows)],
        "stars": [int(each) for each in rng.integers(1, 6, rows)],
        "shop": ["main"] * rows,
        "version": [1] * rows,
        "nothing": [""] * rows,
        "coupon": ["" if each < 0.97 else "SUMMER" for each in rng.random(rows)],
        "weight": ["" if each < 0.3 else round(float(each), 3) for each in rng.random(rows)],
        "town": [f"town {each}" for each in rng.zipf(1.5, rows)],
        "gift": [bool(each < 0.3) for each in rng.random(rows)],
        "birthday": [str(day - int(each)) for each in rng.integers(6_000, 20_000, rows)],
        "zip": [f"{each:05d}" for each in rng.integers(1, 99_999, rows)],
        "refund": [0 if each < 0.8 else round(float(each) * 30, 2) for each in rng.random(rows)],
        "length": ["?" if each < 0.02 else round(float(each), 3) for each in rng.random(rows)],
        'a "b", c\n': [round(float(each), 3) for each in rng.random(rows)],
    }


def joined(*parts: Mapping[str, list[object]]) -> dict[str, list[object]]:
    return {name: [value for part in parts for value in part[name]] for name in parts[0]}


@pytest.mark.parametrize(("reference", "rows", "size"), [(20_000, 6_000, 1_000), (3_000, 3_000, 500)])
def test_only_the_price_fires_in_a_shop_that_grew_dearer(tmp_path: Path, reference: int, rows: int, size: int) -> None:
    before = written(tmp_path / "before.csv", shop(reference))
    same, dearer = shop(rows // 2, reference), shop(rows // 2, reference + rows // 2, 2.0)
    after = written(tmp_path / "after.csv.gz", joined(same, dearer))

    lines = checked(before, after, "--window-rows", size)

    fired = {str(line["column"]): line for line in reversed(lines) if line["state"] == "firing"}
    assert fired.keys() == {"price"}
    first = fired["price"]["window"]
    assert isinstance(first, int)
    assert rows // 2 <= first * size <= rows // 2 + size
    assert fired["price"]["direction"] == "up"
    assert all(line.keys() >= ALWAYS for line in lines)
    assert len(lines) == len(same) * (rows // size)


@pytest.mark.parametrize("column", ["order", "number", "at", "nothing"])
def test_what_is_no_feature_is_not_judged_and_says_why(tmp_path: Path, column: str) -> None:
    before, after = written(tmp_path / "b.csv", shop(2_000)), written(tmp_path / "a.csv", shop(1_000, 2_000))

    lines = checked(before, after, "--window-rows", 500)

    assert states(lines, column) == {"insufficient"}
    assert all(line["p"] is None and line["note"] for line in lines if line["column"] == column)


def test_parquet_says_the_same_as_csv(tmp_path: Path) -> None:
    sides = []
    for name, rows in (("before", shop(2_000)), ("after", shop(1_000, 2_000, 1.5))):
        kept = {key: rows[key] for key in ("price", "stars", "town", "gift")}
        written(tmp_path / f"{name}.csv", kept)
        parquet.write_table(pa.table(kept), tmp_path / f"{name}.parquet")
        sides.append(name)

    csvs = checked(tmp_path / "before.csv", tmp_path / "after.csv", "--window-rows", 500)

    assert checked(tmp_path / "before.parquet", tmp_path / "after.parquet", "--window-rows", 500) == csvs
    assert states(csvs, "price") & {"pending", "firing"}


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_file_may_have_other_delimiters_and_encodings(tmp_path: Path, delimiter: str) -> None:
    rows = [delimiter.join(("größe", "ort")), *(f"{each}{delimiter}Köln" for each in range(1, 1_001))]
    (tmp_path / "b.csv").write_text("\n".join(rows), encoding="utf-8-sig")
    (tmp_path / "a.csv").write_text("\r\n".join(rows), encoding="utf-8")

    lines = checked(tmp_path / "b.csv", tmp_path / "a.csv", "--window-rows", 1_000)

    assert [line["column"] for line in lines] == ["größe", "ort"]


def test_text_that_is_no_utf_8_is_told_apart_all_the_same(tmp_path: Path) -> None:
    for name, town in (("b.csv", "Köln"), ("a.csv", "Mülheim")):
        (tmp_path / name).write_bytes("\n".join(["ort", *[town] * 1_000]).encode("latin-1"))

    lines = checked(tmp_path / "b.csv", tmp_path / "a.csv", "--window-rows", 1_000)

    assert [(line["test"], line["state"]) for line in lines] == [("unseen", "firing")]


@pytest.mark.parametrize("profiled", [False, True])
@pytest.mark.parametrize(
    ("before", "kind_before", "after", "kind_after"),
    [
        pytest.param([True, False], "csv", ["True", "False"] * 249 + ["True", "Unknown"], "csv", id="booleans"),
        pytest.param([True, False], "parquet", ["True", "False"], "csv", id="booleans of another kind"),
        pytest.param(["True", "False", "x"], "csv", [True, False], "parquet", id="spelt booleans"),
        pytest.param(["250.83", "V27", "401"], "csv", ["250.83", "401"], "csv", id="words that look like numbers"),
        pytest.param(["250.83", "V27", "401"], "csv", [250.83, 401.0], "parquet", id="numbers of another kind"),
        pytest.param(["250.83", "V27", "401"], "csv", ["250.83", "401.0"], "csv", id="whole numbers with a point"),
        pytest.param(["007", "7", "x"], "parquet", ["007", "7"], "csv", id="zeros in front"),
        pytest.param(["NA", "DE"], "parquet", ["NA", "DE"], "csv", id="a word that others leave cells empty by"),
        pytest.param(["", "DE"], "csv", ["NA", "DE"], "csv", id="two ways to leave a cell empty"),
    ],
)
def test_words_are_read_as_the_reference_has_them(
    tmp_path: Path,
    before: Sequence[object],
    kind_before: str,
    after: Sequence[object],
    kind_after: str,
    *,
    profiled: bool,
) -> None:
    reference = stored(tmp_path / f"b.{kind_before}", {"x": [*before] * 1_000, "n": [*range(len(before) * 1_000)]})
    rows = [after[at % len(after)] for at in range(500)]
    current = stored(tmp_path / f"a.{kind_after}", {"x": rows, "n": [*range(500)]})
    if profiled:
        assert drift("profile", reference, "--output", tmp_path / "b.json")[0] == 0
        reference = tmp_path / "b.json"

    line = next(each for each in checked(reference, current, "--window-rows", 500) if each["column"] == "x")

    assert line["unseen"] == rows.count("Unknown") / 500
    assert line["missing"] == (0.5 if "" in before else 0)


def test_one_word_that_is_no_utf_8_is_unseen_and_the_others_are_not(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("\n".join(["ort", *["Bonn", "Köln"] * 1_000]), encoding="utf-8")
    (tmp_path / "a.csv").write_bytes("\n".join(["ort", *["Bonn"] * 499, "Mülheim"]).encode("latin-1"))

    (line,) = checked(tmp_path / "b.csv", tmp_path / "a.csv", "--window-rows", 500)

    assert line["unseen"] == 1 / 500


def test_a_profile_says_the_same_as_the_rows_that_it_was_made_of(tmp_path: Path) -> None:
    before, after = written(tmp_path / "b.csv", shop(5_000)), written(tmp_path / "a.csv", shop(2_000, 5_000, 1.5))
    options = ("--time", "at", "--ignore", "order,number", "--ignore", "zip")

    code, _, _ = drift("profile", before, "--output", tmp_path / "profile.json", *options)

    from_profile = checked(tmp_path / "profile.json", after, "--window-rows", 500, *options)
    assert code == 0
    assert from_profile == checked(before, after, "--window-rows", 500, *options)
    assert {"at", "order", "zip"}.isdisjoint(line["column"] for line in from_profile)


def due(seed: int, rows: int, month: str, hours: int) -> dict[str, list[object]]:
    """Dates of one month in no order, beside rows of four weeks."""
    rng = np.random.default_rng(seed)
    days = np.datetime64(month, "D") + rng.integers(0, 28, rows)
    at = np.datetime64("2024-01-01T00:00:00") + np.sort(rng.integers(0, 4 * 7 * 86_400, rows)) + hours * 3_600
    return {"at": [str(each) for each in at], "due": [str(each) for each in days], "x": rng.normal(size=rows).tolist()}


@pytest.mark.parametrize("options", [(), ("--time", "at")])
def test_dates_that_all_come_later_are_not_judged_against_rows_nor_against_their_profile(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    before = written(tmp_path / "b.csv", due(1, 3_000, "2024-01-01", 0))
    same = written(tmp_path / "s.csv", due(2, 1_000, "2024-01-01", 672))
    later = written(tmp_path / "l.csv", due(2, 1_000, "2024-02-01", 672))
    profile = tmp_path / "profile.json"
    assert drift("profile", before, "--output", profile, *options)[0] == 0

    calm, said = (checked(before, each, "--window-rows", 500, *options) for each in (same, later))

    assert states(calm, "due") == {"ok"}
    assert {line["note"] for line in said if line["column"] == "due"} == {
        "a moment that goes on with the rows: name it with --time, or leave it out with --ignore"
    }
    assert checked(profile, same, "--window-rows", 500, *options) == calm
    assert checked(profile, later, "--window-rows", 500, *options) == said


def test_a_profile_that_does_not_say_what_is_a_moment_is_read_as_ever(tmp_path: Path) -> None:
    before, profile = written(tmp_path / "b.csv", due(1, 3_000, "2024-01-01", 0)), tmp_path / "profile.json"
    paper = json.loads(drift("profile", before)[1])
    for feature in paper["features"]:
        feature.pop("latest", None)
    profile.write_text(json.dumps(paper))

    lines = checked(profile, written(tmp_path / "l.csv", due(2, 1_000, "2024-02-01", 672)), "--window-rows", 500)

    assert "firing" in states(lines, "due")


def test_rows_are_taken_in_order_of_time(tmp_path: Path) -> None:
    rows = shop(4_000)
    order = np.random.default_rng(2).permutation(4_000)
    mixed = {name: [values[place] for place in order] for name, values in rows.items()}
    now = shop(1_000, 4_000)

    lines = [
        checked(
            written(tmp_path / "b.csv", each), written(tmp_path / "a.csv", now), "--window-rows", 500, "--time", "at"
        )
        for each in (rows, mixed)
    ]

    assert lines[0] == lines[1]


def test_windows_of_time_hold_the_rows_of_their_minutes(tmp_path: Path) -> None:
    before, after = written(tmp_path / "b.csv", shop(2_000)), written(tmp_path / "a.csv", shop(900, 1_440))

    lines = checked(before, after, "--window-minutes", 720, "--time", "at", "--ignore", "order")

    assert [line["n"] for line in lines if line["column"] == "price"] == [720, 180]


@pytest.mark.parametrize(("reference", "options"), [(150, ()), (2_000, ("--shuffled",))])
def test_a_reference_that_does_not_tell_how_windows_differ_is_learnt(
    tmp_path: Path, reference: int, options: tuple[str, ...]
) -> None:
    before = written(tmp_path / "b.csv", {"x": np.random.default_rng(1).normal(size=reference).tolist()})
    now = np.random.default_rng(2).normal(size=5_000)
    now[3_500:] += 1
    after = written(tmp_path / "a.csv", {"x": now.tolist()})

    told = [line["state"] for line in checked(before, after, "--window-rows", 100, *options)]

    assert told[:20] == ["learning"] * 20
    assert "firing" not in told[20:35]
    assert "firing" in told[35:40]


def test_windows_that_are_too_small_are_held_over(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    before = written(tmp_path / "b.csv", {"x": rng.normal(size=2_000).tolist()})
    after = written(tmp_path / "a.csv", {"x": rng.normal(size=200).tolist()})

    lines = checked(before, after, "--window-rows", 50)

    assert [line["state"] for line in lines] == ["insufficient", "ok", "insufficient", "ok"]
    assert [line["n"] for line in lines] == [50, 100, 50, 100]


def test_a_value_that_a_constant_never_had_fires(tmp_path: Path) -> None:
    before = written(tmp_path / "b.csv", {"version": [1] * 3_000, "region": ["eu"] * 3_000})
    after = written(tmp_path / "a.csv", {"version": [1] * 500 + [2] * 500, "region": ["eu"] * 500 + ["us"] * 500})

    lines = checked(before, after, "--window-rows", 500)

    assert [(line["column"], line["state"]) for line in lines] == [
        ("version", "ok"),
        ("region", "ok"),
        ("version", "firing"),
        ("region", "firing"),
    ]
    assert {line["test"] for line in lines[2:]} == {"unseen"}


def test_firing_fails_the_command_only_where_it_is_asked_to(tmp_path: Path) -> None:
    before = written(tmp_path / "b.csv", {"x": np.random.default_rng(1).normal(size=3_000).tolist()})
    after = written(tmp_path / "a.csv", {"x": (np.random.default_rng(2).normal(size=1_000) + 2).tolist()})
    asked = ("check", "--reference", before, "--current", after, "--window-rows", 500)

    (code, words, _), (failed, _, _) = drift(*asked), drift(*asked, "--fail-on", "firing")

    assert (code, failed) == (0, 1)
    assert words.startswith("x  fired from window 0 on: critical")


def test_numbers_on_one_side_and_words_on_the_other_are_compared_as_the_reference_has_them(tmp_path: Path) -> None:
    before = written(tmp_path / "b.csv", {"x": [1, 2, 3, 4] * 500, "y": ["a", "b"] * 1_000})
    after = written(tmp_path / "a.csv", {"x": ["a", "b"] * 250, "y": [1, 2] * 250})

    lines = checked(before, after, "--window-rows", 500)

    assert [(line["test"], line["state"]) for line in lines] == [("not_finite", "firing"), ("unseen", "firing")]


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("gone.csv", None, "No such file"),
        ("rows.xlsx", "x\n1\n", "name it by its kind"),
        ("empty.csv", "", "it is empty"),
        ("header.csv", "x,y\n", "there are no rows"),
        ("ragged.csv", "x,y\n1,2\n1,2,3\n", "Expected 2 columns, got 3"),
        ("twice.csv", "x,x\n1,2\n", "stands there twice"),
        ("latin.csv", "x,größe\n1,2\n", "its header is not UTF-8; save the file as UTF-8"),
        ("broken.parquet", "no", "Parquet"),
        ("broken.csv.gz", "\x1f\x8b\x08", "ended before"),
        ("other.csv", "z\n1\n", "no column in common"),
        ("broken.json", "{}", "`assay drift profile` writes one"),
    ],
)
def test_a_file_that_cannot_be_used_exits_with_2_and_says_why(
    tmp_path: Path, name: str, content: str | None, why: str
) -> None:
    good = written(tmp_path / "good.csv", {"x": list(range(500)), "y": list(range(500))})
    if content is not None:
        (tmp_path / name).write_text(content, encoding="latin-1")

    code, output, error = drift("check", "--reference", tmp_path / name, "--current", good, "--window-rows", 100)

    assert (code, output) == (2, "")
    assert why in error
    assert name in error


@pytest.mark.parametrize(
    "options",
    [(), ("--window-rows", 0), ("--window-rows", 5, "--window-minutes", 5), ("--window-rows", 5, "--budget", 0)],
)
def test_wrong_usage_exits_with_2(tmp_path: Path, options: tuple[object, ...]) -> None:
    good = written(tmp_path / "good.csv", {"x": list(range(500))})

    assert drift("check", "--reference", good, "--current", good, *options)[0] == 2


@pytest.mark.parametrize(("option", "why"), [("gone", "no column gone"), ("word", "no dates or times")])
def test_a_time_that_is_none_exits_with_2(tmp_path: Path, option: str, why: str) -> None:
    good = written(tmp_path / "good.csv", {"x": [1, 2], "word": ["a", "b"]})

    code, _, error = drift("check", "--reference", good, "--current", good, "--window-rows", 1, "--time", option)

    assert code == 2
    assert why in error


@pytest.mark.parametrize("options", [(), ("--scales", "4"), ("--fail-on", "firing")])
def test_a_file_without_a_moment_has_no_windows_of_time_and_exits_with_2(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    rows = pa.table({"at": pa.array([None] * 500, pa.timestamp("us")), "x": list(map(float, range(500)))})
    parquet.write_table(rows, tmp_path / "now.parquet")
    before = written(tmp_path / "before.csv", four_weeks(1, 48) | {"x": list(range(960))})

    code, output, error = drift(
        "check", "--reference", before, "--current", tmp_path / "now.parquet", "--time", "at", "--window-minutes", 60,
        *options,
    )  # fmt: skip

    assert (code, output) == (2, "")
    assert "now.parquet: no row has a moment in at, that --time names" in error


def test_each_column_that_fires_is_drawn_and_no_other(tmp_path: Path) -> None:
    reference = written(tmp_path / "before.csv", shop(4_000))
    current = written(
        tmp_path / "after.csv", {"../<price>": shop(4_000, 4_000, dearer=2.0)["price"]} | shop(4_000, 4_000)
    )
    renamed = written(tmp_path / "renamed.csv", {"../<price>": shop(4_000)["price"]} | shop(4_000))
    pictures = tmp_path / "pictures"
    checked(
        reference, written(tmp_path / "same.csv", shop(4_000, 4_000)), "--window-rows", 1_000, "--pictures", pictures
    )
    assert list(pictures.iterdir()) == []
    checked(renamed, current, "--window-rows", 1_000, "--pictures", pictures)
    drawn = {file.name: file.read_text(encoding="utf-8") for file in pictures.iterdir()}
    assert drawn.keys() == {"001-_price_.window.svg", "001-_price_.trend.svg"}
    assert all("&lt;price&gt;" in text and "<price>" not in text for text in drawn.values())


def four_weeks(seed: int, hours: int, start: int = 0, moved: float = 0.0) -> dict[str, list[object]]:
    """Hours of a column with a day in it, and of one without."""
    rng = np.random.default_rng(seed)
    at = start + np.arange(hours * 20) / 20
    day = 3 * np.sin(2 * np.pi * at / 24)
    return {
        "at": [str(np.datetime64("2024-01-01T00:00:00") + int(each)) for each in at * 3_600],
        "warmth": [round(float(each), 3) for each in day + rng.standard_normal(len(at)) + moved],
        "noise": [round(float(each), 3) for each in rng.standard_normal(len(at))],
    }


@pytest.mark.parametrize("from_profile", [False, True])
def test_a_shift_that_a_season_hides_is_found_beside_its_hours(tmp_path: Path, *, from_profile: bool) -> None:
    before = written(tmp_path / "before.csv", four_weeks(1, 672))
    same = written(tmp_path / "same.csv", four_weeks(2, 168, 672))
    warmer = written(tmp_path / "warmer.csv", four_weeks(3, 168, 672, 1.0))
    if from_profile:
        assert drift("profile", before, "--time", "at", "--output", tmp_path / "before.json")[0] == 0
        before = tmp_path / "before.json"
    asked = ("--window-minutes", 360, "--time", "at")

    hidden = checked(before, warmer, *asked, "--no-seasons")
    calm, found = checked(before, same, *asked), checked(before, warmer, *asked)
    _, words, _ = drift("check", "--reference", before, "--current", warmer, *asked)

    assert "firing" not in states(hidden, "warmth") | states(calm, "warmth") | states(found, "noise")
    assert [line["state"] for line in found if line["column"] == "warmth"][4] == "firing"
    assert {line["column"] for line in found if line.get("note")} == {"warmth"}
    assert words.splitlines()[0].endswith("up; held to its hours of the week")
    assert "hours" not in words.splitlines()[1]


def test_a_profile_without_seasons_is_made_where_it_is_asked_for(tmp_path: Path) -> None:
    before = written(tmp_path / "before.csv", four_weeks(1, 672))

    profiles = [
        json.loads(drift("profile", before, "--time", "at", *options)[1]) for options in ((), ("--no-seasons",))
    ]

    assert ["seasons" in profile for profile in profiles] == [True, False]
    assert {**profiles[0], "seasons": None, "assay_profile": 1} == {**profiles[1], "seasons": None}
