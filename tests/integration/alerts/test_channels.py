from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from assay.alerts.breaches import Measurement, State
from assay.testkit import Broker, eventually
from assay.testkit.ports import free_ports
from assay.testkit.receivers.alertmanager import AlertmanagerServer, open_alertmanager
from assay.testkit.receivers.debian import ProgramUnavailableError
from assay.testkit.receivers.web import WebReceiver, open_web
from tests.integration.alerts.test_alertmanager import CONFIG, not_proved
from tests.integration.alerts.test_alerts import Stand, standing

KILLS = int(os.environ.get("ASSAY_TEST_KILLS", "5"))
STORM = max(30, 2 * KILLS)
SIZE = f"{KILLS} kills of the alerts service in a storm of {STORM} breaches, Alertmanager and a webhook behind it"
WITHIN_S = 60.0 + STORM


@dataclass(frozen=True, slots=True)
class Told:
    """What an Alertmanager and a webhook were told by a whole alerts service."""

    stand: Stand
    server: AlertmanagerServer
    pager: WebReceiver
    hook: WebReceiver

    def paged(self) -> Sequence[tuple[str, str]]:
        """What Alertmanager told its receiver: state and promise."""
        messages = [json.loads(asked.body)["alerts"] for asked in self.pager.asked]
        return [(each["status"], each["labels"]["promise"]) for alerts in messages for each in alerts]

    def hooked(self) -> Sequence[Mapping[str, str]]:
        """What the webhook took."""
        return [json.loads(asked.body)["data"] for asked in self.hook.asked]

    def storm(self, state: State, day: int) -> list[Measurement]:
        calm = self.stand.measurement(day, state)
        return [
            replace(calm, promise=f"p{number}", fingerprint=f"{calm.fingerprint}-{number}") for number in range(STORM)
        ]


@pytest.fixture
def contract(unique: Callable[[str], str]) -> str:
    return unique("orders")


@asynccontextmanager
async def telling(broker: Broker, contract: str, tmp_path: Path) -> AsyncIterator[Told]:
    (nobody,) = free_ports(1)
    async with (
        open_web() as pager,
        open_web() as hook,
        open_alertmanager(CONFIG.format(url=pager.url)) as server,
        standing(broker, contract, tmp_path) as stand,
    ):
        channels = {
            "oncall": {"kind": "alertmanager", "url": server.url, "every_s": 1, "ends_after_s": 600},
            "hook": {"kind": "webhook", "url": hook.url, "secret": {"env": "HOOK_SECRET"}, "at_once": 1},
            "dead": {"kind": "webhook", "url": f"http://127.0.0.1:{nobody}", "secret": {"env": "HOOK_SECRET"}},
            "file": {"kind": "file", "path": str(stand.outbox)},
        }
        file = {"channels": channels, "routes": [{"to": list(channels)}]}
        (tmp_path / "channels.yaml").write_text(json.dumps(file))
        yield Told(stand, server, pager, hook)


def settings(tmp_path: Path, **more: str) -> Mapping[str, str]:
    """Nobody validates here, which is not to be told."""
    told = {"ASSAY_ALERTS_CHANNELS": str(tmp_path / "channels.yaml"), "HOOK_SECRET": "a-long-enough-secret"}
    return {**told, "ASSAY_ALERTS_DEAD_S": "100000", **more}


async def test_breach_reaches_every_channel_and_a_dead_one_holds_up_none(
    broker: Broker, contract: str, tmp_path: Path
) -> None:
    try:
        async with telling(broker, contract, tmp_path) as told:
            await told.stand.alerts.restart(settings(tmp_path))
            await told.stand.measure(told.stand.measurement(8))
            await eventually(lambda: has_paged(told, 1))
            await told.stand.measure(told.stand.measurement(9, State.RESOLVED))
            await eventually(lambda: has_paged(told, 2))
            await told.hook.until(2)
            assert await told.stand.until("resolved", "day 9")
            assert [each["state"] for each in told.hooked()] == ["firing", "resolved"]
            assert told.paged() == [("firing", "p"), ("resolved", "p")]
    except ProgramUnavailableError as error:
        not_proved(error)


async def has_paged(told: Told, count: int) -> bool:
    return len(told.paged()) >= count


async def test_kills_in_a_storm_lose_nothing_and_page_each_promise_once(
    broker: Broker, contract: str, tmp_path: Path
) -> None:
    try:
        async with telling(broker, contract, tmp_path) as told:
            stand = told.stand
            await stand.alerts.stop()
            await stand.measure(*told.storm(State.FIRING, 8))
            await kill_repeatedly(told, tmp_path)
            await stand.alerts.restart(settings(tmp_path))
            await eventually(lambda: has_paged(told, STORM), WITHIN_S)
            await stand.measure(*told.storm(State.RESOLVED, 9))
            await eventually(lambda: has_paged(told, 2 * STORM), WITHIN_S)
            await told.hook.until(2 * STORM, WITHIN_S)
            paged = Counter(told.paged())
            assert set(paged.values()) == {1}
            assert len(paged) == 2 * STORM
            copies = Counter(each["key"] for each in told.hooked())
            assert len(copies) == 2 * STORM
            assert sum(copies.values()) - len(copies) <= KILLS
    except ProgramUnavailableError as error:
        not_proved(error)


async def kill_repeatedly(told: Told, tmp_path: Path) -> None:
    """End the service again and again: between a channel's yes and the note of it, or a breach and what is made of it."""
    for _ in range(KILLS):
        told.stand.alerts.start(settings(tmp_path, ASSAY_FAILPOINTS="alerts.sent:4,alerts.advanced:9"))
        assert await told.stand.alerts.ended() == 137
