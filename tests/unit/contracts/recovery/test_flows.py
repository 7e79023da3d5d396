"""Flows: which are for a failure, in which order, from which version on, and what none of them can do."""

from __future__ import annotations

import orjson
import pytest

from assay.contracts import Failed, Recovery, Repaired, Unrepaired, Violation
from tests.unit.contracts.recovery.mending import ANY, contract_of, mend, mending

RENAMED = "[{rename: {amt: amount}}]"
WRONG = b'{"id":"1","amt":1}'
RIGHT = b'{"id":"1","amount":1}'


def only(when: str) -> str:
    return f"- id: mend\n  when: {when}\n  steps: {RENAMED}\n"


def known(when: str, reason: str, *violations: Violation) -> bool:
    return Recovery(contract_of(only(when))).knows(reason, violations)


def test_a_path_with_a_star_is_for_every_place_of_an_array() -> None:
    when = "{reason: schema, path: /items/*/count, rule: type}"
    assert known(when, "schema", Violation("/items/17/count", "type", "", ""))
    assert not known(when, "schema", Violation("/items/17/sku", "type", "", ""))
    assert not known(when, "schema", Violation("/items/17/count", "minimum", "", ""))


@pytest.mark.parametrize("reason", ["rule", "malformed", "late", "engine", "duplicate"])
def test_a_flow_is_for_its_own_reason(reason: str) -> None:
    assert not known("{reason: schema}", reason, *ANY)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("record.amt == 1", True),
        ("has(record.amt) && amount == null", True),
        ("headers['source'] == 'till'", True),
        ("headers['raw'] == 'x'", False),
        ("'raw' in headers", False),
        ("declared.startsWith('3.')", True),
        ("record.other == 1", False),
    ],
)
def test_a_condition_sees_the_record_its_headers_and_its_version(condition: str, holds: bool) -> None:
    contract = contract_of(only(f'{{reason: schema, condition: "{condition}"}}'))
    headers = {"source": b"till", "raw": b"\xff", "gone": None}
    result = mend(contract, WRONG, headers=headers, declared="3.0.0")
    assert result == (Repaired(RIGHT, "mend") if holds else Unrepaired("flow mend: its condition is not true"))


def test_a_field_goes_before_what_has_its_name() -> None:
    edit = ("{name: paid,", "{name: headers,")
    contract = contract_of(only("{reason: schema, condition: headers == true}"), edit)
    value = b'{"id":"1","headers":true,"amt":1}'
    assert isinstance(mend(contract, value, headers={"a": b"b"}), Repaired)


def test_the_first_flow_that_repairs_is_the_one_that_counts() -> None:
    flows = f"""\
- id: wrong
  when: {{reason: schema}}
  steps: [{{rename: {{other: amount}}}}]
- id: right
  when: {{reason: schema}}
  steps: {RENAMED}
"""
    assert mend(contract_of(flows), WRONG) == Repaired(RIGHT, "right")


def test_all_that_flows_say_is_told_once() -> None:
    flows = "".join(
        f"- id: f{n}\n  when: {{reason: schema}}\n  steps: [{{rename: {{x{n}: amount}}}}]\n" for n in range(3)
    )
    result = mend(contract_of(flows), WRONG)
    assert result == Unrepaired(
        "flow f0: x0: nothing is there; flow f1: x1: nothing is there; flow f2: x2: nothing is there"
    )
    assert mend(contract_of(flows), b"[]") == Unrepaired("the record is not a JSON object")


MIGRATIONS = """\
- id: one_to_two
  migration: {from: "1", to: "2"}
  steps: [{rename: {total: amt}}]
- id: two_to_three
  migration: {from: "2", to: "3"}
  steps: [{rename: {amt: amount}}]
"""


@pytest.mark.parametrize(
    ("value", "declared"), [(b'{"id":"1","total":1}', "1.4.0"), (b'{"id":"1","amt":1}', "2.0.1")], ids=["1", "2"]
)
def test_migrations_lead_from_version_to_version(value: bytes, declared: str) -> None:
    result = mend(contract_of(MIGRATIONS), value, "unknown_schema", declared=declared)
    assert result == Repaired(RIGHT, "one_to_two" if declared == "1.4.0" else "two_to_three")


@pytest.mark.parametrize("declared", ["", "3.0.0", "4.0.0", "10.0.0", "one", "guid 1234"])
def test_a_migration_is_for_older_versions_only(declared: str) -> None:
    result = mend(contract_of(MIGRATIONS), WRONG, "unknown_schema", declared=declared)
    assert isinstance(result, Unrepaired)


def test_migrations_follow_the_flow_that_repairs_the_failure() -> None:
    text = "- {id: text, when: {reason: schema}, steps: [{map: {state: {values: {new: NEW}}}}]}\n"
    result = mend(contract_of(MIGRATIONS + text), b'{"id":"1","total":1,"state":"new"}', declared="1.0.0")
    assert result == Repaired(b'{"id":"1","amount":1,"state":"NEW"}', "text")


def test_a_flow_repairs_alone_what_needs_no_migration() -> None:
    text = "- {id: text, when: {reason: schema}, steps: [{map: {state: {values: {new: NEW}}}}]}\n"
    result = mend(contract_of(MIGRATIONS + text), b'{"id":"1","amount":1,"state":"new"}', declared="1.0.0")
    assert result == Repaired(b'{"id":"1","amount":1,"state":"NEW"}', "text")


def test_a_migration_on_request_stops_the_chain_until_it_is_requested() -> None:
    contract = contract_of(MIGRATIONS.replace("- id: two_to_three", "- id: two_to_three\n  run: on-request"))
    failed = Failed(b'{"id":"1","total":1}', "unknown_schema", ANY, declared="1.0.0")
    assert Recovery(contract).repair(failed) == Unrepaired("flow one_to_two runs only on request")
    assert isinstance(Recovery(contract).repair(failed, requested=True), Repaired)


def test_a_migration_may_be_for_another_reason() -> None:
    flows = MIGRATIONS.replace('from: "1", to: "2"}', 'from: "1", to: "2"}\n  when: {reason: schema}')
    value = b'{"id":"1","total":1}'
    assert mend(contract_of(flows), value, "schema", declared="1.0.0") == Repaired(RIGHT, "one_to_two")
    assert isinstance(mend(contract_of(MIGRATIONS), value, "schema", declared="1.0.0"), Unrepaired)


def test_a_version_that_is_refused_is_known_where_there_are_migrations() -> None:
    recovery = Recovery(contract_of(MIGRATIONS))
    assert recovery.knows("unknown_schema", ANY)
    assert not recovery.knows("schema", ANY)


def test_a_late_record_is_repaired_by_a_new_event_time() -> None:
    level = "{property: latency, value: 1, unit: h, customProperties: [{property: assay.onLate, value: dead-letter}]}"
    time = "  - {property: assay.eventTime, value: at}\n"
    late = ("customProperties:\n", f"slaProperties: [{level}]\ncustomProperties:\n{time}")
    flow = "- id: mend\n  when: {reason: late}\n  steps: [{parse: {at: {epoch: s}}}]\n"
    required = ("{name: at, logicalType: timestamp}", "{name: at, logicalType: timestamp, required: true}")
    contract = contract_of(flow, late, required)
    for arrived_ms, is_repaired in ((1_361_959_300_000, True), (1_461_959_300_000, False)):
        result = mend(contract, b'{"id":"1","at":1361959200}', "late", arrived_ms=arrived_ms)
        assert isinstance(result, Repaired) is is_repaired


def test_an_envelope_is_made_around_a_bare_row() -> None:
    flow = """\
- id: mend
  when: {reason: envelope}
  steps:
    - patch: [{op: copy, from: "", path: /after}]
    - set: {op: c}
"""
    contract = contract_of(
        flow, ("kind: direct", "kind: cdc"), ("id, logicalType: string,", "id, logicalType: string, primaryKey: true,")
    )
    result = mend(contract, RIGHT, "envelope")
    assert result == Repaired(b'{"id":"1","amount":1,"after":{"id":"1","amount":1},"op":"c"}', "mend")


def test_a_record_that_is_too_large_loses_what_makes_it_so() -> None:
    contract = contract_of(
        "- {id: mend, when: {reason: too_large}, steps: [{drop: [blob]}]}\n",
        ("format: json", "maxRecordBytes: 1024"),
    )
    value = orjson.dumps({"id": "1", "amount": 1, "blob": "x" * 5_000_000})
    assert mend(
        contract_of("- {id: mend, when: {reason: too_large}, steps: [{drop: [blob]}]}\n"), value, "too_large"
    ) == (Repaired(RIGHT, "mend"))
    assert isinstance(mend(contract, value, "too_large"), Unrepaired)


def test_nothing_of_a_record_is_in_an_explanation() -> None:
    secret = "S3CRET"
    contract = mending("- map: {state: {values: {a: NEW}}}\n- cast: {amount: integer}\n- rename: {none: name}")
    for record in ({"state": secret}, {"amount": secret}, {"name": secret}, {secret: secret}):
        result = mend(contract, orjson.dumps({"id": "1"} | record))
        assert isinstance(result, Unrepaired)
        assert secret not in result.explanation
