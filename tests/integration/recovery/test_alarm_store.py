"""Alarms are kept once on PostgreSQL too, however many processes look at the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from typing import TypeVar

from assay.recovery.alarms.alarm import Alarm, Kind
from assay.recovery.alarms.store import AlarmStore, Said
from assay.recovery.store import prepare
from assay.runtime.database import Database
from tests.integration.registry.postgres import postgres

LOOKERS = 6
ALARM = Alarm("errors/orders", Kind.ERRORS, "orders", since_ms=5, told_ms=7)
Found = TypeVar("Found")


async def _at_once(works: Sequence[Awaitable[Found]]) -> list[Found]:
    async def done(work: Awaitable[Found]) -> Found:
        return await work

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(done(work)) for work in works]
    return [task.result() for task in tasks]


async def test_of_many_that_look_at_once_one_keeps_and_one_has_the_turn() -> None:
    async with postgres() as server, Database(server.url, "STORE", prepare) as database:
        stores = [AlarmStore(database) for _ in range(LOOKERS)]
        alarm = ALARM
        for turn in range(10):
            value = f"turn {turn}".encode()
            assert sum(await _at_once([store.keep([Said(alarm, value)]) for store in stores])) == 1
            assert [each.value for each in await stores[0].waiting(99)][-1] == value
            alarm = replace(alarm, is_firing=not alarm.is_firing, revision=alarm.revision + 1)
        assert len(await stores[0].waiting(99)) == 10
        turns = [store.lease(f"looker {number}", 0, 15) for number, store in enumerate(stores)]
        assert sum(await _at_once(turns)) == 1
