"""A recovered record is marked, falls into the day of its event, and never stands in for what is newer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.contracts import Contract, Field, Topics
from assay.lake import LakeTable, Partition, Span
from assay.streaming import Record
from assay.warehouse.checked_days import CheckedDay, checked_days
from assay.warehouse.day import Day
from assay.warehouse.rows import RowLayout
from assay.warehouse.slices import run_slice
from assay.warehouse.store import Load, Warehouse

MakeContract = Callable[..., Contract]
MakeRecord = Callable[..., Record]
Archive = Callable[..., LakeTable]

DAY, NEXT = "2013-02-08", "2013-02-09"
TOPICS = Topics(None, "p.raw.cdc", "p.raw.replay", "flights.validated", "p.dead-letters", "p.settled")
LSN_TS_MS = 1_360_328_400_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "warehouse.duckdb"


@pytest.fixture
def warehouse(file: Path) -> Warehouse:
    return Warehouse(file)


def flight(make: MakeRecord, offset: int, delay: float, day: str = DAY, *, replay_of: int | None = None) -> Record:
    """A record as it came, or the replay of the one that stood at an offset of the raw topic."""
    value = {"carrier": "UA", "flight": 15, "arr_delay": delay, "time_hour": f"{day}T12:00:00-05:00"}
    if replay_of is None:
        return make(orjson.dumps(value), offset)
    marks = {
        "order": replay_of + 100,
        "attempt": 1,
        "flow": "mended",
        "dead-letter": f"flights.dead-letters/1/{offset}",
    }
    return make(orjson.dumps(value), offset, **{name: str(mark) for name, mark in marks.items()})


def load(contract: Contract, table: LakeTable, warehouse: Warehouse, *days: str) -> list[Load]:
    parsed = [Day.parse(day, contract.timezone) for day in days or (DAY,)]
    return [run_slice(contract, day, table.snapshot(), warehouse).load for day in parsed]


def query(file: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(file, read_only=True) as connection:
        return list(connection.execute(sql).fetchall())


def days_of(contract: Contract, table: LakeTable, warehouse: Warehouse, *bounds: str) -> list[CheckedDay]:
    return checked_days(contract, table.snapshot(), warehouse, *bounds)


def test_a_recovered_row_says_how_it_came_back_in_lake_and_warehouse(
    make_contract: MakeContract, make_record: MakeRecord, archive: Archive, warehouse: Warehouse, file: Path
) -> None:
    contract = make_contract()
    table = archive(contract, flight(make_record, 1, 1.0), flight(make_record, 2, 2.0, replay_of=0))
    load(contract, table, warehouse)
    marks = [(None, None, None), (1, "mended", "flights.dead-letters/1/2")]
    assert query(file, "SELECT _attempt, _flow, _dead_letter FROM flights ORDER BY arr_delay") == marks
    rows = table.snapshot().dataset.to_table().sort_by("arr_delay").to_pylist()
    assert [(row["_attempt"], row["_flow"], row["_dead_letter"]) for row in rows] == marks


def test_a_replay_of_no_flow_has_none(make_contract: MakeContract, make_record: MakeRecord) -> None:
    found = RowLayout(make_contract()).table([make_record(b"{}", attempt="2", flow="")]).to_pylist()
    assert (found[0]["_attempt"], found[0]["_flow"]) == (2, None)


@pytest.mark.parametrize(
    ("records", "newest"),
    [([(0, None), (1, None)], 1), ([(1, None), (2, 0)], 1), ([(0, None), (3, 2)], 3), ([(5, 1), (6, 0)], 5)],
    ids=["as they came", "a replay that is older", "a replay that is newer", "two replays out of order"],
)
def test_the_latest_row_of_a_key_is_that_of_the_highest_order(
    make_contract: MakeContract, make_record: MakeRecord, archive: Archive, warehouse: Warehouse, file: Path,
    records: Sequence[tuple[int, int | None]], newest: int,
) -> None:  # fmt: skip
    contract = make_contract()
    for offset, replay_of in records:
        table = archive(contract, flight(make_record, offset, float(offset), replay_of=replay_of))
        load(contract, table, warehouse)
        load(contract, table, warehouse)
    assert query(file, "SELECT arr_delay FROM flights_latest") == [(float(newest),)]
    assert query(file, "SELECT COUNT(*) FROM flights") == [(len(records),)]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arrival=st.permutations(range(6)), loads=st.lists(st.integers(1, 6), max_size=3))
def test_the_latest_row_is_the_same_in_whatever_order_replays_come_and_however_often_a_day_is_loaded(
    make_contract: MakeContract, make_record: MakeRecord, tmp_path: Path, arrival: Sequence[int], loads: list[int]
) -> None:
    contract, folder = make_contract(), tmp_path / f"{abs(hash((tuple(arrival), tuple(loads))))}"
    warehouse, table = Warehouse(folder / "warehouse.duckdb"), LakeTable(str(folder / "lake"))
    table.ensure(RowLayout(contract).schema)
    for at, raw in enumerate(arrival, 1):
        record = flight(make_record, at, float(raw), DAY if raw % 2 else NEXT, replay_of=raw)
        table.append(RowLayout(contract).table([record]), {Partition("flights.validated", 1): Span(at, at + 1)})
        if at in loads:
            load(contract, table, warehouse, DAY, NEXT)
    load(contract, table, warehouse, DAY, NEXT)
    assert query(folder / "warehouse.duckdb", "SELECT arr_delay FROM flights_latest") == [(5.0,)]


def test_a_contract_without_a_key_has_every_row_and_no_latest(
    make_contract: MakeContract, make_record: MakeRecord, archive: Archive, warehouse: Warehouse, file: Path
) -> None:
    contract = make_contract(key=())
    table = archive(contract, flight(make_record, 1, 1.0), flight(make_record, 2, 2.0, replay_of=0))
    load(contract, table, warehouse)
    assert query(file, "SELECT COUNT(*) FROM flights") == [(2,)]
    with pytest.raises(duckdb.CatalogException, match="flights_latest"):
        query(file, "SELECT * FROM flights_latest")


def plane(make: MakeRecord, offset: int, op: str, seats: int, lsn: int, **marks: str) -> Record:
    row = {"tailnum": "N1", "seats": seats}
    before, after = (row, None) if op == "d" else (None, row)
    source = {"lsn": lsn, "ts_ms": LSN_TS_MS}
    return make(orjson.dumps({"op": op, "before": before, "after": after, "source": source}), offset, **marks)


@pytest.mark.parametrize(
    ("operations", "there"),
    [
        ([("c", 50, 10, ""), ("d", 50, 30, ""), ("u", 60, 20, "20")], []),
        ([("c", 50, 10, ""), ("u", 60, 30, ""), ("d", 50, 20, "20")], [(60,)]),
        ([("c", 50, 10, ""), ("d", 50, 20, "20")], []),
        ([("d", 50, 20, ""), ("c", 60, 30, "30")], [(60,)]),
    ],
    ids=["an update before the delete", "a delete before an update", "the delete", "made again after the delete"],
)
def test_a_replayed_change_takes_its_place_among_deletes(
    make_contract: MakeContract, make_record: MakeRecord, archive: Archive, warehouse: Warehouse, file: Path,
    operations: Sequence[tuple[str, int, int, str]], there: list[tuple[int]],
) -> None:  # fmt: skip
    planes = make_contract(
        id="planes", kind="cdc", key=("tailnum",), event_time=None, promises=(), topics=TOPICS,
        fields=(Field("tailnum", "string"), Field("seats", "integer")),
    )  # fmt: skip
    records = [
        plane(make_record, at, op, seats, lsn, **({"order": order, "attempt": "1"} if order else {}))
        for at, (op, seats, lsn, order) in enumerate(operations)
    ]
    load(planes, archive(planes, *records), warehouse)
    assert query(file, "SELECT seats FROM planes_latest") == there


def test_a_loaded_day_grows_by_a_recovered_record_until_it_is_run_again(
    make_contract: MakeContract, make_record: MakeRecord, archive: Archive, warehouse: Warehouse
) -> None:
    contract = make_contract()
    table = archive(contract, flight(make_record, 1, 1.0), flight(make_record, 2, 1.0, NEXT))
    load(contract, table, warehouse, DAY, NEXT)
    table = archive(contract, flight(make_record, 3, 2.0, replay_of=0))
    assert [
        (str(each.day), each.rows, each.recovered_rows, each.grown) for each in days_of(contract, table, warehouse)
    ] == [
        (DAY, 2, 1, True),
        (NEXT, 1, 0, False),
    ]
    assert load(contract, table, warehouse, DAY, NEXT) == [Load.REPLACED, Load.UNCHANGED]
    assert not any(each.grown for each in days_of(contract, table, warehouse))


def test_days_are_listed_between_two_bounds(
    make_contract: MakeContract, make_record: MakeRecord, archive: Archive, warehouse: Warehouse
) -> None:
    contract = make_contract()
    table = archive(contract, flight(make_record, 1, 1.0))
    assert days_of(contract, table, warehouse) == []
    load(contract, table, warehouse, "2013-02-07", DAY, NEXT)
    assert [str(each.day) for each in days_of(contract, table, warehouse, DAY, DAY)] == [DAY]
    assert [str(each.day) for each in days_of(contract, table, warehouse, DAY)] == [DAY, NEXT]


def test_a_newer_contract_is_no_growth_of_a_day(
    make_contract: MakeContract, make_record: MakeRecord, archive: Archive, warehouse: Warehouse
) -> None:
    contract = make_contract()
    table = archive(contract, flight(make_record, 1, 1.0))
    load(contract, table, warehouse)
    assert [each.grown for each in days_of(make_contract(version="2.0.0"), table, warehouse)] == [False]


def test_a_warehouse_from_before_the_marks_gets_them_when_a_day_is_run_again(
    make_contract: MakeContract, make_record: MakeRecord, archive: Archive, warehouse: Warehouse, file: Path
) -> None:
    contract = make_contract()
    table = archive(contract, flight(make_record, 1, 1.0, replay_of=0))
    load(contract, table, warehouse)
    with duckdb.connect(file) as connection:
        connection.execute("DROP VIEW flights_latest")
        for name in ("_attempt", "_flow", "_dead_letter"):
            connection.execute(f"ALTER TABLE flights DROP COLUMN {name}")
        connection.execute("UPDATE assay.slices SET digest = 'of before'")
    assert load(contract, table, warehouse) == [Load.REPLACED]
    assert query(file, "SELECT _attempt FROM flights") == [(1,)]
    assert query(file, "SELECT _attempt FROM flights_latest") == [(1,)]
