"""`assay drift profile` of a ranking: a row for each item of each list, and one document of requests and lists."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import yaml

from assay.api.drift.v1 import window_pb2 as pb
from assay.contracts.analytical import Feature, FeatureSchema, Model, contracts_of
from assay.contracts.monitoring import Monitoring
from assay.drift.errors import ReferenceUnfitError
from assay.drift.judging.performance import judge_performance
from assay.drift.judging.totals import Totals
from assay.drift.references import Reference
from assay.drift.references.fitting import held_against
from assay.monitoring.concept import figures
from assay.monitoring.multivariate import read_pairs
from assay.monitoring.performance import RankingCounts, count_ranking
from assay.monitoring.performance.papers import added_up, read_performance
from assay.monitoring.performance.ranking import row_of
from assay.monitoring.profiles.papers import profile_from_json
from tests.unit.cli.test_drift import Columns, drift, written
from tests.unit.drift.watched import watched

ITEMS = [f"i{number}" for number in range(8)]
MODEL = watched(kind="ranking")
SAID = ("--kind", "ranking", "--list", "query", "--prediction", "said", "--label", "y")

Table = dict[str, list[object]]


def searches(seed: int, count: int, *, is_random: bool = False) -> Table:
    """Lists of a ranker that knows most of what is relevant, a minute apart; rows of a list in no order."""
    chance = random.Random(seed)
    rows: list[tuple[object, ...]] = []
    for query in range(count):
        at = f"2026-01-{1 + query // 1440:02d}T{query // 60 % 24:02d}:{query % 60:02d}:00Z"
        tenure, plan = round(chance.gauss(10, 2), 3), chance.choice(("free", "home", "work"))
        for item in chance.sample(ITEMS, len(ITEMS)):
            relevance = chance.choice((0, 0, 0, 1, 2))
            said = (0 if is_random else relevance) + chance.gauss(0, 0.7)
            label = "" if query % 10 == 0 else relevance
            rows.append((f"q{query}", item, at, tenure, plan, said, label))
    names = ("query", "item", "at", "tenure", "plan", "said", "y")
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def counted(table: Table, lists: Sequence[int], cutoff: int = 10) -> RankingCounts:
    """Some lists, as the engine counts them."""
    own: dict[object, list[tuple[float, str, object]]] = {f"q{each}": [] for each in lists}
    for query, item, said, y in zip(*(table[name] for name in ("query", "item", "said", "y")), strict=True):
        if query in own:
            own[query].append((-float(str(said)), str(item), y))
    rows = [
        row_of([item for _, item, _ in sorted(each)], {item: float(str(y)) for _, item, y in each if y != ""}, cutoff)
        for each in own.values()
    ]
    return count_ranking(cutoff, np.array(rows))


def document(file: Path, columns: Columns, *options: object) -> str:
    code, text, error = drift("profile", written(file, columns), *options)
    assert code == 0, error
    return text


def reference_of(text: str) -> Reference:
    return Reference("r", "churn", "7", profile_from_json(text), tuple(read_performance(text)), "set", 0)


def contract(folder: Path, cutoff: int) -> Path:
    model = Model("churn", FeatureSchema((Feature("tenure"), Feature("plan", "string"))), kind="ranking")
    said = yaml.safe_load(contracts_of(model)["churn.predictions.odcs.yaml"])
    said["customProperties"] += [{"property": "assay.monitoring", "value": {"rankingCutoff": cutoff}}]
    file = folder / "predictions.odcs.yaml"
    file.write_text(yaml.safe_dump(said), encoding="utf-8")
    return file


def test_lists_are_counted_pane_by_pane_in_order_of_time(tmp_path: Path) -> None:
    table = searches(1, 2_400)
    backwards = {name: column[::-1] for name, column in table.items()}

    found = reference_of(
        document(tmp_path / "searches.csv", backwards, *SAID, "--time", "at", "--ignore", "item", "--cutoff", "5")
    ).performance

    assert found == tuple(counted(table, range(start, start + 120), 5) for start in range(0, 2_400, 120))
    assert [(each.n, each.labelled) for each in found] == [(120, 108)] * 20


def test_a_request_is_profiled_once_a_list_with_the_score_of_its_first_item(tmp_path: Path) -> None:
    table = searches(1, 600)
    best = [max(float(str(each)) for each in table["said"][at : at + 8]) for at in range(0, 4_800, 8)]
    requests = {name: table[name][::8] for name in ("tenure", "plan")} | {"prediction.score": best}

    found = json.loads(document(tmp_path / "searches.csv", table, *SAID, "--ignore", "item,at"))

    assert found.pop("performance")["kind"] == "ranking"
    assert found == json.loads(document(tmp_path / "requests.csv", requests))


def test_places_are_counted_as_scores_are_and_the_score_of_the_first_is_profiled(tmp_path: Path) -> None:
    table = searches(2, 300)
    places: list[object] = []
    for start in range(0, 2_400, 8):
        own = [float(str(each)) for each in table["said"][start : start + 8]]
        places += [1 + sum(other > each for other in own) for each in own]
    ranked = table | {"place": places}
    options = ("--kind", "ranking", "--list", "query", "--label", "y", "--ignore", "item,at")

    by_score = document(tmp_path / "one.csv", table, *options, "--prediction", "said")
    by_place = document(tmp_path / "other.csv", ranked, *options, "--prediction", "place", "--rank", "--score", "said")
    without = document(tmp_path / "third.csv", ranked, *options, "--prediction", "place", "--rank", "--ignore", "said")

    assert by_place == by_score
    assert profile_from_json(without).names == ("tenure", "plan")
    assert read_performance(without) == read_performance(by_score)


def test_windows_that_pairs_are_shown_by_are_of_lists(tmp_path: Path) -> None:
    table = searches(1, 2_000) | {"age": [each * each % 97 for each in range(2_000) for _ in ITEMS]}

    pairs = read_pairs(document(tmp_path / "s.csv", table, *SAID, "--ignore", "item,at", "--window-rows", 100))

    assert pairs is not None
    assert pairs.windows[pairs.names.index("tenure"), pairs.names.index("age")] == 20


def test_a_contract_says_features_kind_and_cutoff(tmp_path: Path) -> None:
    table = searches(1, 300)
    options = ("--list", "query", "--prediction", "said", "--label", "y", "--contract", contract(tmp_path, 3))

    found = reference_of(document(tmp_path / "searches.csv", table, *options))

    assert found.profile.names == ("tenure", "plan", "prediction.score")
    assert [*found.performance] == [counted(table, range(300), 3)]
    held_against(watched(Monitoring(ranking_cutoff=3), kind="ranking"), found)
    with pytest.raises(ReferenceUnfitError, match="counted to place 3, and the contract says 10"):
        held_against(watched(kind="ranking"), found)


def test_windows_of_the_stream_are_held_to_it(tmp_path: Path) -> None:
    reference = reference_of(document(tmp_path / "searches.csv", searches(1, 2_400), *SAID, "--ignore", "item,at"))
    windows = [counted(searches(2, 200), range(200)), counted(searches(3, 200, is_random=True), range(200))]

    held_against(MODEL, reference)
    found = [judge_performance(MODEL, reference, Totals(performance=each), {})[0] for each in windows]

    assert [(each.state, each.cause) for each in found if each] == [
        (pb.DRIFT_STATE_OK, "none"),
        (pb.DRIFT_STATE_FIRING, "concept"),
    ]
    assert [dict(each.realised) for each in found if each] == [figures(each) for each in windows]


def test_a_list_in_which_no_item_has_a_place_is_left_out(tmp_path: Path) -> None:
    table = searches(1, 40)
    table["said"][:8] = [""] * 8

    text = document(tmp_path / "searches.csv", table, *SAID, "--ignore", "item,at")

    assert (profile_from_json(text).cells.counts[0].sum(), added_up(read_performance(text)).n) == (39, 39)


def test_labels_of_lists_without_a_place_alone_are_none(tmp_path: Path) -> None:
    table = searches(1, 40)
    table["said"][:8], table["y"] = [""] * 8, [1] * 8 + [""] * 312

    code, _, error = drift("profile", written(tmp_path / "searches.csv", table), *SAID, "--ignore", "item,at")

    assert (code, "no list in which an item has a place has a label" in " ".join(error.split())) == (2, True)


def test_without_a_label_requests_are_profiled(tmp_path: Path) -> None:
    table = searches(1, 40)

    text = document(tmp_path / "searches.csv", table, *SAID[:-2], "--ignore", "item,at,y")

    assert profile_from_json(text).names == ("tenure", "plan", "prediction.score")
    assert "performance" not in json.loads(text)


IGNORE = ("--ignore", "item,at,said,y")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (SAID, "features are those of the request, one value a list, and these differ within one: item; leave"),
        (SAID, "leave out what is of items with --ignore item"),
        (
            (*SAID, "--ignore", "item", "--time", "tenth"),
            "tenth of row 1 is not that of row 0, which is of the same list",
        ),
        ((*SAID[:2], *SAID[4:], *IGNORE), "--prediction and --list belong together"),
        ((*SAID[:4], *IGNORE), "--prediction and --list belong together"),
        ((*SAID[2:], *IGNORE), "--list is for rankings, and the model is of kind binary; say --kind ranking"),
        ((*SAID[:3], "gone", *SAID[4:], *IGNORE), "no column 'gone' for --list"),
        ((*SAID[:5], "gone", *SAID[6:], *IGNORE), "there is no column 'gone'"),
        ((*SAID[:5], "empty", *SAID[6:], *IGNORE), "no item has a place, for 'empty' is empty in all rows"),
        ((*SAID[:-1], "empty", *IGNORE), "no row has a label in 'empty'"),
        ((*SAID[:-1], "below", *IGNORE), "below of row 0 is -1; relevance is a number from 0"),
        ((*SAID[:-1], "gone", *IGNORE), "there is no column 'gone'"),
    ],
)
def test_what_can_not_be_counted_is_said(tmp_path: Path, options: tuple[object, ...], says: str) -> None:
    table = searches(1, 20)
    table |= {"empty": [""] * 160, "below": [-1] * 160}
    if "tenth" in options:
        table["tenth"] = [*range(160)]
    file = written(tmp_path / "searches.csv", table)

    code, _, error = drift("profile", file, *options)

    assert code == 2
    assert says in " ".join(error.split())
