"""Promises are measured in the stream: each kind fires and resolves, late records revise, and a restart loses nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from assay.testkit import Broker
from tests.integration.alerts.promise_stage import BEGIN_S, contract_with, promise_stage, row

ERRORS = (
    "{id: errors, property: errorRate, value: 5, unit: percent, customProperties: "
    "[{property: assay.window, value: PT1M}, {property: assay.breach, value: {minRecords: 2}}]}"
)
LATE = (
    "{id: late, property: latency, value: 1, unit: m, customProperties: "
    "[{property: assay.percentile, value: 90}, {property: assay.window, value: PT1M}]}"
)
NULLS = (
    "{id: known, metric: nullValues, unit: percent, mustBeLessOrEqualTo: 20, scheduler: assay.window, schedule: PT1M}"
)
CODES = "{id: small, metric: invalidValues, arguments: {validValues: [1, 2]}, unit: percent, mustBeLessOrEqualTo: 20, scheduler: assay.window, schedule: PT1M}"
ROWS = "{id: volume, metric: rowCount, mustBeGreaterOrEqualTo: 3, scheduler: assay.window, schedule: PT1M}"
GOOD = [row(BEGIN_S + 61 + number) for number in range(10)]
KINDS = [
    pytest.param("known", NULLS, [row(BEGIN_S + 1, None)] * 5 + [row(BEGIN_S + 2)] * 5, id="nulls"),
    pytest.param("small", CODES, [row(BEGIN_S + 1, 7)] * 5 + [row(BEGIN_S + 2)] * 5, id="invalid values"),
    pytest.param("volume", ROWS, [row(BEGIN_S + 1)], id="volume"),
]


@pytest.mark.parametrize(("promise", "quality", "broken"), KINDS)
async def test_a_window_that_breaks_a_promise_is_told_and_so_is_the_one_that_keeps_it(
    broker: Broker,
    unique: Callable[[str], str],
    tmp_path: Path,
    promise: str,
    quality: str,
    broken: list[bytes],
) -> None:
    text = contract_with(unique("kinds"), quality=quality)
    async with promise_stage(broker, tmp_path, text) as stage:
        await stage.send(broken)
        await stage.send(GOOD)
        await stage.until_told((promise, "firing"))
        await stage.pass_by(BEGIN_S + 120)
        await stage.until_told((promise, "firing"), (promise, "resolved"))
        evaluations = await stage.until_evaluated(promise, 2)
        assert [each.records for each in evaluations[:2]] == [len(broken), len(GOOD)]


async def test_an_error_rate_is_that_of_the_minute_in_which_records_were_refused(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with promise_stage(broker, tmp_path, contract_with(unique("errors"), ERRORS)) as stage:
        await stage.send([row(time.time(), "x")] * 20 + [row(time.time())] * 4)
        await stage.until_told(("errors", "firing"))
        await stage.send([row(time.time())] * 20)
        await stage.until_told(("errors", "firing"), ("errors", "resolved"))


async def test_a_late_pane_revises_its_window_and_ends_the_breach(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with promise_stage(broker, tmp_path, contract_with(unique("late"), quality=NULLS)) as stage:
        await stage.send([row(BEGIN_S + 1, None), row(BEGIN_S + 2)])
        await stage.pass_by(BEGIN_S + 60)
        await stage.until_told(("known", "firing"))
        await stage.send([row(BEGIN_S + 3)] * 8)
        await stage.until_told(("known", "firing"), ("known", "resolved"))
        (first, *_) = await stage.evaluations("known")
        assert (first.revision, first.records, first.bad) == (1, 10, 1)


async def test_a_restart_in_the_middle_evaluates_each_window_once(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with promise_stage(broker, tmp_path, contract_with(unique("middle"), quality=NULLS)) as stage:
        await stage.send([row(BEGIN_S + 1, None), row(BEGIN_S + 2)])
        await stage.pass_by(BEGIN_S + 60)
        await stage.until_told(("known", "firing"))
        await stage.alerts.kill()
        await stage.send(GOOD)
        await stage.pass_by(BEGIN_S + 120)
        await stage.alerts.restart()
        await stage.until_told(("known", "firing"), ("known", "resolved"))
        found = await stage.evaluations("known")
        assert [(each.start_ms // 1000 - BEGIN_S, each.revision) for each in found] == [(0, 0), (60, 0)]


async def test_records_that_arrive_too_late_after_their_event_break_a_latency(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with promise_stage(broker, tmp_path, contract_with(unique("slow"), LATE)) as stage:
        await stage.send([row(BEGIN_S + 1)] * 3)
        await stage.pass_by(BEGIN_S + 60)
        await stage.until_told(("late", "firing"))
        (found,) = await stage.evaluations("late")
        assert (found.records, found.bad) == (3, 3)
