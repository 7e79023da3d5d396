"""Repair in every wire form: read by the version that wrote it, written by the version in force, nothing lost."""

from __future__ import annotations

from typing import Any

import pytest

from assay.contracts import Contract, Failed, Judge, Recovery, Repaired, Unrepaired
from assay.contracts.forms.reader import payload_reader
from assay.testkit.encoding import avro_bytes, protobuf_bytes
from tests.unit.contracts.recovery.mending import ANY, contract_of, mend, mending

WRITE = {"avro": avro_bytes, "protobuf": protobuf_bytes}
RECORD: dict[str, Any] = {
    "id": "1", "amount": 7, "price": 2.5, "exact": "12.50", "state": "new", "paid": True, "at": "2013-02-28T10:00:00Z",
    "day": "2013-02-28", "local_day": "28.02.2013", "tags": ["a", ""], "place": {"zip": "1"}, "items": [{"sku": "a", "count": 0}],
}  # fmt: skip


def present(record: object) -> object:
    """The record without what is null, which the forms spell each in its way."""
    if isinstance(record, dict):
        return {name: present(value) for name, value in record.items() if value is not None}
    return [present(each) for each in record] if isinstance(record, list) else record


def in_form(form: str) -> tuple[str, str]:
    return "format: json", f"format: {form}"


@pytest.mark.parametrize("form", WRITE)
def test_a_record_is_repaired_in_its_form(form: str) -> None:
    contract = mending("- map: {state: {values: {new: NEW}}}", in_form(form))
    result = mend(contract, WRITE[form](contract, RECORD))
    assert isinstance(result, Repaired)
    assert present(payload_reader(contract)(result.value)) == RECORD | {"state": "NEW"}


def older(form: str) -> Contract:
    """Version 1: another name, another type, another spelling."""
    return contract_of(
        "- {id: mend, when: {reason: schema}, steps: [{drop: [x]}]}\n",
        in_form(form),
        ("version: 3.0.0", "version: 1.0.0"),
        ("{name: amount, logicalType: integer}", "{name: amt, logicalType: string}"),
        ("{format: dd.MM.yyyy}", "{format: yyyyMMdd}"),
    )


@pytest.mark.parametrize("form", WRITE)
def test_a_record_is_read_by_the_version_that_it_declares(form: str) -> None:
    before = older(form)
    after = mending(
        "- map: {state: {values: {new: NEW}}}\n- rename: {amt: amount}\n- cast: {amount: integer}", in_form(form)
    )
    old = {name: value for name, value in RECORD.items() if name != "amount"} | {"amt": "7", "local_day": "20130228"}
    failed = Failed(WRITE[form](before, old), "schema", ANY, declared="1.0.0")
    result = Recovery(after, {"1.0.0": before}).repair(failed)
    assert isinstance(result, Repaired)
    assert present(payload_reader(after)(result.value)) == RECORD | {"state": "NEW"}
    unknown = Recovery(after).repair(failed)
    assert unknown == Unrepaired("the version that it is to be read by is not known here")


@pytest.mark.parametrize("form", WRITE)
def test_decode_reads_by_the_version_that_the_flow_names(form: str) -> None:
    before = older(form)
    steps = "- decode: 1.0.0\n- map: {state: {values: {new: NEW}}}\n- rename: {amt: amount}\n- cast: {amount: integer}"
    after = mending(steps, in_form(form), ("reason: schema", "reason: malformed"))
    value = WRITE[form](before, {"id": "1", "amt": "7", "state": "new"})
    result = Recovery(after, {"1.0.0": before}).repair(Failed(value, "malformed", ANY))
    assert isinstance(result, Repaired)
    assert present(payload_reader(after)(result.value)) == {"id": "1", "amount": 7, "state": "NEW"}
    assert isinstance(Recovery(after, {"1.0.0": before}).repair(Failed(b"\xff", "malformed", ANY)), Unrepaired)


def test_decode_gives_json_the_spelling_of_the_version_in_force() -> None:
    before, after = older("json"), mending("- decode: 1.0.0\n- rename: {amt: amount}\n- cast: {amount: integer}")
    failed = Failed(b'{"id":"1","local_day":"20130228","amt":"7"}', "schema", ANY)
    result = Recovery(after, {"1.0.0": before}).repair(failed)
    assert result == Repaired(b'{"id":"1","local_day":"28.02.2013","amount":7}', "mend")


def test_a_record_moves_from_json_to_avro() -> None:
    before, after = older("json"), mending("- rename: {amt: amount}\n- cast: {amount: integer}", in_form("avro"))
    failed = Failed(b'{"id":"1","amt":"7"}', "unknown_schema", ANY, declared="1.0.0")
    contract = mending(
        "- rename: {amt: amount}\n- cast: {amount: integer}", in_form("avro"), ("schema}", "unknown_schema}")
    )
    result = Recovery(contract, {"1.0.0": before}).repair(failed)
    assert isinstance(result, Repaired)
    assert present(payload_reader(after)(result.value)) == {"id": "1", "amount": 7}


@pytest.mark.parametrize(
    ("form", "steps", "why"),
    [
        ("avro", "- set: {at: '2013-02-28T10:00:00.123456789Z'}", "/at: avro cannot say it exactly in version 3.0.0"),
        (
            "avro",
            "- patch: [{op: move, from: /state, path: /status}]",
            "/status: avro cannot say it exactly in version 3.0.0",
        ),
        (
            "protobuf",
            "- patch: [{op: move, from: /state, path: /status}]",
            "/status: protobuf cannot say it exactly in version 3.0.0",
        ),
        ("avro", "- patch: [{op: remove, path: /id}]", "/id: it is required, and not there"),
        ("protobuf", "- move: {name: paid}", "/paid: string of 1 character cannot be written as boolean"),
    ],
)
def test_what_a_form_cannot_say_is_not_written(form: str, steps: str, why: str) -> None:
    contract = mending(steps, in_form(form))
    record = {"id": "1", "state": "NEW", "name": "n"}
    assert mend(contract, WRITE[form](contract, record)) == Unrepaired(f"flow mend: {why}")


def test_a_field_that_the_message_does_not_have_can_be_dropped() -> None:
    steps = "- drop: ['#16']"
    more = ("customProperties:\n", "      - {name: more, logicalType: string}\ncustomProperties:\n")
    wider, contract = mending(steps, in_form("protobuf"), more), mending(steps, in_form("protobuf"))
    value = protobuf_bytes(wider, {"id": "1", "amount": 1, "more": "m"})
    assert Judge(contract).judge(value).violations[0].path == "/#16"
    assert mend(contract, value) == Repaired(protobuf_bytes(contract, {"id": "1", "amount": 1}), "mend")


def test_an_open_message_with_fields_of_its_own_is_not_written_without_them() -> None:
    more = ("customProperties:\n", "      - {name: more, logicalType: string}\ncustomProperties:\n")
    wider = mending("- default: {state: NEW}", in_form("protobuf"), more)
    contract = mending("- default: {state: NEW}", in_form("protobuf"), ("value: closed", "value: open"))
    result = mend(contract, protobuf_bytes(wider, {"id": "1", "more": "m"}))
    why = "it cannot be read by version 3.0.0: found fields that the contract does not have, which would be lost"
    assert result == Unrepaired(why)


@pytest.mark.parametrize("text", ["1e99999999999", "1/3", "٣", "1" * 101, "+1", " 1", ""])
def test_a_text_that_is_no_plain_decimal_is_not_written_as_one(text: str) -> None:
    contract = mending("- copy: {name: exact}\n", in_form("avro"))
    result = mend(contract, WRITE["avro"](contract, {"id": "1", "name": text}))
    assert isinstance(result, Unrepaired)
    assert result.explanation.endswith("cannot be written as decimal")
