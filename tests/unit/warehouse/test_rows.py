"""Every validated record becomes one row, whatever it holds."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.contracts import Contract, Field, Party, Topics
from assay.contracts.frame import framed
from assay.lake import SchemaError
from assay.streaming import Record, headers
from assay.testkit.encoding import avro_bytes, protobuf_bytes
from assay.warehouse.rows import RowLayout

MakeContract = Callable[..., Contract]
MakeRecord = Callable[..., Record]

FLIGHT = {"carrier": "UA", "flight": 15, "arr_delay": 3.5, "cancelled": False, "legs": [1, 2]}
EVENT_MS = 1_360_328_400_000  # 2013-02-08T08:00 in New York


def row(contract: Contract, record: Record) -> dict[str, object]:
    (found,) = RowLayout(contract).table([record]).to_pylist()
    return dict(found)


def test_fields_become_columns_and_arrays_json_text(make_contract: MakeContract, make_record: MakeRecord) -> None:
    found = row(make_contract(), make_record(orjson.dumps(FLIGHT | {"time_hour": "2013-02-08T13:00:00Z"}), 7))
    assert {name: found[name] for name in FLIGHT} == FLIGHT | {"legs": "[1,2]"}
    assert found["event_ms"] == EVENT_MS
    assert found["late_ms"] == 1_700_000_000_000 - EVENT_MS
    assert (found["_topic"], found["_partition"], found["_offset"]) == ("flights.validated", 1, 7)
    assert (found["_source"], found["_order"], found["_op"]) == ("flights.raw.app/1/107", 107, "c")
    assert (found["_event_id"], found["_contract_version"], found["_rest"]) == ("event-7", "1.0.0", None)


@pytest.mark.parametrize(
    ("field", "value", "stored"),
    [
        (Field("x", "number", physical="DECIMAL(10,2)"), "12.50", Decimal("12.50")),
        (Field("x", "number", physical="DECIMAL(10,2)"), 0.07, Decimal("0.07")),
        (
            Field("x", "integer", physical="DECIMAL(30,0)"),
            "123456789012345678901234567890",
            123456789012345678901234567890,
        ),
        (Field("x", "integer", options={"format": "u64"}), 2**64 - 1, 2**64 - 1),
        (Field("x", "map"), {"a": 1}, '{"a":1}'),
    ],
)
def test_decimals_and_large_integers_are_stored_exactly(
    make_contract: MakeContract, make_record: MakeRecord, field: Field, value: object, stored: object
) -> None:
    found = row(make_contract(fields=(field,)), make_record(orjson.dumps({"x": value})))
    assert (found["x"], found["_rest"]) == (stored, None)


@pytest.mark.parametrize("value", ["twelve", "12.505", "NaN", True, 1e300, [1]])
def test_what_a_decimal_column_cannot_hold_is_kept_beside_it(
    make_contract: MakeContract, make_record: MakeRecord, value: object
) -> None:
    contract = make_contract(fields=(Field("x", "number", physical="DECIMAL(10,2)"),))
    found = row(contract, make_record(orjson.dumps({"x": value})))
    assert (found["x"], orjson.loads(str(found["_rest"]))) == (None, {"x": value})


@pytest.mark.parametrize(
    ("text", "event_ms"),
    [
        ("2013-02-08T08:00:00-05:00", EVENT_MS),
        ("2013-02-08T08:00:00", EVENT_MS),
        ("2013-02-08", EVENT_MS - 8 * 3_600_000),
        (EVENT_MS, EVENT_MS),
        ("yesterday", 1_700_000_000_000),
        (None, 1_700_000_000_000),
    ],
)
def test_event_time_is_of_the_contracts_zone_or_else_the_arrival(
    make_contract: MakeContract, make_record: MakeRecord, text: object, event_ms: int
) -> None:
    kind = "integer" if isinstance(text, int) else "timestamp"
    contract = make_contract(fields=(Field("time_hour", kind),))
    assert row(contract, make_record(orjson.dumps({"time_hour": text})))["event_ms"] == event_ms


def test_a_replay_keeps_its_first_arrival_and_its_order(make_contract: MakeContract, make_record: MakeRecord) -> None:
    found = row(make_contract(), make_record(orjson.dumps(FLIGHT), arrived="1600000000000", order="42"))
    assert (found["_arrival_ms"], found["_order"]) == (1_600_000_000_000, 42)


def test_a_number_too_long_for_a_column_in_a_header_is_passed_over(
    make_contract: MakeContract, make_record: MakeRecord
) -> None:
    assert row(make_contract(), make_record(orjson.dumps(FLIGHT), 7, order="9" * 30))["_order"] == 107


def test_what_no_column_holds_is_kept_as_json(make_contract: MakeContract, make_record: MakeRecord) -> None:
    found = row(make_contract(), make_record(orjson.dumps({"carrier": "UA", "gate": "B3"})))
    assert (found["carrier"], found["_rest"]) == ("UA", '{"gate":"B3"}')


@pytest.mark.parametrize("value", [2**63, 1e30, 1.5, "15", True, [15]])
def test_a_value_that_its_column_cannot_hold_exactly_is_kept_as_json(
    make_contract: MakeContract, make_record: MakeRecord, value: object
) -> None:
    found = row(make_contract(), make_record(orjson.dumps({"carrier": "UA", "flight": value}), version="2.0.0"))
    assert (found["carrier"], found["flight"]) == ("UA", None)
    assert orjson.loads(str(found["_rest"])) == {"flight": value}


def test_one_value_that_does_not_fit_leaves_the_other_rows_alone(
    make_contract: MakeContract, make_record: MakeRecord
) -> None:
    values = [{"flight": 15}, {"flight": 2**63}, {"flight": 16}]
    table = RowLayout(make_contract()).table([make_record(orjson.dumps(value), at) for at, value in enumerate(values)])
    assert table["flight"].to_pylist() == [15, None, 16]


@pytest.mark.parametrize("value", [b"{not json", b"[1]", b"\xff\xfe", b""])
def test_bytes_that_cannot_be_read_are_kept_as_text(
    make_contract: MakeContract, make_record: MakeRecord, value: bytes
) -> None:
    found = row(make_contract(), make_record(value))
    assert (found["carrier"], found["_op"]) == (None, None)
    assert found["_rest"] == value.decode(errors="replace")


@given(
    value=st.binary(max_size=40)
    | st.dictionaries(st.text(max_size=3), st.integers() | st.text()).map(repr).map(str.encode)
)
def test_any_bytes_become_one_row(value: bytes) -> None:
    topics = Topics(None, "p.raw.cdc", "p.raw.replay", "p.validated", "p.dead-letters", "p.settled")
    record = Record("p.validated", 0, 0, 1, None, value)
    for kind in ("direct", "cdc"):
        contract = Contract(
            id="p", version="1.0.0", name="P", status="active", text=b"", kind=kind, fields=(Field("x", "integer"),),
            key=(), topics=topics, owner=Party("o", "o@example.org"),
        )  # fmt: skip
        assert len(RowLayout(contract).table([record])) == 1


def change(op: str, before: object = None, after: object = None, **source: int) -> bytes:
    return orjson.dumps({"op": op, "before": before, "after": after, "source": source, "ts_ms": 9})


def test_a_change_states_the_row_after_it(make_contract: MakeContract, make_record: MakeRecord) -> None:
    cdc = make_contract(kind="cdc", event_time=None)
    found = row(cdc, make_record(change("u", {"carrier": "AA"}, {"carrier": "UA"}, lsn=77, ts_ms=5_000)))
    assert (found["carrier"], found["_op"], found["_order"], found["event_ms"]) == ("UA", "u", 77, 5_000)


def test_a_delete_states_the_row_before_it(make_contract: MakeContract, make_record: MakeRecord) -> None:
    cdc = make_contract(kind="cdc", event_time=None)
    found = row(cdc, make_record(change("d", {"carrier": "AA", "flight": 3}, lsn=78)))
    assert (found["carrier"], found["flight"], found["_op"], found["_order"]) == ("AA", 3, "d", 78)


def test_an_envelope_with_its_schema_reads_alike(make_contract: MakeContract, make_record: MakeRecord) -> None:
    cdc = make_contract(kind="cdc", event_time=None)
    bare = change("c", None, {"carrier": "UA"}, lsn=5)
    wrapped = orjson.dumps({"schema": {"type": "struct"}, "payload": orjson.loads(bare)})
    assert row(cdc, make_record(wrapped)) == row(cdc, make_record(bare))


def test_a_tombstone_is_a_row_without_fields(make_contract: MakeContract, make_record: MakeRecord) -> None:
    found = row(make_contract(kind="cdc"), make_record(None))
    assert (found["_op"], found["carrier"], found["event_ms"]) == ("tombstone", None, 1_700_000_000_000)


def test_a_record_without_our_headers_is_its_own_source(make_contract: MakeContract) -> None:
    found = row(make_contract(), Record("flights.validated", 2, 9, 1, None, orjson.dumps(FLIGHT)))
    assert (found["_source"], found["_order"]) == ("flights.validated/2/9", 9)
    assert found["_contract_version"] is None


def test_no_records_make_an_empty_table(make_contract: MakeContract) -> None:
    assert len(RowLayout(make_contract()).table([])) == 0


def test_a_field_that_is_named_like_a_column_of_ours_is_refused(make_contract: MakeContract) -> None:
    with pytest.raises(SchemaError, match="'event_ms' is there twice"):
        _ = RowLayout(make_contract(fields=(Field("event_ms", "integer"),))).schema


def test_an_order_that_no_column_holds_gives_way_to_the_offset(
    make_contract: MakeContract, make_record: MakeRecord
) -> None:
    cdc = make_contract(kind="cdc", event_time=None)
    assert row(cdc, make_record(change("c", None, {"carrier": "UA"}, lsn=2**64 - 1), 3))["_order"] == 103


def test_a_null_header_is_none(make_contract: MakeContract) -> None:
    found = row(make_contract(), Record("v", 2, 9, 1, None, orjson.dumps(FLIGHT), ((headers.EVENT_ID, None),)))
    assert found["_event_id"] is None


@pytest.mark.parametrize("form", ["avro", "protobuf"])
@pytest.mark.parametrize("is_framed", [True, False])
def test_record_in_a_binary_form_is_the_row_of_its_json(
    make_contract: MakeContract, make_record: MakeRecord, form: str, is_framed: bool
) -> None:
    contract = make_contract(fields=(Field("x", "string", required=True), Field("n", "integer")), form=form)
    write, indexes = {"avro": (avro_bytes, None), "protobuf": (protobuf_bytes, [0])}[form]
    value = write(contract, {"x": "a", "n": 7})
    found = row(contract, make_record(framed(value, 9, indexes) if is_framed else value))
    assert (found["x"], found["n"], found["_rest"]) == ("a", 7, None)


def test_binary_record_of_another_version_is_kept_as_it_is(
    make_contract: MakeContract, make_record: MakeRecord
) -> None:
    contract = make_contract(fields=(Field("x", "string", required=True),), form="avro", version="2.0.0")
    found = row(contract, make_record(b"\x02a"))
    assert (found["x"], found["_rest"]) == (None, "AmE=")


def test_change_behind_a_frame_is_opened(make_contract: MakeContract, make_record: MakeRecord) -> None:
    contract = make_contract(fields=(Field("x", "string", required=True),), kind="cdc")
    found = row(contract, make_record(framed(b'{"op":"c","after":{"x":"a"},"source":{"lsn":5}}', 9)))
    assert (found["x"], found["_op"], found["_rest"]) == ("a", "c", None)
