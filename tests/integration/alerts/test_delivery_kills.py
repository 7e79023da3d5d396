from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from assay.alerts.breaches import State
from assay.alerts.delivery import standing
from assay.alerts.delivery.store import DeliveryStore, post
from assay.alerts.schema import SCHEMA
from assay.runtime.clock import SystemClock
from assay.runtime.database import Database
from assay.testkit import Child, eventually
from assay.testkit.receivers.web import WebReceiver, open_web
from tests.integration.registry.postgres import postgres
from tests.unit.alerts.delivery.alerts import alert

KILLS = 12
BREACHES = 60
SIZE = f"{KILLS} kills between the channel's yes and our note, {2 * BREACHES} alerts; two senders on one PostgreSQL"
SENT = "alerts.sent"
SECRET = {"HOOK_SECRET": "a-long-enough-secret"}


def sender(folder: Path, url: str, channels: Mapping[str, object], member: str = "a") -> Child:
    command = [sys.executable, "-m", "tests.integration.alerts.sender", url, member, json.dumps(channels)]
    return Child(f"sender {member}", command, log=folder / f"sender-{member}.log", env=SECRET)


def hook(receiver: WebReceiver, at_once: int = 1) -> Mapping[str, object]:
    settings = {"kind": "webhook", "url": receiver.url, "secret": {"env": "HOOK_SECRET"}, "at_once": at_once}
    return {"hook": settings}


@asynccontextmanager
async def storm(url: str) -> AsyncIterator[DeliveryStore]:
    """A store with the firing and the end of many breaches."""
    async with Database(url, "ASSAY_ALERTS_STORE", SCHEMA) as database:
        names = [f"b{number}" for number in range(BREACHES)]
        now_ms = SystemClock().now_ms()  # what is old and settled is forgotten
        alerts = [replace(alert(name, state, fingerprint=name), at_ms=now_ms) for state in State for name in names]
        await database.run(partial(post, deliveries=alerts))
        yield DeliveryStore(database, "watcher")


async def all_delivered(store: DeliveryStore) -> bool:
    fare = (await store.read(standing.fares))["hook"]
    return (fare.waiting, fare.delivered) == (0, 2 * BREACHES)


def keys(receiver: WebReceiver) -> Sequence[str]:
    return [json.loads(asked.body)["data"]["key"] for asked in receiver.asked]


def assert_each_end_follows_its_firing(taken: Sequence[str]) -> None:
    first = {key: place for place, key in reversed(list(enumerate(taken)))}
    for number in range(BREACHES):
        assert first[f"b{number}/firing/hook/"] < first[f"b{number}/resolved/hook/"]


async def test_kills_lose_nothing_and_each_costs_at_most_one_copy(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/alerts.db"
    async with open_web() as receiver, storm(url) as store:
        carrier = sender(tmp_path, url, hook(receiver))
        for _ in range(KILLS):
            carrier.start({"ASSAY_FAILPOINTS": f"{SENT}:3"})
            assert await carrier.ended() == 137
        async with carrier:
            await eventually(lambda: all_delivered(store), 60)
        copies = Counter(keys(receiver))
        assert len(copies) == 2 * BREACHES
        assert sum(copies.values()) - len(copies) <= KILLS
        assert max(copies.values()) <= 2
        assert_each_end_follows_its_firing(keys(receiver))


async def test_copies_have_the_id_of_the_first(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/alerts.db"
    async with open_web() as receiver, storm(url) as store:
        carrier = sender(tmp_path, url, hook(receiver, at_once=4))
        carrier.start({"ASSAY_FAILPOINTS": SENT})
        await carrier.ended()
        async with carrier:
            await eventually(lambda: all_delivered(store), 60)
        bodies = {(asked.headers["webhook-id"], asked.body) for asked in receiver.asked}
        assert len(bodies) == 2 * BREACHES
        assert len(receiver.asked) <= 2 * BREACHES + 4  # as many as were under way


async def test_two_senders_on_one_store_send_each_alert_once_and_a_kill_costs_one_copy(tmp_path: Path) -> None:
    async with postgres() as server, open_web() as receiver, storm(server.url) as store:
        first, second = (sender(tmp_path, server.url, hook(receiver), member) for member in ("a", "b"))
        async with second:
            first.start({"ASSAY_FAILPOINTS": f"{SENT}:5"})
            assert await first.ended() == 137
            async with first:  # of the same name: it takes up what it had claimed
                await eventually(lambda: all_delivered(store), 90)
        copies = Counter(keys(receiver))
        assert len(copies) == 2 * BREACHES
        assert sum(copies.values()) - len(copies) <= 1
        assert_each_end_follows_its_firing(keys(receiver))
