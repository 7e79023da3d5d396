"""What people are alerted of is kept with what is to be said of it, by one process at a time."""

from __future__ import annotations

from dataclasses import replace

from assay.recovery.alarms.alarm import Alarm, Kind, failure_name
from assay.recovery.alarms.store import AlarmStore, Said
from assay.recovery.store import Failures, Known, prepare
from tests.unit.recovery.store.projection import projection
from tests.unit.recovery.store.topics import failure_of, letter

ALARM = Alarm(failure_name("0123456789abcdef"), Kind.FAILURE, "orders", "shop", since_ms=5, told_ms=7, dead_letters=3)


async def test_an_alarm_is_kept_with_what_is_said_of_it() -> None:
    async with projection() as index:
        database = index.database
        store = AlarmStore(database)
        assert await store.is_empty()
        assert await store.keep([Said(ALARM, b"fires")]) == 1
        assert await store.held("orders") == {ALARM.name: replace(ALARM, revision=1)}
        assert [(each.name, each.value) for each in await store.waiting(9)] == [(ALARM.name, b"fires")]
        assert await store.held("planes") == {}


async def test_of_two_processes_that_saw_the_same_one_tells() -> None:
    async with projection() as index:
        database = index.database
        one, other = AlarmStore(database), AlarmStore(database)
        assert [await store.keep([Said(ALARM, b"fires")]) for store in (one, other)] == [1, 0]
        over = replace(ALARM, is_firing=False, revision=1)
        assert [await store.keep([Said(over, b"over")]) for store in (one, other)] == [1, 0]
        assert [each.value for each in await one.waiting(9)] == [b"fires", b"over"]


async def test_what_is_published_waits_no_more_and_the_rest_keeps_its_order() -> None:
    async with projection() as index:
        database = index.database
        store = AlarmStore(database)
        for number in range(5):
            await store.keep([Said(replace(ALARM, name=f"errors/{number}", kind=Kind.ERRORS), b"%d" % number)])
        await store.published(await store.waiting(2))
        assert [each.value for each in await store.waiting(9)] == [b"2", b"3", b"4"]


async def test_the_turn_is_of_one_process_until_it_falls_silent() -> None:
    async with projection() as index:
        database = index.database
        store = AlarmStore(database)
        assert await store.lease("a", 0, 15)
        assert not await store.lease("b", 5, 20)
        assert await store.lease("a", 10, 25)
        assert not await store.lease("b", 24, 40)
        assert await store.lease("b", 25, 40)
        assert not await store.lease("a", 26, 41)


async def test_a_failure_that_people_were_told_of_says_so_with_its_cause_until_it_is_over() -> None:
    async with projection() as index:
        await index.take([letter(0)])
        alarm = replace(ALARM, name=failure_name(failure_of(letter(0))))
        store, failures = AlarmStore(index.database), Failures(index.database, Known())
        await store.keep([Said(alarm, b"fires", "type changed")])
        (found,) = await failures.alarming("orders")
        assert (found.is_alerting, found.cause) == (True, "type changed")
        await store.keep([Said(replace(alarm, is_firing=False, revision=1), b"over")])
        (found,) = await failures.alarming("orders")
        assert not found.is_alerting


async def test_alarms_outlive_the_projection() -> None:
    async with projection() as index:
        database = index.database
        store = AlarmStore(database)
        await store.keep([Said(ALARM, b"fires")])
        await database.run(lambda transaction: transaction.exec_driver_sql("UPDATE recovery_schema SET number = 0"))
        await database.run(prepare)
        assert set(await store.held("orders")) == {ALARM.name}
        assert len(await store.waiting(9)) == 1
