"""Processes that only answer say what the one that judges says: followed in the store, and in Redis."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from assay.contracts.analytical import Model
from assay.monitoring.profiles import profile_of
from assay.monitoring.profiles.papers import profile_to_json
from assay.testkit import Broker, running
from tests.integration.drift.stage import drift_stage
from tests.integration.drift.test_mirror import redis
from tests.integration.drift.test_same_verdicts import PARTITIONS, drifting, streamed, table_of

ROWS, WINDOWS = 500, 4


async def test_readers_answer_what_the_judge_does(broker: Broker, unique: Callable[[str], str], tmp_path: Path) -> None:
    reference, current, schema = drifting(13, ROWS * WINDOWS)
    profile = profile_to_json(profile_of(table_of(reference, schema)))
    model = Model(unique("read"), schema, classes=("no", "yes"), partitions=PARTITIONS)
    for name in ("of-store", "of-redis"):
        (tmp_path / name).mkdir()
    async with (
        redis() as server,
        drift_stage(broker, tmp_path, model, {"window": f"PT{ROWS}M"}, 1, profile, live=server.url) as stage,
    ):
        windows = await streamed(stage, current, ROWS, hurt=False)
        places = {"broker": broker.bootstrap, "registry": stage.registry.address, "store": stage.store, "roles": "read"}
        async with (
            running("drift", data=tmp_path / "of-store", **places) as of_store,
            running("drift", data=tmp_path / "of-redis", **places, live=server.url) as of_redis,
        ):
            for reader in (of_store, of_redis):
                stage.judge = reader
                assert await stage.until_windows(WINDOWS) == windows
