"""`assay performance check --kind ranking`: files with a row for each item of each list."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay.monitoring.performance import count_ranking, ranking_metrics
from assay.monitoring.performance.ranking import row_of
from tests.unit.cli.performance.test_check import Table, check, objects, written

ITEMS = [f"i{number}" for number in range(12)]


def lists(seed: int, count: int, random_from: int | None = None) -> dict[str, list[object]]:
    """Lists of a ranker that knows most of what is relevant, and from one on nothing; rows in no order."""
    chance = random.Random(seed)
    rows: list[tuple[object, ...]] = []
    for query in range(count):
        own: list[tuple[object, ...]] = []
        for item in ITEMS:
            relevance = chance.choice((0, 0, 0, 1, 2))
            known = 0 if random_from is not None and query >= random_from else relevance
            own.append((f"q{query}", item, known + chance.gauss(0, 0.7), relevance))
        rows += chance.sample(own, len(own))
    return dict(zip(("query", "item", "said", "y"), map(list, zip(*rows, strict=True)), strict=True))


def found_of(reference: Path, current: Path, *more: str, rows: int = 200) -> list[dict[str, Any]]:
    return objects(check(reference, current, "--kind", "ranking", "--list", "query", "--json", *more, rows=rows))


def figures(table: Table, start: int, end: int, cutoff: int = 10) -> dict[str, float | None]:
    """The figures of some lists, as the engine has them."""
    rows = []
    for query in range(start, end):
        items = [
            (-float(str(said)), str(item), float(str(y)))
            for name, item, said, y in zip(*(table[each] for each in ("query", "item", "said", "y")), strict=True)
            if name == f"q{query}"
        ]
        rows.append(row_of([item for _, item, _ in sorted(items)], {item: y for _, item, y in items}, cutoff))
    found = ranking_metrics(count_ranking(cutoff, np.array(rows)))
    return {name: getattr(found, name) for name in ("ndcg", "map", "mrr", "precision", "recall", "hit_rate")}


def test_an_order_that_becomes_random_fires_from_there(tmp_path: Path) -> None:
    reference = written(tmp_path / "reference.csv", lists(1, 2_000))
    table = lists(2, 800, random_from=400)

    found = found_of(reference, written(tmp_path / "current.csv", table))

    assert [(each["n"], each["labelled"], each["state"], each["cause"]) for each in found] == [
        *[(200, 200, "ok", "none")] * 2,
        *[(200, 200, "firing", "concept")] * 2,
    ]
    assert found[1]["metrics"] == figures(table, 200, 400)
    assert found[0]["loss"]["test"] == "welch"


def test_places_say_what_scores_say(tmp_path: Path) -> None:
    reference = written(tmp_path / "reference.csv", lists(1, 200))
    table = lists(3, 200)
    places: list[object] = []
    for query, said in zip(table["query"], table["said"], strict=True):
        own = [one for name, one in zip(table["query"], table["said"], strict=True) if name == query]
        places.append(1 + sum(float(str(each)) > float(str(said)) for each in own))
    ranked = written(tmp_path / "ranked.csv", table | {"said": places})

    by_score = found_of(reference, written(tmp_path / "scored.csv", table), "--cutoff", "5")
    by_place = found_of(reference, ranked, "--cutoff", "5", "--rank")

    assert by_score[0]["metrics"] == by_place[0]["metrics"] == figures(table, 0, 200, 5)


def test_labels_of_another_file_are_joined_by_list_and_item(tmp_path: Path) -> None:
    reference = written(tmp_path / "reference.csv", lists(1, 300))
    table = lists(4, 300)
    half = len(table["y"]) // 2
    truths = written(tmp_path / "truths.csv", {name: table[name][:half] for name in ("query", "item", "y")})
    current = written(tmp_path / "current.csv", {name: table[name] for name in ("query", "item", "said")})

    (found,) = found_of(reference, current, "--labels", str(truths), "--id", "item", rows=300)

    assert (found["n"], found["labelled"], found["coverage"]) == (300, 150, 0.5)
    assert found["metrics"] == figures(table, 0, 150)


def test_lists_whose_names_are_spelt_otherwise_are_other_lists(tmp_path: Path) -> None:
    reference = written(tmp_path / "reference.csv", lists(1, 200))
    names = ["007", "7", 2**53, 2**53 + 1, "1e3", "1000"]
    table: Table = {"query": [each for each in names for _ in range(2)], "said": [1, 2] * 6, "y": [0, 1] * 6}

    (found,) = found_of(reference, written(tmp_path / "current.csv", table))

    assert found["n"] == 6


def test_an_item_without_a_place_is_one_that_the_list_should_have_had(tmp_path: Path) -> None:
    reference = written(tmp_path / "reference.csv", lists(1, 200))
    table: Table = {"query": ["a", "a", "b"], "said": [0.5, "", ""], "y": [0, 1, 1]}

    (found,) = found_of(reference, written(tmp_path / "current.csv", table))

    assert (found["n"], found["metrics"]["recall"], found["metrics"]["ndcg"]) == (1, 0.0, 0.0)


@pytest.mark.parametrize(
    ("more", "column", "says"),
    [
        (("--kind", "ranking"), [1, 2], "--list belong together"),
        (("--list", "query"), [1, 2], "--list belong together"),
        (("--kind", "ranking", "--list", "nowhere"), [1, 2], "no column 'nowhere' for --list"),
        (("--kind", "ranking", "--list", "query"), [1, -2], "y of row 1 is -2; relevance is a number from 0"),
    ],
)
def test_what_is_no_ranking_is_said(tmp_path: Path, more: Sequence[str], column: list[object], says: str) -> None:
    file = written(tmp_path / "lists.csv", {"query": ["a", "b"], "said": [1, 2], "y": column})

    result = check(file, file, *more)

    assert result.exit_code == 2
    assert says in " ".join(result.output.split())
