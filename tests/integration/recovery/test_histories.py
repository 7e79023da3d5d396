"""Whatever happens to records, to their contract and to the services, each ends in one place, once, as a small model says.

Many histories are played at once: every record has its own, and what strikes the services strikes all of them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from assay.testkit import Broker
from tests.integration.recovery.histories_play import Play
from tests.integration.recovery.histories_plot import plot
from tests.integration.recovery.histories_stage import staged

HISTORIES = int(os.environ.get("ASSAY_TEST_HISTORIES", "120"))
SEED = int(os.environ.get("ASSAY_TEST_SEED", "2013"))
PLAY = 500
"""Histories of one play: a contract, topics and services of its own, and every blow once."""
SIZE = f"{HISTORIES:,} histories, seed {SEED}"
PLAYS = [(SEED + place, min(PLAY, HISTORIES - start)) for place, start in enumerate(range(0, HISTORIES, PLAY))]


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("seed", "histories"), PLAYS)
async def test_every_record_of_a_history_ends_in_one_place_once(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path, seed: int, histories: int
) -> None:
    async with staged(durable_broker, unique("histories"), tmp_path) as stage:
        play = Play(stage)
        for number, chapter in enumerate(plot(seed, histories)):
            try:
                await play.play(chapter)
            except AssertionError as error:
                raise AssertionError(f"seed {seed}, chapter {number} ({chapter.blow}): {error}") from error
        await play.end()
    sys.stderr.write(f"seed {seed}, {histories} histories: {play.tally()}\n")
