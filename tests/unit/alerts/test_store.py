from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from assay.alerts.breaches import Breach, Measurement, State, Step, step
from assay.alerts.store import BreachStore
from assay.alerts.wire import write_measurement
from assay.runtime import StartError
from tests.unit.alerts.kept import opened

Day = Callable[..., Measurement]


def rule(measurement: Measurement) -> Callable[[Breach | None], Step]:
    return partial(step, measurement=measurement)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/made/alerts.db"


async def advance(store: BreachStore, *measurements: Measurement) -> None:
    for measurement in measurements:
        await store.advance(measurement.fingerprint, rule(measurement), 7)


async def test_breach_and_its_notice_outlive_the_process(url: str, day: Day) -> None:
    async with opened(url) as store:
        await advance(store, day(8))
    async with opened(url) as store:
        assert [breach.id for breach in await store.breaches()] == ["f1-691200000"]
        assert [notice.key for notice in await store.undelivered(10)] == ["f1-691200000/firing/operator"]


async def test_those_who_were_told_of_the_firing_are_told_of_the_end(url: str, day: Day) -> None:
    async with opened(url) as store:
        await advance(store, day(8), day(9, State.RESOLVED))
        assert [(notice.state, notice.recipient) for notice in await store.undelivered(10)] == [
            ("firing", "operator"),
            ("resolved", "operator"),
        ]


async def test_repeated_measurement_posts_nothing(url: str, day: Day) -> None:
    async with opened(url) as store:
        await advance(store, day(8), day(8), day(8))
        assert len(await store.undelivered(10)) == 1


async def test_delivered_notice_is_not_given_again(url: str, day: Day) -> None:
    async with opened(url) as store:
        await advance(store, day(8))
        await store.mark_delivered([notice.key for notice in await store.undelivered(10)])
        assert await store.undelivered(10) == []


async def test_breaches_are_listed_by_contract_oldest_first(url: str, day: Day) -> None:
    async with opened(url) as store:
        await advance(store, day(8), day(9, State.RESOLVED), day(10))
        assert [breach.fired.window for breach in await store.breaches("flights")] == ["2013-02-08", "2013-02-10"]
        assert await store.breaches("planes") == []


async def test_rule_that_fails_leaves_nothing_behind(url: str, day: Day) -> None:
    async with opened(url) as store:
        with pytest.raises(ZeroDivisionError):
            await store.advance("f1", partial(lambda _breach, none: Step(notice=1 // none), none=0), 7)
        assert await store.breaches() == []


async def test_file_that_is_no_database_ends_the_start(tmp_path: Path) -> None:
    (tmp_path / "alerts.db").write_bytes(b"not a database, but as long as one would be" * 100)
    with pytest.raises(StartError, match="ASSAY_ALERTS_STORE"):
        async with opened(f"sqlite:///{tmp_path}/alerts.db"):
            pass


BEFORE = """CREATE TABLE breaches (seq INTEGER NOT NULL PRIMARY KEY, id VARCHAR NOT NULL UNIQUE, fingerprint VARCHAR NOT NULL,
contract VARCHAR NOT NULL, fired BLOB NOT NULL, latest BLOB NOT NULL, resolved BLOB, recipients TEXT NOT NULL)"""


async def test_a_store_of_the_release_before_is_read_and_goes_on(tmp_path: Path, day: Day) -> None:
    fired = write_measurement(day(8)).SerializeToString()
    with closing(sqlite3.connect(tmp_path / "alerts.db")) as old, old:
        old.execute(BEFORE)
        row = (1, "f1-691200000", "f1", "flights", fired, fired, '[{"id": "ops", "contact": "#ops"}]')
        old.execute("INSERT INTO breaches VALUES (?, ?, ?, ?, ?, ?, NULL, ?)", row)
    async with opened(f"sqlite:///{tmp_path}/alerts.db") as store:
        assert (await store.breaches())[0].is_open
        await advance(store, day(8), day(9, State.RESOLVED))
        assert [(notice.state, notice.recipient) for notice in await store.undelivered(10)] == [("resolved", "ops")]
