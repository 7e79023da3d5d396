"""A storm of breaches, and alerts killed again and again in it: none is lost, and none is told twice by another key."""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import Callable
from pathlib import Path

from assay.testkit import Broker, eventually
from tests.integration.alerts.promise_stage import BEGIN_S, PromiseStage, contract_with, promise_stage, row

KILLS = int(os.environ.get("ASSAY_TEST_KILLS", "4"))
PROMISES = 6
MINUTES = 4 * KILLS + 10
SIZE = f"{KILLS} kills of alerts in {MINUTES * PROMISES} windows"
SEED = 2013
FAILPOINTS = ("alerts.evaluated", "alerts.sent", "")
"""Where alerts dies: after a turn was kept, between a channel's yes and our note, or wherever it is."""


def quality() -> str:
    """Promises about one field that are broken and kept together, each a breach of its own."""
    lines = (
        f"{{id: known{number}, metric: nullValues, unit: percent, mustBeLessOrEqualTo: {10 + number}, "
        "scheduler: assay.window, schedule: PT1M}"
        for number in range(PROMISES)
    )
    return ", ".join(lines)


def minute(number: int) -> list[bytes]:
    """Records of one minute; every other minute breaks each promise."""
    at_s = BEGIN_S + 60 * number
    return [row(at_s + 1, None if number % 2 == 0 else 1), row(at_s + 31)]


async def test_breaches_outlive_every_kill(broker: Broker, unique: Callable[[str], str], tmp_path: Path) -> None:
    chance = random.Random(SEED)
    async with promise_stage(broker, tmp_path, contract_with(unique("storm"), quality=quality())) as stage:
        for kill in range(KILLS):
            await _die(stage, chance, range(4 * kill, 4 * kill + 4))
        await stage.alerts.restart()
        await _send(stage, range(4 * KILLS, MINUTES))
        await stage.pass_by(BEGIN_S + 60 * MINUTES)
        await eventually(lambda: _all_told(stage), 240)
        lines = _keys(stage)
        assert set(lines) == set(_wanted(stage))
        assert len(lines) - len(set(lines)) <= KILLS
        for number in range(PROMISES):
            found = await stage.evaluations(f"known{number}")
            assert [(each.start_ms // 1000 - BEGIN_S) // 60 for each in found] == [*range(MINUTES)]
            assert [each.bad for each in found] == [(1 + at) % 2 for at in range(MINUTES)]


async def _send(stage: PromiseStage, minutes: range) -> None:
    await stage.send([value for number in minutes for value in minute(number)])


async def _die(stage: PromiseStage, chance: random.Random, minutes: range) -> None:
    """Alerts dies while these minutes are measured and told."""
    point = chance.choice(FAILPOINTS)
    await stage.alerts.stop()
    stage.alerts.start({"ASSAY_FAILPOINTS": f"{point}:{chance.randint(1, 3)}"} if point else None)
    await _send(stage, minutes)
    if not point:
        await stage.alerts.ready()
        await stage.alerts.kill()
        return
    try:
        async with asyncio.timeout(60):
            await stage.alerts.ended()
    except TimeoutError:  # nothing was left to be told by then
        await stage.alerts.kill()


async def _all_told(stage: PromiseStage) -> bool:
    return len(set(_keys(stage))) >= len(_wanted(stage))


def _keys(stage: PromiseStage) -> list[str]:
    """Of each line of the outbox which alert it is; the line that a kill tore is none."""
    outbox = stage.data / "outbox.ndjson"
    lines = outbox.read_text().splitlines() if outbox.exists() else []
    found = [json.loads(line) for line in lines if line.endswith("}")]
    return [each["key"] for each in found if each["contract"] == stage.contract.id and each["kind"] == "promise"]


def _wanted(stage: PromiseStage) -> list[str]:
    """The alerts of a plain look at what was sent: each even minute fires every promise, each odd one resolves it."""
    names = {each.id: each.fingerprint(stage.contract.id) for each in stage.contract.promises}
    owner = stage.contract.owner.id
    return [
        f"{fingerprint}-{1000 * (BEGIN_S + 60 * number)}/{state}/file/{owner}"
        for fingerprint in names.values()
        for number in range(0, MINUTES, 2)
        for state in ("firing", "resolved")
    ]
