"""Records in Debezium's envelope: which row is judged, and what is no change at all."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.contracts import Change, Contract, EnvelopeError, Judge, Reason, open_envelope
from assay.contracts.judge import NO_ROW

ROW = {"id": "a", "at": "2013-01-01T10:00:00Z", "amount": 1}
SOURCE = {"connector": "postgresql", "ts_ms": 1357000000000, "lsn": 24023128, "table": "orders"}


def event(op: str | None, before: object = None, after: object = None, **others: object) -> dict[str, object]:
    return {"before": before, "after": after, "source": SOURCE, "op": op, "ts_ms": 1357000000001, **others}


def wrapped(payload: object) -> dict[str, object]:
    return {"schema": {"type": "struct", "fields": [{"field": "op"}]}, "payload": payload}


def reason(contract: Contract, value: object) -> Reason | None:
    return Judge(contract).judge(orjson.dumps(value)).reason


@pytest.mark.parametrize("op", ["c", "u", "r"])
@pytest.mark.parametrize("wrap", [dict, wrapped])
def test_row_after_a_change_is_judged(order_rows: Contract, op: str, wrap: type[dict[str, object]]) -> None:
    assert reason(order_rows, wrap(event(op, None, ROW))) is None
    assert reason(order_rows, wrap(event(op, ROW, ROW | {"amount": -1}))) is Reason.SCHEMA
    assert reason(order_rows, wrap(event(op, ROW, ROW | {"state": "PAID", "amount": 0}))) is Reason.RULE


def test_path_of_a_violation_is_within_the_row(order_rows: Contract) -> None:
    verdict = Judge(order_rows).judge(orjson.dumps(event("c", None, ROW | {"amount": "1"})))
    assert [violation.path for violation in verdict.violations] == ["/amount"]


def test_delete_is_judged_by_its_key_alone(order_rows: Contract) -> None:
    assert reason(order_rows, event("d", {"id": "a", "amount": None, "gone": 1})) is None
    assert reason(order_rows, event("d", {"id": None})) is Reason.SCHEMA


@pytest.mark.parametrize("value", [None, b'{"schema": null, "payload": null}'])
def test_tombstone_is_accepted(order_rows: Contract, value: bytes | None) -> None:
    assert Judge(order_rows).judge(value).accepted


def test_what_deletes_a_row_states_none(order_rows: Contract) -> None:
    judge = Judge(order_rows)
    values = [None, orjson.dumps(event("d", {"id": "a"})), orjson.dumps(event("t"))]
    assert [judged.marks for judged in judge.screen(values) if judged] == [NO_ROW] * 3
    assert [judge.explain(value).marks for value in values] == [NO_ROW] * 3


def test_truncate_and_schema_change_pass(order_rows: Contract) -> None:
    assert reason(order_rows, event("t")) is None
    assert reason(order_rows, {"source": SOURCE, "ddl": "ALTER TABLE orders", "tableChanges": []}) is None


@pytest.mark.parametrize(
    "value",
    [
        {},
        ROW,
        {"before": None, "after": ROW},
        event(None, None, ROW),
        event("x", None, ROW),
        event("c"),
        event("u", ROW),
        event("d", None, ROW),
        event("c", None, [ROW]),
        event("c", None, "row"),
        event("c", None, ROW) | {"source": {"ts_ms": "today"}},
        event("c", None, ROW) | {"source": 1},
        {"payload": 1},
        wrapped({"payload": {}}),
    ],
)
def test_what_is_no_change_is_an_envelope_violation(order_rows: Contract, value: dict[str, object]) -> None:
    assert reason(order_rows, value) is Reason.ENVELOPE


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"op": "c", "after": {"id": NaN}}',
        b'{"op": "c", "after": {"id": "\\ud800"}}',
        orjson.dumps(event("c", None, ROW)).replace(b"postgresql", b"\xff"),
        orjson.dumps(event("c", None, ROW)).replace(b'"postgresql"', b"[" * 100 + b"]" * 100),
        orjson.dumps(event("c", None, ROW)).replace(b'"postgresql"', b"[" * 9000 + b"]" * 9000),
    ],
)
def test_what_is_no_json_is_malformed(order_rows: Contract, value: bytes) -> None:
    assert Judge(order_rows).judge(value).reason is Reason.MALFORMED


@pytest.mark.parametrize("placeholder", ["__debezium_unavailable_value", "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ=="])
def test_value_that_the_source_did_not_send_is_absent_but_valid(order_rows: Contract, placeholder: str) -> None:
    assert reason(order_rows, event("u", None, ROW | {"amount": placeholder})) is None
    assert reason(order_rows, event("u", None, ROW | {"state": "PAID", "amount": placeholder})) is None
    assert reason(order_rows, event("u", None, {"id": "a", "amount": placeholder})) is Reason.SCHEMA
    assert reason(order_rows, event("u", None, ROW | {"unknown": placeholder})) is Reason.SCHEMA
    assert reason(order_rows, event("u", None, ROW | {"amount": placeholder, "code": "x"})) is Reason.SCHEMA


def test_envelope_gives_the_exact_bytes_of_the_rows() -> None:
    value = b'{"op":"u","before":{"a": 1.10},"after": {"a" :12345678901234567890123},"source":{"ts_ms":5,"lsn":6}}'
    assert open_envelope(value) == Change("u", b'{"a": 1.10}', b'{"a" :12345678901234567890123}', 5, 6)


def test_envelope_without_source_has_no_position() -> None:
    assert open_envelope(b'{"op":"c","after":{}}') == Change("c", None, b"{}", None, None)


def test_envelope_error_names_the_place() -> None:
    with pytest.raises(EnvelopeError, match="/op: expected one of c, u, r, d, t, found absent"):
        open_envelope(b'{"after":{}}')


@given(st.binary(max_size=200))
def test_judge_never_raises_for_bytes(order_rows: Contract, value: bytes) -> None:
    assert Judge(order_rows).judge(value).reason in (Reason.MALFORMED, Reason.ENVELOPE, None)


@given(data=st.data())
def test_judge_never_raises_for_a_damaged_change(order_rows: Contract, data: st.DataObject) -> None:
    value = orjson.dumps(wrapped(event("u", ROW, ROW)))
    place = data.draw(st.integers(0, len(value)))
    damaged = value[:place] + data.draw(st.binary(max_size=3)) + value[place + data.draw(st.integers(0, 30)) :]
    assert Judge(order_rows).judge(damaged).reason is not Reason.ENGINE
