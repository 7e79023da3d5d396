"""People hear of invalid data within seconds, once, with what has likely happened; and once that it is over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assay.testkit import Broker
from tests.integration.recovery.alarm_stage import AlarmStage, alarm_stage, record

GOOD = [record(number) for number in range(30)]
BAD = [record(f"{number}") for number in range(12)]


async def test_a_failure_is_told_once_with_its_likely_cause_and_once_that_it_is_over(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with alarm_stage(durable_broker, unique("told"), tmp_path) as here, here.recovery():
        await here.send([*GOOD, *BAD])
        fired = await here.told("firing", 2)
        assert {each.recipient for each in fired} == {"testers", "model"}
        assert fired[0].measured.startswith("12 dead letters open from shop: schema: /amount breaks type")
        assert fired[0].cause.startswith(
            "type changed: /amount is a string of 2 characters that looks like a whole number where integer"
        )
        assert f"first     assay dead-letters show {fired[0].fingerprint.removeprefix('failure/')}" in fired[0].text
        await here.send(BAD)
        await here.refused(2 * len(BAD))
        await here.discard()
        over = await here.told("resolved", 2)
        assert "none is open: " in over[0].measured
        assert len(here.notices()) == 4


@pytest.mark.parametrize("point", ["recovery.alarm_kept", "recovery.alarm_published"])
async def test_recovery_that_dies_between_keeping_and_publishing_tells_once(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path, point: str
) -> None:
    async with alarm_stage(durable_broker, unique("dying"), tmp_path) as here:
        await here.send([*GOOD, *BAD])
        async with here.recovery("dying", failpoints=point) as dying:
            await dying.ended()
        await _is_told_and_over_once(here)


@pytest.mark.parametrize("point", ["alerts.advanced", "alerts.sent"])
async def test_alerts_that_die_in_between_tell_once(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path, point: str
) -> None:
    async with alarm_stage(durable_broker, unique("deaf"), tmp_path) as here:
        await here.alerts.restart({"ASSAY_FAILPOINTS": point})
        async with here.recovery():
            await here.send([*GOOD, *BAD])
            await here.alerts.ended()
            await here.alerts.restart()
            await here.told("firing", 2)
            await here.discard()
            await here.told("resolved", 2)
        assert len(here.notices()) == 4


async def test_a_store_that_is_lost_tells_nothing_a_second_time(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with alarm_stage(durable_broker, unique("lost"), tmp_path) as here:
        async with here.recovery("before"):
            await here.send([*GOOD, *BAD])
            await here.told("firing", 2)
        async with here.recovery("after", store=str(tmp_path / "new.db")):
            await here.discard()
            await here.told("resolved", 2)
            await here.send([record(True)])
            await here.told("firing", 4)
        assert [each.state for each in here.notices()] == ["firing"] * 2 + ["resolved"] * 2 + ["firing"] * 2


async def test_two_processes_over_one_store_tell_once(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with (
        alarm_stage(durable_broker, unique("both"), tmp_path) as here,
        here.recovery("one"),
        here.recovery("other"),
    ):
        await here.send([*GOOD, *BAD])
        await here.told("firing", 2)
        await here.discard()
        await here.told("resolved", 2)
        assert len(here.notices()) == 4


async def test_a_schema_that_nobody_registered_is_told_as_that(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with alarm_stage(durable_broker, unique("unregistered"), tmp_path) as here, here.recovery():
        await here.send(GOOD[:5], version="9.9.9")
        fired = await here.told("firing", 3)
        assert {each.recipient for each in fired} == {"testers", "model", "mailing"}
        assert fired[0].cause.startswith("version not registered: records declare version 9.9.9, which is unknown")


async def test_a_producer_of_which_all_is_refused_is_told_once_for_all_its_failures(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with alarm_stage(durable_broker, unique("producer"), tmp_path) as here, here.recovery():
        await here.send(GOOD, producer="till")
        await here.send([*BAD, *BAD, record(1, more=2), record([])], producer="shop")
        fired = await here.told("firing", 3)
        assert {each.fingerprint for each in fired} == {f"producer/{here.contract.id}/shop"}
        assert fired[0].measured.startswith(
            "all 26 records of shop in 5 min are refused; 3 failures, told here alone: "
        )
        await here.discard()
        await here.send(GOOD[:3])
        over = await here.told("resolved", 3)
        assert over[0].measured.startswith("shop: 3 of 29 records in 5 min are valid, and its failures are settled")
        assert len(here.notices()) == 6


async def _is_told_and_over_once(here: AlarmStage) -> None:
    async with here.recovery():
        await here.told("firing", 2)
        await here.discard()
        await here.told("resolved", 2)
    assert len(here.notices()) == 4
