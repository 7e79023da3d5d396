from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from assay.alerts.breaches import Measurement, State, Step, step
from assay.alerts.delivery.store import Claim
from assay.alerts.wire import write_measurement
from assay.runtime import StartError
from tests.unit.alerts.kept import Kept, opened

Day = Callable[..., Measurement]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/made/alerts.db"


async def advance(kept: Kept, *measurements: Measurement) -> None:
    for measurement in measurements:
        await kept.breaches.advance(measurement.fingerprint, partial(step, measurement=measurement), 7)


async def test_breach_and_its_alerts_outlive_the_process(url: str, day: Day) -> None:
    async with opened(url) as kept:
        await advance(kept, day(8))
    async with opened(url) as kept:
        assert [breach.id for breach in await kept.breaches.breaches()] == ["f1-691200000"]
        assert [alert.breach for alert in await kept.alerts()] == ["f1-691200000"]


async def test_those_who_were_told_of_the_firing_are_told_of_the_end(url: str, day: Day) -> None:
    async with opened(url) as kept:
        await advance(kept, day(8))
        (fired,) = await kept.alerts()
        await kept.deliveries.delivered((await _claims(kept))[0], 8)
        await advance(kept, day(9, State.RESOLVED))
        (over,) = await kept.alerts()
        assert (fired.state, over.state) == (State.FIRING, State.RESOLVED)
        assert fired.recipients == over.recipients


async def test_repeated_measurement_posts_nothing(url: str, day: Day) -> None:
    async with opened(url) as kept:
        await advance(kept, day(8), day(8), day(8))
        assert len(await kept.alerts()) == 1


async def test_breaches_are_listed_by_contract_oldest_first(url: str, day: Day) -> None:
    async with opened(url) as kept:
        await advance(kept, day(8), day(9, State.RESOLVED), day(10))
        assert [one.fired.window for one in await kept.breaches.breaches("flights")] == ["2013-02-08", "2013-02-10"]
        assert await kept.breaches.breaches("planes") == []


async def test_rule_that_fails_leaves_nothing_behind(url: str, day: Day) -> None:
    async with opened(url) as kept:
        with pytest.raises(ZeroDivisionError):
            await kept.breaches.advance("f1", partial(lambda _breach, none: Step(notice=1 // none), none=0), 7)
        assert await kept.breaches.breaches() == []


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
    async with opened(f"sqlite:///{tmp_path}/alerts.db") as kept:
        assert (await kept.breaches.breaches())[0].is_open
        await advance(kept, day(8), day(9, State.RESOLVED))
        assert [(one.state, one.recipients[0].id) for one in await kept.alerts()] == [(State.RESOLVED, "ops")]


async def _claims(kept: Kept) -> list[Claim]:
    return await kept.deliveries.claim("file", 2**50, 0, 100)
