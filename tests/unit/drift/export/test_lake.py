from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from assay.api.drift.v1.window_pb2 import (
    ExperimentLook,
    PairMoved,
    Performance,
    SkewVerdict,
    VariantComparison,
    Window,
)
from assay.drift.export import lake
from assay.drift.export.lake import Export
from assay.drift.export.rows import MOMENTS, NUMBERS, VERDICTS, WHOLE, WINDOWS, Row, verdict_rows, window_row
from assay.lake import CommitRefusedError, LakeTable
from tests.unit.drift.live.samples import FIRING, OK, START_MS, feature, window, windows

MOVED = feature("age", FIRING, 0.21, "critical")


@dataclass
class Judged:
    """Windows by the turn in which they were judged; a later revision takes the place of the one before."""

    turns: dict[tuple[str, int], tuple[int, Window]] = field(default_factory=dict)
    history: str = "1"
    last: int = 0
    asked: list[int] = field(default_factory=list)

    def judge(self, *found: Window) -> None:
        self.last += 1
        for each in found:
            self.turns[each.model, each.start_ms] = self.last, each

    async def models(self) -> Mapping[str, str]:
        return {model: f"{model}/{self.history}" for model, _ in self.turns}

    async def after(self, model: str, turn: int, most: int) -> tuple[list[Window], int]:
        self.asked.append(most)
        found = sorted(
            ((at, each.start_ms, each) for at, each in self.turns.values() if at > turn and each.model == model),
            key=lambda each: each[:2],
        )[:most]
        return [each for _, _, each in found], found[-1][0] if found else turn


async def through(export: Export) -> None:
    """Look until no other gets in between, as an export that runs does; whoever was first is through."""
    is_through = False
    while not is_through:
        with contextlib.suppress(CommitRefusedError):
            await export.look()
            is_through = True


def table(lake: Path, name: str) -> list[dict[str, Any]]:
    rows = LakeTable(str(lake / name)).snapshot().dataset.to_table().to_pylist()
    return sorted(rows, key=lambda row: (row["model"], row["start"], row["revision"], row.get("name", "")))


def revisions(lake: Path) -> list[tuple[str, int, int]]:
    return [(row["model"], row["start"].hour, row["revision"]) for row in table(lake, "drift_windows")]


async def test_every_revision_that_stood_is_in_the_lake_once(tmp_path: Path) -> None:
    judged = Judged()
    judged.judge(window(0, features=[MOVED]), window(0, "fares"))
    judged.judge(window(1))
    assert await Export(str(tmp_path), judged).look() == 3
    assert await Export(str(tmp_path), judged).look() == 0
    judged.judge(window(1, revision=2), window(2))
    again = Export(str(tmp_path), judged)
    assert await again.look() == 2
    assert await again.look() == 0
    found = await asyncio.to_thread(revisions, tmp_path)
    assert found == [("delays", 12, 1), ("delays", 13, 1), ("delays", 13, 2), ("delays", 14, 1), ("fares", 12, 1)]


async def test_rows_are_made_beside_the_loop_and_so_many_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []

    def told(found: Window) -> Iterable[Row]:
        threads.append(threading.get_ident())
        return verdict_rows(found)

    monkeypatch.setattr(lake, "verdict_rows", told)
    monkeypatch.setattr(lake, "ROWS", 10)
    judged = Judged()
    for number in range(2 * lake.FIRST):
        judged.judge(window(number, features=[feature(name) for name in "abcde"]))

    await Export(str(tmp_path), judged).look()

    assert len(threads) == 2 * lake.FIRST
    assert threading.get_ident() not in threads
    assert set(judged.asked) == {lake.FIRST, 2, 10}


async def test_two_that_export_at_once_write_each_window_once(tmp_path: Path) -> None:
    judged = Judged()
    judged.judge(*map(window, range(6)))
    exports = [Export(str(tmp_path), judged) for _ in range(3)]

    async with asyncio.TaskGroup() as group:
        for export in exports:
            group.create_task(through(export))
    found = await asyncio.to_thread(revisions, tmp_path)
    assert found == [("delays", 12 + hour, 1) for hour in range(6)]


async def test_store_that_was_lost_begins_another_history(tmp_path: Path) -> None:
    judged = Judged()
    judged.judge(window(0))
    judged.judge(window(1))
    await Export(str(tmp_path), judged).look()
    anew = Judged(history="2")
    anew.judge(window(2))
    assert await Export(str(tmp_path), anew).look() == 1


async def test_table_of_verdicts_has_what_moved_with_its_evidence(tmp_path: Path) -> None:
    judged = Judged()
    judged.judge(window(0, features=[MOVED, feature("country")]))
    await Export(str(tmp_path), judged).look()
    rows = await asyncio.to_thread(table, tmp_path, "drift_verdicts")
    assert [(row["kind"], row["name"], row["state"], row["severity"], row["effect"], row["p"]) for row in rows] == [
        ("feature", "age", "firing", "critical", 0.21, 0.5), ("feature", "country", "ok", None, 0.0, 0.5),
    ]  # fmt: skip
    assert rows[0]["start"] == datetime.fromtimestamp(START_MS / 1000, UTC)
    assert rows[0]["psi"] is None


def test_row_of_a_window_has_its_counts_and_how_its_model_does() -> None:
    performance = Performance(labelled=800, coverage=0.8, state=FIRING, cause="concept")
    found = window(features=[MOVED], statuses={"ok": 9, "error": 1}, performance=performance)
    found.operations.latency_p99_ms = 20
    row = window_row(found)
    assert {name: row[name] for name in ("rows", "firing", "pending", "coverage", "performance", "cause")} == {
        "rows": 1_000, "firing": 2, "pending": 0, "coverage": 0.8, "performance": "firing", "cause": "concept",
    }  # fmt: skip
    assert json.loads(str(row["statuses"])) == {"ok": 9, "error": 1}
    assert (row["latency_p99_ms"], row["latency_p50_ms"]) == (20, None)


def test_every_part_of_a_window_has_a_row_and_every_figure() -> None:
    performance = Performance(state=OK, realised={"auc": 0.7}, estimated={"auc": 0.8}, estimated_error={"auc": 0.01})
    skew = SkewVerdict(feature="age", rate=0.1, joined=20, low=0.05, high=0.2)
    found = window(features=[MOVED], skew=[skew], performance=performance)
    found.pairs.append(PairMoved(left="x", right="y", n=5, before=0.8, now=0.1))
    comparison = VariantComparison(variant="b", state="higher", users=7, difference=0.1, low=0.0, high=0.2, value=0.4)
    found.experiments.append(ExperimentLook(metric="ctr", comparisons=[comparison]))
    rows = {(row["kind"], row["name"]): row for row in verdict_rows(found)}
    assert len(rows) == 7
    assert rows["skew", "age"]["high"] == 0.2
    assert rows["pair", "x~y"]["value"] == 0.1
    assert (rows["experiment", "ctr: b"]["n"], rows["experiment", "ctr: b"]["value"]) == (7, 0.4)
    assert (rows["realised", "auc"]["value"], rows["realised", "auc"].get("state")) == (0.7, None)
    assert (rows["estimated", "auc"]["low"], rows["estimated", "auc"]["high"]) == pytest.approx((0.79, 0.81))


@given(windows())
def test_rows_have_columns_of_their_table_alone(found: Window) -> None:
    assert window_row(found).keys() <= set(WINDOWS)
    for row in verdict_rows(found):
        assert row.keys() <= set(VERDICTS)
    assert {*WINDOWS, *VERDICTS} >= MOMENTS | WHOLE | NUMBERS


def test_moment_that_no_calendar_has_is_none() -> None:
    far = window()
    far.end_ms = 2**62
    assert window_row(far)["end"] is None
