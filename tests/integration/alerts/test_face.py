"""The calls of alerts and the commands made of them, against the service itself."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path

import grpc
import pytest

from assay.alerts.breaches import State
from assay.api.alerts.v1 import alerts_pb2 as pb
from assay.api.alerts.v1.alerts_pb2_grpc import AlertsServiceStub
from assay.testkit import Broker, eventually
from tests.integration.alerts.test_alerts import CALL_S, Stand, standing


@pytest.fixture
def contract(unique: Callable[[str], str]) -> str:
    return unique("orders")


async def assay(stand: Stand, *arguments: str) -> tuple[int, str]:
    """Run `assay alerts` against the service; return the exit code and what it printed."""
    command = [sys.executable, "-m", "assay.cli", "alerts", *arguments, "--alerts", stand.alerts.address]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    async with asyncio.timeout(60):
        out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


async def test_breach_is_seen_from_its_firing_to_its_delivery(broker: Broker, contract: str, tmp_path: Path) -> None:
    async with (
        standing(broker, contract, tmp_path) as stand,
        grpc.aio.insecure_channel(stand.alerts.address) as channel,
    ):
        stub = AlertsServiceStub(channel)
        watching = stub.WatchBreaches(pb.WatchBreachesRequest(contract=contract), timeout=60)
        await watching.initial_metadata()
        await stand.measure(stand.measurement(8))
        heard = await watching.read()
        assert isinstance(heard, pb.WatchBreachesResponse)
        assert heard.breach.fired.contract == contract
        watching.cancel()

        async def delivered() -> list[pb.BreachAlert]:
            found = await stub.GetBreach(pb.GetBreachRequest(id=heard.breach.id), timeout=CALL_S)
            return list(found.alerts) if all(each.HasField("delivered_ms") for each in found.alerts) else []

        alerts = await eventually(delivered, 30.0)
        assert [(each.channel, [who.id for who in each.recipients]) for each in alerts] == [
            ("log", ["testers", "model"]),
            ("file", ["testers", "model"]),
        ]
        channels = (await stub.ListChannels(pb.ListChannelsRequest(), timeout=CALL_S)).channels
        assert {each.name: each.delivered for each in channels} == {"log": 1, "file": 1}


async def test_commands_say_what_is_broken_who_would_hear_and_whether_a_channel_works(
    broker: Broker, contract: str, tmp_path: Path
) -> None:
    async with standing(broker, contract, tmp_path) as stand:
        await stand.measure(stand.measurement(8), stand.measurement(9, State.RESOLVED))
        await stand.until("resolved", "day 9")
        code, listed = await assay(stand, "list", contract, "--json")
        (breach,) = json.loads(listed)["breaches"]
        assert (code, breach["resolved"]["window"]) == (0, "day 9")
        code, shown = await assay(stand, "show", breach["id"])
        assert code == 0
        assert "kept again" in shown
        code, routed = await assay(stand, "route", "--breach", breach["id"], "--json")
        assert code == 0
        assert [each["channel"] for each in json.loads(routed)["alerts"]] == ["log", "file"]
        code, answer = await assay(stand, "test", "file")
        assert (code, answer) == (0, "file: the channel took the alert\n")
        lines = (await asyncio.to_thread(stand.outbox.read_text)).splitlines()
        assert "nothing is broken" in json.loads(lines[-1])["text"]
