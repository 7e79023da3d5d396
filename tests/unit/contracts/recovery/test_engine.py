"""Repair: what a flow changes, what it leaves, and when it lets a record be."""

from __future__ import annotations

from collections.abc import Callable

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.contracts import Contract, Failed, Judge, Recovery, Repaired, Unrepaired
from assay.contracts.casting import CastError, cast

GOOD = {"id": "a", "at": "2013-01-01T10:00:00Z", "amount": 1}


def repair(contract: Contract, value: bytes) -> Repaired | Unrepaired:
    verdict = Judge(contract).judge(value)
    assert verdict.reason is not None
    return Recovery(contract).repair(Failed(value, verdict.reason, verdict.violations))


def test_cast_repairs_a_number_sent_as_text(orders: Contract) -> None:
    value = orjson.dumps(GOOD | {"amount": "12"})
    assert repair(orders, value) == Repaired(orjson.dumps(GOOD | {"amount": 12}), "amount_as_text")


def test_set_repairs_when_the_condition_is_true(orders: Contract) -> None:
    value = orjson.dumps(GOOD | {"state": "PAID", "amount": 0})
    assert repair(orders, value) == Repaired(orjson.dumps(GOOD | {"state": "NEW", "amount": 0}), "no_state")


def test_record_stays_when_the_condition_is_not_true(changed_orders: Callable[..., Contract]) -> None:
    contract = changed_orders(("condition: amount == 0", "condition: amount == 7"))
    result = repair(contract, orjson.dumps(GOOD | {"state": "PAID", "amount": 0}))
    assert result == Unrepaired("flow no_state: its condition is not true")


def test_record_without_a_flow_stays_explained(orders: Contract) -> None:
    result = repair(orders, orjson.dumps(GOOD | {"code": "x"}))
    assert result == Unrepaired("no flow is for schema at /code")


def test_record_that_the_contract_would_still_refuse_stays_explained(orders: Contract) -> None:
    result = repair(orders, orjson.dumps(GOOD | {"amount": "-5"}))
    assert result == Unrepaired("flow amount_as_text: the record would still break minimum at /amount")


def test_cast_that_is_not_exact_leaves_the_record(orders: Contract) -> None:
    result = repair(orders, orjson.dumps(GOOD | {"amount": "12.5"}))
    explanation = "amount: a string of 4 characters has no exact counterpart of type integer"
    assert result == Unrepaired(f"flow amount_as_text: {explanation}")


def test_what_is_no_record_stays_explained(orders: Contract) -> None:
    verdict = Judge(orders).judge(orjson.dumps(GOOD | {"amount": "1"}))
    result = Recovery(orders).repair(Failed(b"no json", "schema", verdict.violations))
    assert result == Unrepaired("the record is not a JSON object")


def test_untouched_fields_keep_order_and_bytes(changed_orders: Callable[..., Contract]) -> None:
    contract = changed_orders(("customProperties:", "customProperties:\n  - {property: assay.openness, value: open}"))
    value = b'{"at":"2013-01-01T10:00:00Z","x":12345678901234567890.10,"amount":"7","id":"\\u0041","y":{"b": 1,"a":2}}'
    result = repair(contract, value)
    assert result == Repaired(value.replace(b'"7"', b"7"), "amount_as_text")


@pytest.mark.parametrize(
    ("head", "tail"), [(b"", b""), (b'{"schema":{"x": 1},"payload":', b"}")], ids=["bare", "with schema"]
)
def test_change_is_repaired_in_its_after(order_rows: Contract, head: bytes, tail: bytes) -> None:
    row = b'{"id":"a","at":"2013-01-01T10:00:00Z","amount":"7"}'
    value = head + b'{"op":"u","before":' + row + b',"after":' + row + b',"source":{"lsn":1}}' + tail
    fixed = row.replace(b'"7"', b"7")
    expected = head + b'{"op":"u","before":' + row + b',"after":' + fixed + b',"source":{"lsn":1}}' + tail
    assert repair(order_rows, value) == Repaired(expected, "amount_as_text")


def test_delete_has_nothing_to_repair(order_rows: Contract) -> None:
    verdict = Judge(order_rows).judge(b'{"op":"c","after":{"id":"a","at":"2013-01-01T10:00:00Z","amount":"7"}}')
    result = Recovery(order_rows).repair(Failed(b'{"op":"d","before":{"id":1}}', "schema", verdict.violations))
    assert result == Unrepaired("the change has no row after it to repair")


@given(
    amount=st.text(max_size=6) | st.integers().filter(lambda n: -(2**63) <= n < 2**63),
    state=st.sampled_from(["NEW", "PAID", "x"]),
)
def test_repaired_record_is_accepted_and_the_same_each_time(orders: Contract, amount: object, state: str) -> None:
    value = orjson.dumps(GOOD | {"amount": amount, "state": state})
    verdict = Judge(orders).judge(value)
    if verdict.reason is not None:
        first, second = (Recovery(orders).repair(Failed(value, verdict.reason, verdict.violations)) for _ in range(2))
        assert first == second
        assert isinstance(first, Unrepaired) or Judge(orders).judge(first.value).accepted


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (None, "integer", None),
        ("-7", "integer", -7),
        (7.0, "integer", 7),
        ("7.50", "number", 7.5),
        ("1e3", "number", 1000.0),
        (7, "string", "7"),
        (7.5, "string", "7.5"),
        (True, "string", "true"),
        ("false", "boolean", False),
        ("2013-01-01 10:00:00+0100", "timestamp", "2013-01-01T10:00:00+01:00"),
        (1356998400, "timestamp", "2013-01-01T00:00:00Z"),
        ("1356998400", "timestamp", None),
    ],
)
def test_cast_is_exact(value: object, kind: str, expected: object) -> None:
    if expected is None and value is not None:
        with pytest.raises(CastError):
            cast(value, kind)
    else:
        assert cast(value, kind) == expected


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("07", "integer"),
        (" 7", "integer"),
        ("\u0667", "integer"),
        ("9223372036854775808", "integer"),
        (7.5, "integer"),
        (True, "integer"),
        ("0.1234567890123456789", "number"),
        ("NaN", "number"),
        (1, "boolean"),
        ("yes", "boolean"),
        ([], "string"),
        ("2013-01-01", "timestamp"),
        ("yesterday", "timestamp"),
        (-1, "timestamp"),
    ],
)
def test_value_without_an_exact_counterpart_is_not_cast(value: object, kind: str) -> None:
    with pytest.raises(CastError, match=f"has no exact counterpart of type {kind}"):
        cast(value, kind)
