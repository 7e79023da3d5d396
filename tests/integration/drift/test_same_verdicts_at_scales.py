"""With windows of several lengths a stream comes to the verdicts of files too: out of order, with repeats, and with kills."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from assay.api.drift.v1 import window_pb2 as pb
from assay.contracts.analytical import Feature, FeatureSchema, Model
from assay.monitoring.checking import windows_of_rows
from assay.monitoring.profiles import profile_of
from assay.monitoring.profiles.papers import profile_to_json
from assay.monitoring.profiles.reference import Profile
from assay.monitoring.scales import Scaled, check_at_scales, q_at_scales
from assay.monitoring.verdicts import Verdict
from assay.testkit import Broker
from tests.integration.drift.stage import BEGIN_S, drift_stage
from tests.integration.drift.test_same_verdicts import (
    PARTITIONS,
    STEP_S,
    Row,
    assert_same,
    of_stream,
    streamed,
    table_of,
)

SIZE, SCALES = 500, (1, 2, 4)
ROWS = 12_000
WEAK = 0.19
"""Of a deviation: windows of 2,000 rows see it, and those of 500 hardly do."""


def drifting(seed: int) -> tuple[list[Row], list[Row], FeatureSchema]:
    """Reference and current rows: half-way a number moves a little."""
    chance = np.random.default_rng(seed)

    def made(count: int, moved: float) -> list[Row]:
        still, moving = chance.normal(size=count), chance.normal(moved, size=count)
        lacks = chance.random(count) < 0.02
        return [
            {"still": float(one), "moving": None if lack else float(two)}
            for one, two, lack in zip(still, moving, lacks, strict=True)
        ]

    schema = FeatureSchema((Feature("still"), Feature("moving")))
    return made(20_000, 0.0), made(ROWS // 2, 0.0) + made(ROWS // 2, WEAK), schema


def of_files(profile: Profile, rows: Sequence[Row], schema: FeatureSchema) -> list[dict[str, Verdict]]:
    """The verdicts of the engine at all scales; windows are placed in event time as those of the stream are."""
    first = BEGIN_S // (STEP_S * SIZE)
    windows = [(first + number, each) for number, each in enumerate(windows_of_rows(len(rows), SIZE))]
    rate = 30 * 24 * 3600 / (STEP_S * SIZE)
    scaled = Scaled.of(profile, SCALES, q_at_scales(1.0, len(profile.names), rate, SCALES))
    heard = check_at_scales(profile, table_of(rows, schema), windows, scaled)
    return [{each.column: each for each in window.verdicts()} for window in heard]


@pytest.mark.timeout(900)
async def test_with_scales_a_stream_out_of_order_with_repeats_and_kills_comes_to_the_verdicts_of_files(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    reference, current, schema = drifting(17)
    profile = profile_of(table_of(reference, schema))
    model = Model(unique("slowly"), schema, classes=("no", "yes"), partitions=PARTITIONS)
    monitoring = {"window": f"PT{SIZE}M", "scales": [f"PT{SIZE * scale}M" for scale in SCALES[1:]]}

    async with drift_stage(broker, tmp_path, model, monitoring, 2, profile_to_json(profile)) as stage:
        windows = await streamed(stage, current, SIZE, hurt=broker.is_durable)

    found, judged = of_stream(windows), of_files(profile, current, schema)
    assert_same(found, judged)
    minutes = [{name: told.scale_s // (STEP_S * SIZE) for name, told in each.items()} for each in found]
    assert minutes == [{name: told.scale for name, told in each.items()} for each in judged]
    firing = [
        (name, told.scale_s) for each in found for name, told in each.items() if told.state == pb.DRIFT_STATE_FIRING
    ]
    assert {name for name, _ in firing} == {"moving"}
    assert max(of_s for _, of_s in firing) > STEP_S * SIZE
    assert sum(each.rows for each in windows) == ROWS
