from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from assay.alerts.breaches import State
from assay.testkit import eventually
from assay.testkit.receivers.alertmanager import AlertmanagerServer, check_config, open_alertmanager
from assay.testkit.receivers.debian import ProgramUnavailableError
from assay.testkit.receivers.web import WebReceiver, open_web
from tests.integration.alerts.outbox import delivering
from tests.unit.alerts.delivery.alerts import alert, hostile

EXAMPLE = Path("docs/guide/alertmanager.yml")
CONFIG = """\
route:
  receiver: hook
  group_by: [fingerprint]
  group_wait: 0s
  group_interval: 200ms
  repeat_interval: 1h
inhibit_rules:
  - source_matchers: [source="assay", part="cause"]
    target_matchers: [source="assay", part="effect"]
    equal: [problem]
receivers:
  - name: hook
    webhook_configs: [{{url: "{url}", send_resolved: true}}]
"""


@dataclass(frozen=True, slots=True)
class Stand:
    """An Alertmanager, and the receiver that it tells."""

    server: AlertmanagerServer
    receiver: WebReceiver

    def channel(self, **more: float) -> Mapping[str, object]:
        return {"hook": {"kind": "alertmanager", "url": self.server.url, **more}}

    async def alerts(self) -> list[dict[str, object]]:
        async with httpx.AsyncClient() as client:
            found: list[dict[str, object]] = (await client.get(f"{self.server.url}/api/v2/alerts")).json()
        return found

    async def alerts_of(self, fingerprint: str, state: str) -> list[dict[str, object]]:
        """Those that it knows of one promise, in one state: active, suppressed."""
        found = json.loads(json.dumps(await self.alerts()))
        return [
            each for each in found if each["labels"]["fingerprint"] == fingerprint and each["status"]["state"] == state
        ]

    def told(self) -> list[tuple[str, str]]:
        """What it told its receiver: state and fingerprint of each alert of each message."""
        messages = [json.loads(asked.body) for asked in self.receiver.asked]
        return [(each["status"], each["labels"]["fingerprint"]) for message in messages for each in message["alerts"]]


@asynccontextmanager
async def alertmanager() -> AsyncIterator[Stand]:
    try:
        async with open_web() as receiver, open_alertmanager(CONFIG.format(url=receiver.url)) as server:
            yield Stand(server, receiver)
    except ProgramUnavailableError as error:
        not_proved(error)


def not_proved(error: ProgramUnavailableError) -> None:
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        raise error
    pytest.skip(f"NOT PROVED: {error}")


async def test_breach_is_one_alert_however_often_it_is_said_and_is_over_once(tmp_path: Path) -> None:
    async with alertmanager() as stand, delivering(tmp_path, stand.channel(every_s=0.3, ends_after_s=600)) as outbox:
        await outbox.post(alert("b"))
        await stand.receiver.until(1)
        said = stand.server.said
        await eventually(lambda: repeated(stand, 4))
        assert len(await stand.alerts_of("f", "active")) == 1
        assert stand.told() == [("firing", "f")]
        await outbox.post(alert("b", State.RESOLVED))
        await stand.receiver.until(2)
        await outbox.couriers.channels["hook"].send(alert("b", State.RESOLVED))  # a copy, as after a kill
        await outbox.post(alert("c", fingerprint="g"))
        await stand.receiver.until(3)
        assert stand.told() == [("firing", "f"), ("resolved", "f"), ("firing", "g")]
        assert await stand.alerts_of("f", "active") == []
        assert said("level=error") == 0


async def repeated(stand: Stand, times: int) -> bool:
    """Whether it was posted to so many times, by its own count."""
    async with httpx.AsyncClient() as client:
        text = (await client.get(f"{stand.server.url}/metrics")).text
    lines = [
        line for line in text.splitlines() if line.startswith('alertmanager_alerts_received_total{status="firing"')
    ]
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines) >= times


async def test_alertmanager_that_lost_its_memory_learns_what_still_fires(tmp_path: Path) -> None:
    async with alertmanager() as stand, delivering(tmp_path, stand.channel(every_s=0.5, ends_after_s=600)) as outbox:
        await outbox.post(alert("b"), alert("c", fingerprint="g"))
        await stand.receiver.until(2)
        await outbox.post(alert("c", State.RESOLVED, fingerprint="g"))
        await stand.receiver.until(3)
        await stand.server.kill()
        stand.server.start()
        await stand.server.ready()
        await eventually(lambda: stand.alerts_of("f", "active"))
        assert await stand.alerts_of("g", "active") == []


async def test_breach_that_comes_back_is_told_again(tmp_path: Path) -> None:
    async with alertmanager() as stand, delivering(tmp_path, stand.channel()) as outbox:
        await outbox.post(alert("b"))
        await stand.receiver.until(1)
        await outbox.post(alert("b", State.RESOLVED))
        await stand.receiver.until(2)
        await outbox.post(replace(alert("b2"), starts_ms=5_000))
        await stand.receiver.until(3)
        assert [state for state, _ in stand.told()] == ["firing", "resolved", "firing"]


async def test_alertmanager_that_is_away_is_told_in_order_when_it_is_back(tmp_path: Path) -> None:
    async with alertmanager() as stand, delivering(tmp_path, stand.channel()) as outbox:
        await stand.server.kill()
        await outbox.post(alert("b"), alert("c", fingerprint="g"), alert("c", State.RESOLVED, fingerprint="g"))
        await eventually(lambda: failing(outbox.fare))
        stand.server.start()
        await stand.server.ready()
        posted = [*await outbox.settled("b", 1), *await outbox.settled("c", 2)]
        assert all(each.delivered_ms is not None for each in posted)
        await eventually(lambda: stand.alerts_of("f", "active"))
        assert await stand.alerts_of("g", "active") == []


async def failing(fare: object) -> bool:
    return bool((await fare("hook")).error) if callable(fare) else False


async def test_what_is_grouped_under_a_cause_is_inhibited_there(tmp_path: Path) -> None:
    async with alertmanager() as stand, delivering(tmp_path, stand.channel()) as outbox:
        await outbox.post(alert("b"))
        await stand.receiver.until(1)
        await outbox.post(replace(alert("c", fingerprint="g"), labels={"cause": "f"}))
        await eventually(lambda: stand.alerts_of("g", "suppressed"))
        assert stand.told() == [("firing", "f")]


async def test_silence_by_a_label_works_there(tmp_path: Path) -> None:
    async with alertmanager() as stand, delivering(tmp_path, stand.channel()) as outbox:
        matcher = {"name": "team", "value": "airline-ops", "isRegex": False, "isEqual": True}
        silence = {
            "matchers": [matcher],
            "startsAt": "2020-01-01T00:00:00Z",
            "endsAt": "2100-01-01T00:00:00Z",
            "createdBy": "ana",
            "comment": "known",
        }
        async with httpx.AsyncClient() as client:
            (await client.post(f"{stand.server.url}/api/v2/silences", json=silence)).raise_for_status()
        await outbox.post(alert("b"))
        await eventually(lambda: stand.alerts_of("f", "suppressed"))
        assert stand.told() == []


async def test_hostile_words_are_taken_and_nothing_else_is_said_by_them(tmp_path: Path) -> None:
    async with alertmanager() as stand, delivering(tmp_path, stand.channel()) as outbox:
        await outbox.post(hostile("b"), hostile("b", State.RESOLVED))
        posted = await outbox.settled("b", 2)
        assert [each.error for each in posted] == ["", ""]


async def test_example_of_the_guide_is_a_configuration() -> None:
    try:
        assert await check_config(EXAMPLE) == ""
    except ProgramUnavailableError as error:
        not_proved(error)
