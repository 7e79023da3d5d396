"""A day is checked and loaded once; what it says of its promises is told."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import orjson
import pytest

from assay.api.alerts.v1 import alerts_pb2
from assay.contracts import Contract, Field, Promise, Topics
from assay.lake import LakeTable
from assay.streaming import Record
from assay.warehouse.breaches import Standing
from assay.warehouse.day import Day
from assay.warehouse.errors import WarehouseBusyError
from assay.warehouse.slices import SliceResult, digest, run_slice
from assay.warehouse.store import Load, Warehouse
from assay.warehouse.wire import announcements, response

MakeContract = Callable[..., Contract]
MakeRecord = Callable[..., Record]
Archive = Callable[..., LakeTable]

NY = "America/New_York"


def flights(make: MakeRecord, day: str, delays: Sequence[float | None], start: int = 0) -> list[Record]:
    values = [{"carrier": "UA", "arr_delay": delay, "time_hour": f"{day}T12:00:00-05:00"} for delay in delays]
    return [make(orjson.dumps(value), start + at) for at, value in enumerate(values)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "warehouse.duckdb"


@pytest.fixture
def warehouse(file: Path) -> Warehouse:
    return Warehouse(file, busy_s=0.2)


def run(contract: Contract, day: str, table: LakeTable, warehouse: Warehouse) -> SliceResult:
    return run_slice(contract, Day.parse(day, contract.timezone), table.snapshot(), warehouse)


def standings(result: SliceResult) -> list[Standing]:
    return [standing for _, standing in result.evaluations]


def query(file: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(file, read_only=True) as connection:
        return list(connection.execute(sql).fetchall())


def test_a_day_is_loaded_with_its_rows_and_no_others(
    make_contract: MakeContract, make_record: MakeRecord, archive: Archive, warehouse: Warehouse, file: Path
) -> None:
    contract = make_contract()
    days = ["2013-02-07", "2013-02-08", "2013-02-09"]
    records = [record for at, day in enumerate(days) for record in flights(make_record, day, [1.0, 2.0], 10 * at)]
    result = run(contract, "2013-02-08", archive(contract, *records), warehouse)
    assert (result.load, result.rows) == (Load.LOADED, 2)
    assert query(file, "SELECT _source, arr_delay, _op FROM flights ORDER BY _source") == [
        ("flights.raw.app/1/110", 1.0, "c"),
        ("flights.raw.app/1/111", 2.0, "c"),
    ]


def test_running_it_again_changes_nothing_and_says_the_same(
    make_contract: MakeContract, make_record: MakeRecord, archive: Archive, warehouse: Warehouse, file: Path
) -> None:
    contract = make_contract()
    table = archive(contract, *flights(make_record, "2013-02-08", [None, 1.0]))
    first = run(contract, "2013-02-08", table, warehouse)
    again = run(contract, "2013-02-08", table, warehouse)
    assert (first.load, again.load) == (Load.LOADED, Load.UNCHANGED)
    assert announcements(contract, again) == announcements(contract, first)
    assert query(file, "SELECT COUNT(*) FROM flights") == [(2,)]


def test_a_later_row_of_the_day_replaces_it(
    make_contract: MakeContract, make_record: MakeRecord, archive: Archive, warehouse: Warehouse, file: Path
) -> None:
    contract = make_contract()
    run(contract, "2013-02-08", archive(contract, *flights(make_record, "2013-02-08", [1.0])), warehouse)
    table = archive(contract, *flights(make_record, "2013-02-08", [2.0], 5))
    assert run(contract, "2013-02-08", table, warehouse).load == Load.REPLACED
    assert query(file, "SELECT arr_delay FROM flights ORDER BY 1") == [(1.0,), (2.0,)]


def test_a_row_of_another_day_leaves_it_unchanged(
    make_contract: MakeContract, make_record: MakeRecord, archive: Archive, warehouse: Warehouse
) -> None:
    contract = make_contract()
    run(contract, "2013-02-08", archive(contract, *flights(make_record, "2013-02-08", [1.0])), warehouse)
    table = archive(contract, *flights(make_record, "2013-02-09", [2.0], 5))
    assert run(contract, "2013-02-08", table, warehouse).load == Load.UNCHANGED


def test_a_contract_that_observes_holds_back_nothing_and_calls_nobody(
    make_contract: MakeContract, make_record: MakeRecord, archive: Archive, warehouse: Warehouse
) -> None:
    contract = make_contract(load="hold", enforcement="observe")
    result = run(contract, "2013-02-08", archive(contract, *flights(make_record, "2013-02-08", [None])), warehouse)
    assert [each.kept for each, _ in result.evaluations] == [False]
    assert (result.load, standings(result)) == (Load.LOADED, [Standing.QUIET])
    assert announcements(contract, result) == []


def test_a_promise_that_fired_is_told_when_a_contract_that_observes_keeps_it_again(
    make_contract: MakeContract, make_record: MakeRecord, archive: Archive, warehouse: Warehouse
) -> None:
    contract = make_contract()
    table = archive(
        contract, *flights(make_record, "2013-02-08", [None]), *flights(make_record, "2013-02-09", [1.0], 5)
    )
    assert standings(run(contract, "2013-02-08", table, warehouse)) == [Standing.FIRING]
    observing = make_contract(version="1.1.0", enforcement="observe")
    assert standings(run(observing, "2013-02-09", table, warehouse)) == [Standing.RESOLVED]


def test_a_newer_contract_is_checked_and_loaded_anew_with_its_columns(
    make_contract: MakeContract, make_record: MakeRecord, archive: Archive, warehouse: Warehouse, file: Path
) -> None:
    contract = make_contract()
    table = archive(contract, *flights(make_record, "2013-02-08", [1.0]))
    run(contract, "2013-02-08", table, warehouse)
    newer = make_contract(version="1.1.0", fields=(*contract.fields, Field("gate", "string")))
    assert run(newer, "2013-02-08", table, warehouse).load == Load.REPLACED
    assert query(file, "SELECT carrier, gate FROM flights") == [("UA", None)]


def test_a_broken_promise_fires_and_the_next_day_resolves_it_once(
    make_contract: MakeContract, make_record: MakeRecord, archive: Archive, warehouse: Warehouse
) -> None:
    contract = make_contract()
    broken, kept = [None, None, 1.0], [1.0, 2.0]
    table = archive(contract, *flights(make_record, "2013-02-07", kept))
    table = archive(contract, *flights(make_record, "2013-02-08", broken, 10))
    table = archive(contract, *flights(make_record, "2013-02-10", kept, 20))
    table = archive(contract, *flights(make_record, "2013-02-11", kept, 30))
    days = ["2013-02-07", "2013-02-08", "2013-02-09", "2013-02-10", "2013-02-11"]
    told = [standings(run(contract, day, table, warehouse)) for day in days]
    assert told == [[Standing.QUIET], [Standing.FIRING], [Standing.QUIET], [Standing.RESOLVED], [Standing.QUIET]]


def test_a_day_that_is_repaired_resolves_its_own_breach_however_often_it_is_run(
    make_contract: MakeContract, make_record: MakeRecord, archive: Archive, warehouse: Warehouse
) -> None:
    contract = make_contract()
    table = archive(contract, *flights(make_record, "2013-02-08", [None, 1.0]))
    assert standings(run(contract, "2013-02-08", table, warehouse)) == [Standing.FIRING]
    table = archive(contract, *flights(make_record, "2013-02-08", [1.0] * 8, 10))
    assert standings(run(contract, "2013-02-08", table, warehouse)) == [Standing.RESOLVED]
    assert standings(run(contract, "2013-02-08", table, warehouse)) == [Standing.RESOLVED]


def test_a_day_without_records_says_nothing(
    make_contract: MakeContract, make_record: MakeRecord, archive: Archive, warehouse: Warehouse
) -> None:
    contract = make_contract()
    result = run(contract, "2013-02-09", archive(contract, *flights(make_record, "2013-02-08", [1.0])), warehouse)
    ((evaluation, standing),) = result.evaluations
    assert (result.load, result.rows, evaluation.kept, evaluation.words) == (Load.LOADED, 0, None, "no records")
    assert standing == Standing.QUIET


def test_a_promise_of_rows_is_held_to_an_empty_day(
    make_contract: MakeContract, make_record: MakeRecord, archive: Archive, warehouse: Warehouse
) -> None:
    some = Promise("volume", None, "rowCount", "mustBeGreaterThan", (0.0,))
    contract = make_contract(promises=(some,))
    table = archive(contract, *flights(make_record, "2013-02-08", [1.0]))
    assert standings(run(contract, "2013-02-09", table, warehouse)) == [Standing.FIRING]


def test_load_and_flag_has_the_broken_day(
    make_contract: MakeContract, make_record: MakeRecord, archive: Archive, warehouse: Warehouse, file: Path
) -> None:
    contract = make_contract(load="flag")
    table = archive(contract, *flights(make_record, "2013-02-08", [None, 1.0]))
    assert run(contract, "2013-02-08", table, warehouse).load == Load.LOADED
    assert query(file, "SELECT COUNT(*) FROM flights") == [(2,)]


def test_hold_keeps_a_broken_day_out_until_it_is_kept(
    make_contract: MakeContract, make_record: MakeRecord, archive: Archive, warehouse: Warehouse, file: Path
) -> None:
    contract = make_contract(load="hold")
    table = archive(contract, *flights(make_record, "2013-02-08", [None, 1.0]))
    assert [run(contract, "2013-02-08", table, warehouse).load for _ in range(2)] == [Load.HELD, Load.HELD]
    assert query(file, "SELECT COUNT(*) FROM flights") == [(0,)]
    table = archive(contract, *flights(make_record, "2013-02-08", [1.0] * 8, 10))
    assert run(contract, "2013-02-08", table, warehouse).load == Load.LOADED
    assert query(file, "SELECT COUNT(*) FROM flights") == [(10,)]


def test_hold_takes_out_a_day_that_breaks_later(
    make_contract: MakeContract, make_record: MakeRecord, archive: Archive, warehouse: Warehouse, file: Path
) -> None:
    contract = make_contract(load="hold")
    table = archive(contract, *flights(make_record, "2013-02-08", [1.0]))
    run(contract, "2013-02-08", table, warehouse)
    table = archive(contract, *flights(make_record, "2013-02-08", [None], 5))
    assert run(contract, "2013-02-08", table, warehouse).load == Load.HELD
    assert query(file, "SELECT COUNT(*) FROM flights") == [(0,)]


def test_the_days_of_a_clock_change_share_no_row(
    make_contract: MakeContract, make_record: MakeRecord, archive: Archive, warehouse: Warehouse, file: Path
) -> None:
    contract = make_contract()
    hours = [f"2013-11-03T{hour:02}:30:00Z" for hour in range(24)] + [
        f"2013-11-04T{hour:02}:30:00Z" for hour in range(24)
    ]
    records = [make_record(orjson.dumps({"time_hour": text}), at) for at, text in enumerate(hours)]
    table = archive(contract, *records)
    rows = [run(contract, day, table, warehouse).rows for day in ("2013-11-02", "2013-11-03", "2013-11-04")]
    assert rows == [4, 25, 19]
    assert query(file, "SELECT COUNT(*), COUNT(DISTINCT _source) FROM flights") == [(48, 48)]


def changes(make: MakeRecord) -> list[Record]:
    def change(at: int, op: str, tail: str, seats: int | None, lsn: int) -> Record:
        row = {"tailnum": tail, "seats": seats}
        before, after = (row, None) if op == "d" else (None, row)
        body = {"op": op, "before": before, "after": after, "source": {"lsn": lsn, "ts_ms": 1_360_328_400_000}}
        return make(orjson.dumps(body), at)

    return [
        change(0, "r", "N1", 50, 10),
        change(1, "r", "N2", 60, 10),
        change(2, "u", "N1", 55, 30),
        change(3, "u", "N1", 51, 20),
        change(4, "d", "N2", None, 40),
        make(None, 5, arrived="1360328400000"),
    ]


def test_the_latest_view_has_the_newest_row_of_each_key_and_no_deleted_one(
    make_contract: MakeContract, make_record: MakeRecord, archive: Archive, warehouse: Warehouse, file: Path
) -> None:
    promise = Promise("seats", "seats", "nullValues", "mustBe", (0.0,))
    planes = make_contract(
        id="planes", kind="cdc", key=("tailnum",), event_time=None, promises=(promise,),
        fields=(Field("tailnum", "string"), Field("seats", "integer")),
        topics=Topics(None, "p.raw.cdc", "p.raw.replay", "flights.validated", "p.dead-letters", "p.settled"),
    )  # fmt: skip
    result = run(planes, "2013-02-08", archive(planes, *changes(make_record)), warehouse)
    assert query(file, "SELECT tailnum, seats FROM planes_latest") == [("N1", 55)]
    assert query(file, "SELECT COUNT(*) FROM planes") == [(6,)]
    ((evaluation, _),) = result.evaluations
    assert (evaluation.tally.rows, evaluation.kept) == (4, True)


def test_a_measurement_says_all_that_alerts_need(
    make_contract: MakeContract, make_record: MakeRecord, archive: Archive, warehouse: Warehouse
) -> None:
    contract = make_contract()
    table = archive(contract, *flights(make_record, "2013-02-08", [None, 1.0]))
    result = run(contract, "2013-02-08", table, warehouse)
    (outgoing,) = announcements(contract, result)
    told = alerts_pb2.Measurement.FromString(outgoing.value or b"")
    assert outgoing.topic == "assay.breaches"
    assert outgoing.key == told.fingerprint.encode() == contract.promises[0].fingerprint("flights").encode()
    assert (told.contract, told.contract_version, told.promise, told.window) == (
        "flights", "1.0.0", "arrivals", "2013-02-08",
    )  # fmt: skip
    assert (told.window_start_ms, told.window_end_ms) == (1_360_299_600_000, 1_360_386_000_000)
    assert (told.value, told.state) == (50.0, alerts_pb2.BREACH_STATE_FIRING)
    assert told.promised == contract.promises[0].promised
    assert list(response(contract, result).measurements) == [told]


def test_the_digest_is_of_the_rows_and_of_what_is_asked(make_contract: MakeContract) -> None:
    contract = make_contract()
    places = [("t", 0, 10, 9), ("t", 1, 5, 4)]
    same = digest(contract, list(reversed(places)))
    assert digest(contract, places) == same
    assert digest(contract, [("t", 0, 11, 10), ("t", 1, 5, 4)]) != same
    assert digest(replace(contract, version="1.0.1"), places) != same


def test_a_file_that_another_process_holds_is_reported(
    make_contract: MakeContract, make_record: MakeRecord, archive: Archive, warehouse: Warehouse, file: Path
) -> None:
    contract = make_contract()
    table = archive(contract, *flights(make_record, "2013-02-08", [1.0]))
    hold = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", hold, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(WarehouseBusyError, match=r"warehouse\.duckdb could not be opened"):
            run(contract, "2013-02-08", table, warehouse)
        holder.stdin.close()
    assert run(contract, "2013-02-08", table, warehouse).load == Load.LOADED


def test_what_came_too_late_for_its_window_is_loaded_and_not_counted(
    make_contract: MakeContract, make_record: MakeRecord, archive: Archive, warehouse: Warehouse, file: Path
) -> None:
    contract = make_contract()
    table = archive(contract, *flights(make_record, "2013-02-08", [None, 1.0]))
    ((in_all, _),) = run(contract, "2013-02-08", table, warehouse).evaluations
    dropping = replace(contract, version="1.0.1", on_late=("drop-from-window", 1))
    ((in_time, _),) = run(dropping, "2013-02-08", table, warehouse).evaluations
    assert (in_all.tally.rows, in_time.tally.rows, in_time.kept) == (2, 0, None)
    assert query(file, "SELECT COUNT(*) FROM flights") == [(2,)]
