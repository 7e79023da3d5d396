"""Recovery that is killed at its work loses and doubles nothing: the counting part of `assay bench recovery`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from assay.testkit import Broker, running
from tests.performance.killed import killed
from tests.performance.letters import Letters, hopeless

DEAD = int(os.environ.get("ASSAY_TEST_DEAD", "50000"))
KILLS = int(os.environ.get("ASSAY_TEST_KILLS", "5"))
SIZE = f"{DEAD:,} dead letters, {KILLS} kills"
MOST_MB = 400
"""However many there are: nothing that recovery keeps grows with them but a bit for each that is settled."""


@pytest.mark.timeout(3_500)
async def test_killed_recovery_replays_every_dead_letter_once(durable_broker: Broker, tmp_path: Path) -> None:
    async with running("registry", data=tmp_path, store=f"sqlite:///{tmp_path / 'registry.db'}") as registry:
        found = await killed(Letters("letters", durable_broker, registry, DEAD), [], KILLS, tmp_path)

    there = DEAD - hopeless(DEAD)
    assert (found.account.lost, found.account.doubled) == (0, 0)
    assert (found.account.dead, found.account.repaired, found.account.replayed) == (DEAD, there, there)
    assert found.indexed == DEAD
    assert found.rss_mb < MOST_MB
