"""Poison: whatever a record holds and whatever a flow does, there is an answer, soon, and the next one has its turn."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.contracts import Failed, Judge, Recovery, Repaired, Unrepaired
from assay.contracts.recovery.steps import table
from tests.unit.contracts.recovery.mending import ANY, contract_of, mend, mending

WORK = "it takes more work than a repair may; the record or what is made of it is too large"
DOUBLING = ["{op: copy, from: /tags, path: /x0}", *(f"{{op: copy, from: '', path: /x{n}}}" for n in range(1, 60))]


def test_a_patch_that_doubles_the_record_without_end_is_stopped() -> None:
    result = mend(mending(f"- patch: [{', '.join(DOUBLING)}]"), orjson.dumps({"id": "1", "tags": ["a"] * 100}))
    assert isinstance(result, Unrepaired)
    assert result.explanation.endswith(WORK)


def test_a_merge_that_doubles_a_text_without_end_is_stopped() -> None:
    steps = "- merge: {name: {of: [name, name], separator: ''}}\n" * 60
    result = mend(mending(steps + "- drop: [x]"), b'{"id":"1","name":"aaaaaaaa","x":1}')
    assert result == Unrepaired(f"flow mend: name: {WORK}")


def test_steps_over_very_many_places_are_stopped() -> None:
    steps = "- map: {/items/*/sku: {values: {a: b}}}\n" * 60
    contract = mending(steps + "- drop: [x]", ("format: json", "maxRecordBytes: 1048576"))
    result = mend(contract, orjson.dumps({"id": "1", "items": [{"sku": "a"}] * 60_000, "x": 1}))
    assert result == Unrepaired(f"flow mend: /items/*/sku: {WORK}")


def test_a_map_onto_itself_comes_to_an_end() -> None:
    contract = mending("- map: {state: {values: {NEW: PAID, PAID: NEW}}}\n- drop: [x]")
    assert mend(contract, b'{"id":"1","state":"NEW","x":1}') == Repaired(b'{"id":"1","state":"PAID"}', "mend")


def test_a_value_of_5_mb_is_contained() -> None:
    contract = mending("- split: {name: {separator: ' ', into: tags}}")
    for text in ("x" * 5_000_000, " " * 5_000_000):
        assert isinstance(mend(contract, orjson.dumps({"id": "1", "name": text})), Unrepaired)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\xff\xfe",
        b'{"id":"\xff","amt":1}',
        b'{"id":"1","amt":\xff}',
        b'{"id":"1","amt":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"amt":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"id":"1","amt":1e999}',
        b'{"id":"1","amt":' + b"9" * 100_000 + b"}",
        b'{"id":"1","amt":"\\ud800"}',
        b'{"id":"1","amt":1,"amt":2,}',
    ],
)
def test_what_is_no_record_is_an_explanation(value: bytes) -> None:
    contract = mending("- cast: {amount: integer}\n- rename: {amt: amount}\n- trim: [amount]\n- drop: [/x/y]")
    assert isinstance(mend(contract, value), Unrepaired)


class Panic(BaseException):
    """As an engine in Rust raises it."""


@pytest.mark.parametrize("error", [Panic, MemoryError, RecursionError, ZeroDivisionError])
def test_a_flow_that_raises_leaves_the_next_one_its_turn(
    error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def raising(_tree: object, _failed: object) -> None:
        raise error("with a value")

    monkeypatch.setitem(table.STEPS, "trim", lambda _said, _contract: [raising])
    flows = """\
- {id: bad, when: {reason: schema}, steps: [{trim: [name]}]}
- {id: good, when: {reason: schema}, steps: [{drop: [x]}]}
"""
    recovery = Recovery(contract_of(flows))
    assert recovery.repair(Failed(b'{"id":"1","x":1}', "schema", ANY)) == Repaired(b'{"id":"1"}', "good")
    alone = recovery.repair(Failed(b'{"id":"1","x":1}', "schema", ANY), "bad")
    assert isinstance(alone, Unrepaired)
    assert "with a value" not in alone.explanation


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(
    ["id", "amount", "price", "exact", "state", "at", "day", "first", "name", "tags", "place", "items", "x"]
)
RECORDS = st.dictionaries(NAMES, JSON, max_size=8)
EVERY_STEP = contract_of(
    """\
- id: first
  when: {reason: schema}
  steps:
    - drop: [x, /place/x, /items/*/x]
    - trim: [state, name, /tags/*]
    - case: {state: upper}
    - map: {state: {values: {OPEN: NEW, "1": PAID}}}
    - cast: {amount: integer, price: number, /items/*/count: integer}
    - default: {state: NEW, /items/*/count: 0}
- id: second
  when: {reason: schema}
  steps:
    - drop: [x]
    - parse: {price: {decimal: ",", thousands: "."}, exact: {decimal: ","}, day: {format: dd.MM.yyyy}, at: {epoch: s}}
    - split: {name: {separator: " ", into: [first, last]}}
    - merge: {tags: {of: [first, last]}}
    - copy: {first: name}
    - move: {/place/zip: last}
    - evaluate: {amount: "size(record) + int(price)"}
- id: third
  when: {reason: schema}
  steps:
    - patch: [{op: remove, path: /place}, {op: copy, from: /tags, path: /items}, {op: add, path: /tags/-, value: a}]
    - set: {id: "1"}
- id: fourth
  when: {reason: rule}
  steps: [{set: {id: "1"}}]
"""
)
RECOVERY = Recovery(EVERY_STEP)


@given(record=RECORDS, reason=st.sampled_from(["schema", "rule", "late"]))
def test_no_record_makes_a_repair_raise_and_each_gives_the_same_twice(record: dict[str, Any], reason: str) -> None:
    failed = Failed(orjson.dumps(record), reason, ANY)
    result = RECOVERY.repair(failed)
    assert Recovery(EVERY_STEP).repair(failed) == result
    assert RECOVERY.tried(failed).outcome == result


@given(record=RECORDS)
def test_a_repaired_record_is_one_that_the_judge_accepts(record: dict[str, Any]) -> None:
    result = RECOVERY.repair(Failed(orjson.dumps({"id": "1"} | record), "schema", ANY))
    assert isinstance(result, Unrepaired) or Judge(EVERY_STEP).judge(result.value).accepted


@given(value=st.binary(max_size=40))
def test_no_bytes_make_a_repair_raise(value: bytes) -> None:
    assert isinstance(RECOVERY.repair(Failed(value, "schema", ANY)), Unrepaired)


@given(before=JSON, after=JSON, inside=JSON)
def test_fields_that_no_step_touches_keep_their_bytes(before: object, after: object, inside: object) -> None:
    contract = mending("- set: {/place/zip: '1'}", ("value: closed", "value: open"))
    parts = [orjson.dumps(each).replace(b",", b" ,  ") for each in (before, inside, after)]
    value = b'{"id":"1","x1":%b,"place":{"y":%b,"zip":1},"x2":%b}' % tuple(parts)
    result = mend(contract, value)
    if isinstance(result, Repaired):
        assert result.value == value.replace(b'"zip":1}', b'"zip":"1"}')
