"""A feature that the contract of a model loses is no drift: what fired of it is over, and the others are watched on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from assay.api.alerts.v1.alerts_pb2 import BREACH_STATE_FIRING, BREACH_STATE_RESOLVED
from assay.api.drift.v1.window_pb2 import DRIFT_STATE_FIRING, Window
from assay.contracts.analytical import FeatureSchema, Model
from assay.monitoring.profiles import profile_of
from assay.monitoring.profiles.papers import profile_to_json
from assay.testkit import Broker, eventually
from tests.integration.drift.stage import BEGIN_S, WITHIN_S, Case, DriftStage, drift_stage
from tests.integration.drift.test_same_verdicts import PARTITIONS, STEP_S, Row, drifting, table_of
from tests.integration.drift.told import told_of

SIZE, BEFORE, AFTER = 500, 3_000, 2_000
"""Rows of a window, those before the contract changes, and those after. From the middle of them on `moving` moves."""


def cases(rows: Sequence[Row], since: int) -> list[Case]:
    """One a minute, from so many minutes on."""
    return [Case(f"p{place}", 1000 * (BEGIN_S + STEP_S * place), row) for place, row in enumerate(rows, since)]


def firing(window: Window) -> set[str]:
    return {each.feature for each in window.features if each.state == DRIFT_STATE_FIRING}


async def over(stage: DriftStage, promise: str) -> list[tuple[str, int, int]]:
    """What was said of a promise once it is over; what is said again is left out."""

    async def ask() -> list[tuple[str, int, int]]:
        said = [each for each in await told_of(stage.broker.bootstrap, stage.setting.model) if each[0] == promise]
        return list(dict.fromkeys(said)) if any(each[2] == BREACH_STATE_RESOLVED for each in said) else []

    return await eventually(ask, WITHIN_S)


@pytest.mark.timeout(900)
async def test_a_feature_that_a_contract_loses_is_over_and_the_others_are_watched_on(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    reference, rows, schema = drifting(13, BEFORE)
    _, moved, _ = drifting(14, 2 * AFTER)
    model = Model(unique("moving"), schema, classes=("no", "yes"), partitions=PARTITIONS)
    left = FeatureSchema(tuple(each for each in schema.features if each.name != "moving"))
    later = [{name: value for name, value in row.items() if name != "moving"} for row in moved[AFTER:]]
    profile = profile_to_json(profile_of(table_of(reference, schema)))

    async with drift_stage(broker, tmp_path, model, {"window": f"PT{SIZE}M"}, 2, profile) as stage:
        await stage.send(stage.batches(cases(rows, 0)))
        before = await stage.until_windows(5)
        await stage.change(replace(model, features=left, version="2.0.0"))
        await stage.send(stage.batches(cases(later, BEFORE)))
        windows = await stage.until_windows(9)
        said = await over(stage, "drift/feature/moving")

    assert firing(before[-1]) == {"moving", "word"}
    assert [sorted(each.feature for each in window.features) for window in windows[6:]] == [["still", "word"]] * 3
    assert firing(windows[-1]) == {"word"}
    assert {each.reference for each in windows} == {before[0].reference}
    (_, _, first), (_, over_ms, last) = said
    assert (first, last) == (BREACH_STATE_FIRING, BREACH_STATE_RESOLVED)
    assert over_ms in {window.start_ms for window in windows[5:7]}
