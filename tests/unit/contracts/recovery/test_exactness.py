"""A repaired record in a binary form says, field by field, what its JSON would say."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.contracts import Failed, Judge, Recovery, Repaired, Unrepaired
from assay.contracts.errors import UnwritableError
from assay.contracts.forms.fidelity import lost
from assay.contracts.forms.reader import payload_reader
from tests.unit.contracts.recovery.mending import ANY, contract_of, mend, mending
from tests.unit.contracts.recovery.test_wire_forms import WRITE, in_form, present

STEPS = """\
- map: {state: {values: {new: NEW, '1': PAID}}}
- trim: [name, /tags/*]
- default: {/items/*/count: 1}
- cast: {exact: string}
"""
TEXT = st.text(max_size=6)
RECORDS = st.fixed_dictionaries(
    {"id": TEXT},
    optional={
        "amount": st.integers(-(2**63), 2**63 - 1),
        "price": st.floats(allow_nan=False, allow_infinity=False),
        "exact": st.decimals(-99999, 99999, places=2).map(str),
        "state": st.sampled_from(["NEW", "new", "1", "x"]),
        "paid": st.booleans(),
        "at": st.datetimes(max_value=None).map(lambda at: f"{at.isoformat()}Z").filter(lambda at: len(at) > 19),
        "day": st.dates().map(str),
        "local_day": st.dates().map(lambda day: f"{day.day:02}.{day.month:02}.{day.year:04}"),
        "name": TEXT,
        "tags": st.lists(TEXT, max_size=3),
        "place": st.dictionaries(st.sampled_from(["zip", "city"]), TEXT),
        "items": st.lists(st.dictionaries(st.sampled_from(["sku"]), TEXT), max_size=3),
    },
)


@pytest.mark.parametrize("form", WRITE)
@given(record=RECORDS)
def test_a_binary_record_is_repaired_as_its_json_is(form: str, record: dict[str, Any]) -> None:
    binary, plain = mending(STEPS, in_form(form)), mending(STEPS)
    try:
        value = WRITE[form](binary, record)
    except UnwritableError:
        return
    as_json = orjson.dumps(payload_reader(binary)(value))
    one, other = mend(binary, value), mend(plain, as_json)
    assert type(one) is type(other), (one, other)
    if isinstance(one, Repaired) and isinstance(other, Repaired):
        read, wanted = payload_reader(binary)(one.value), orjson.loads(other.value)
        assert lost(binary.fields, wanted, read) is None
        assert Judge(binary).judge(one.value).accepted


@pytest.mark.parametrize(
    ("wanted", "read", "place"),
    [
        ({"amount": 1}, {"amount": 2}, "/amount"),
        ({"amount": 1}, {"amount": True}, "/amount"),
        ({"amount": 1}, {}, "/amount"),
        ({"x": 1}, {}, "/x"),
        ({"x": None}, {}, None),
        ({"exact": "12.50"}, {"exact": "12.5"}, None),
        ({"exact": "12.50"}, {"exact": "12.51"}, "/exact"),
        ({"at": "2013-02-28T10:00:00+01:00"}, {"at": "2013-02-28T09:00:00Z"}, None),
        ({"at": "2013-02-28T10:00:00Z"}, {"at": "2013-02-28T09:00:00Z"}, "/at"),
        ({"tags": []}, {}, None),
        ({"tags": ["a"]}, {"tags": ["a", "b"]}, "/tags"),
        ({"tags": ["a"]}, {"tags": ["b"]}, "/tags/*"),
        ({"place": {"zip": "1"}}, {"place": {"zip": "2"}}, "/place/zip"),
        ({"items": [{"sku": "a", "y": 1}]}, {"items": [{"sku": "a"}]}, "/items/*/y"),
    ],
)
def test_what_is_lost_is_found(wanted: dict[str, Any], read: dict[str, Any], place: str | None) -> None:
    assert lost(mending("- drop: [x]").fields, wanted, read) == place
    assert present(wanted) is not None


def test_a_number_of_32_bits_is_the_shortest_that_it_can_be() -> None:
    edit = (
        "{name: price, logicalType: number}",
        "{name: price, logicalType: number, logicalTypeOptions: {format: f32}}",
    )
    contract = mending("- rename: {first: name}", in_form("avro"), edit)
    assert isinstance(mend(contract, WRITE["avro"](contract, {"id": "1", "price": 0.1, "first": "a"})), Repaired)
    put = mending("- set: {price: 0.123456789012}", in_form("avro"), edit)
    assert mend(put, WRITE["avro"](put, {"id": "1"})) == Unrepaired(
        "flow mend: /price: avro cannot say it exactly in version 3.0.0"
    )


SEVERAL = contract_of("""\
- {id: none, when: {reason: schema, condition: amount > 3}, steps: [{drop: [name]}]}
- {id: trimmed, when: {reason: schema, rule: additionalProperties}, steps: [{trim: [state]}, {drop: [x]}]}
- {id: mapped, when: {reason: schema}, steps: [{map: {state: {values: {new: NEW}}}}, {drop: [x]}]}
- {id: late, when: {reason: rule}, run: on-request, steps: [{set: {name: a}}]}
""")
VALUES = st.one_of(
    st.sampled_from([b"", b"[]", b"{", b"null", b"\xff"]),
    RECORDS.map(lambda record: orjson.dumps(record | {"x": 1})),
    RECORDS.map(lambda record: orjson.dumps(record | {"state": " NEW "})),
)


@given(st.lists(st.tuples(VALUES, st.sampled_from(["schema", "rule", "late"])), max_size=12), st.booleans())
def test_many_records_are_repaired_as_each_of_them_alone(found: list[tuple[bytes, str]], requested: bool) -> None:
    recovery, failed = Recovery(SEVERAL), [Failed(value, reason, ANY) for value, reason in found]
    together = recovery.repairs(failed, requested=requested)
    assert together == [recovery.repair(each, requested=requested) for each in failed]
    if requested:
        assert together == [recovery.tried(each).outcome for each in failed]
