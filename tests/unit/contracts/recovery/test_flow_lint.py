"""Lint of flows: what could never meet a failure, or never repair it, is a finding at its line."""

from __future__ import annotations

from textwrap import indent

import pytest

from assay.contracts import lint
from tests.unit.contracts.recovery.mending import FILE, FLOW

FIRST = FILE.count("\n") + 1


def findings(flows: str, *edits: tuple[str, str]) -> list[str]:
    """What lint says, by line of the flows."""
    text = FILE + indent(flows, "        ")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return [f"{each.line - FIRST + 1}: {each.message}" for each in lint(text.encode())]


STEPS = {
    "- sett: {state: NEW}": "unknown key 'sett'; did you mean 'set'?",
    "- set: {stat: NEW}": "flow 'mend': 'stat' is not a property; did you mean 'state'?",
    "- set: {/place/zipp: a}": "flow 'mend': there is no 'zipp' inside /place; did you mean 'zip'?",
    "- set: {/items/*/skuu: a}": "flow 'mend': there is no 'skuu' inside /items/*; did you mean 'sku'?",
    "- set: {/id/x: a}": "flow 'mend': there is no 'x' inside /id",
    "- set: {/items/*/count: a}": (
        "flow 'mend': sets '/items/*/count' to a string of 1 character that the contract refuses; set one that it allows"
    ),
    "- set: {price: 100000000000000000000}": (
        "flow 'mend': 'price' is set to an integer of more than 64 bits, which JSON readers do not keep"
    ),
    "- set: {extra: {deep: [100000000000000000000]}}\n- drop: [extra]": (
        "flow 'mend': 'extra' is set to an integer of more than 64 bits, which JSON readers do not keep"
    ),
    "- map: {extra: {values: {a: 1}, default: 100000000000000000000}}\n- drop: [extra]": (
        "flow 'mend': maps 'extra' to an integer of more than 64 bits, which JSON readers do not keep"
    ),
    "- patch: [{op: add, path: /place, value: {zip: 100000000000000000000}}]": (
        "flow 'mend': operation add has an integer of more than 64 bits, which JSON readers do not keep"
    ),
    "- default: {state: OLD}": (
        "flow 'mend': sets 'state' to a string of 3 characters that the contract refuses; set one that it allows"
    ),
    "- copy: {amt: amunt}": "flow 'mend': 'amunt' is not a property; did you mean 'amount'?",
    "- copy: {/items/*/sku: name}": (
        "flow 'mend': `*` stands for the same places on both sides; write as many there as here"
    ),
    "- move: {name: name}": "flow 'mend': both sides are the same place",
    "- move: {id: name}": "flow 'mend': 'id' is required; a record without it is never accepted",
    "- rename: {amt: /place/zip}": (
        "flow 'mend': '/place/zip' is a place, not a name; write `move` to put a value elsewhere"
    ),
    "- rename: {/place/plz: zipp}": "flow 'mend': there is no 'zipp' inside /place; did you mean 'zip'?",
    "- rename: {state: state}": "flow 'mend': it has that name already",
    "- drop: [id]": "flow 'mend': 'id' is required; a record without it is never accepted",
    "- cast: {amount: boolean}": "flow 'mend': casts 'amount' to boolean, but the contract says integer",
    "- cast: {amount: int}": "'amount' is 'int', not one of string, integer, number, boolean, timestamp",
    "- parse: {day: {format: DD.MM.yyyy}}": "flow 'mend': the letters 'DD' are not read; use yyyy, MM, dd, HH, mm, ss, S, XXX, Z",
    "- parse: {at: {format: 'yyyy-MM-dd HH:mm'}}": (
        "flow 'mend': it has no offset; add XXX, or write `timezone: false`; or say the `timezone` that it is of"
    ),
    "- parse: {at: {format: 'yyyy-MM-dd HH:mm', timezone: Berlin}}": (
        "flow 'mend': there is no time zone 'Berlin'; write one like Europe/Berlin"
    ),
    "- parse: {day: {format: yyyyMMdd, timezone: Europe/Berlin}}": (
        "flow 'mend': a date has no time zone; take `timezone` out"
    ),
    "- parse: {day: {epoch: s}}": "flow 'mend': 'day' is of type date; a count since 1970 is a timestamp",
    "- parse: {at: {epoch: s, format: yyyy}}": "flow 'mend': 'at': a count since 1970 has no format and no time zone",
    "- parse: {at: {epoch: h}}": "'epoch' is 'h', not one of s, ms, us, ns",
    "- parse: {name: {format: yyyy}}": (
        "flow 'mend': 'name' is of type string, which is read with `decimal` and `thousands`, or cast"
    ),
    "- parse: {name: {decimal: ','}}": "flow 'mend': 'name' is of type string; `decimal` and `thousands` are for numbers",
    "- parse: {price: {decimal: '.', thousands: '.'}}": (
        "flow 'mend': 'price': what separates decimals and thousands are two marks, and no digits"
    ),
    "- parse: {d: {format: yyyy}}\n- rename: {d: day}": (
        "flow 'mend': 'd' is no property, so nothing says what it is to be; parse it under the name that it ends with"
    ),
    "- case: {state: upper_case}": "'state' is 'upper_case', not one of upper, lower",
    "- map: {state: {values: {open: OPEN}}}": (
        "flow 'mend': maps 'state' to a string of 4 characters that the contract refuses; map to what it allows"
    ),
    "- map: {state: {values: {open: NEW}, defalt: NEW}}": "unknown key 'defalt'; did you mean 'default'?",
    "- split: {full: {separator: ' ', into: [first, lost]}}": (
        "flow 'mend': 'lost' is not a property; did you mean 'last'?"
    ),
    "- split: {/items/*/x: {separator: ' ', into: [first, last]}}": (
        "flow 'mend': `*` stands for the same places on both sides; write as many there as here"
    ),
    "- merge: {nam: {of: [first, last]}}": "flow 'mend': 'nam' is not a property; did you mean 'name'?",
    "- trim: [name]\n- decode: 1.0.0": "flow 'mend': it says how the record is read; put it first",
    "- patch: [{op: add, path: /name}]": "flow 'mend': operation add needs 'value' (RFC 6902)",
    "- patch: [{op: remove, path: /name, value: 1}]": "flow 'mend': operation remove has no 'value' (RFC 6902); take it out",
    "- patch: [{op: add, path: name, value: a}]": "'path' is 'name'; it must be a JSON Pointer like /place/zip",
    "- evaluate: {amount: amont + 1}": (
        "flow 'mend': 'amont' is not a field of this contract; did you mean 'amount'?"
    ),
    "- evaluate: {amount: string(price)}": "flow 'mend': it gives string, but the contract says integer",
    "- evaluate: {amount: declared + 1}": "flow 'mend': it has a value on no record: there is no string + int",
    "- evaluate: {/items/*/count: '1'}": "flow 'mend': an expression gives one value; write one place",
    "- evaluate: {paid: name.matches(first)}": (
        "flow 'mend': it uses something of CEL that no bound on its work is known for"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("steps", "finding"), STEPS.items(), ids=STEPS)
def test_a_step_that_cannot_be_done_is_a_finding(steps: str, finding: str) -> None:
    found = findings(FLOW + indent(steps, "    "))
    assert [each.partition(": ")[2] for each in found] == [finding]
    assert found[0].partition(": ")[0] in ("4", "5")


def only(when: str, more: str = "") -> str:
    return f"- id: mend\n  when: {when}\n{more}  steps: [{{drop: [x]}}]\n"


WHENS = {
    "{reason: duplicate}": (
        "'reason' is 'duplicate', not one of schema, rule, malformed, envelope, unknown_schema, late, too_large"
    ),
    "{path: /amount}": (
        "flow 'mend': key 'reason' is missing in 'when'; "
        "write one of rule, schema, malformed, envelope, unknown_schema, late, too_large"
    ),
    "{reason: schema, path: /place/zipp}": "flow 'mend': there is no 'zipp' inside /place; did you mean 'zip'?",
    "{reason: unknown_schema, rule: retird}": "flow 'mend': there is no rule 'retird'; did you mean 'retired'?",
    "{reason: unknown_schema, rule: registry_away}": (
        "flow 'mend': there is no rule 'registry_away'; reason unknown_schema knows contract, retired, version"
    ),
    "{reason: envelope}": (
        "flow 'mend': records of an app have no envelope; that reason is for a contract of kind cdc"
    ),
    "{reason: schema, conditon: 'true'}": "unknown key 'conditon'; did you mean 'condition'?",
}  # fmt: skip


@pytest.mark.parametrize(("when", "finding"), WHENS.items(), ids=WHENS)
def test_a_flow_that_is_for_no_failure_is_a_finding(when: str, finding: str) -> None:
    assert findings(only(when)) == [f"2: {finding}"]


@pytest.mark.parametrize(
    "when",
    [
        "{reason: schema, path: /amt, rule: additionalProperties}",
        "{reason: schema, path: /x}",
        "{reason: schema, path: /items/*/count}",
        "{reason: late, rule: late}",
    ],
)
def test_a_path_may_be_of_a_field_that_the_contract_does_not_have(when: str) -> None:
    assert findings(only(when)) == []


def test_a_flow_without_when_says_that_it_is_a_migration() -> None:
    flow = "- id: mend\n  steps: [{drop: [x]}]\n"
    assert findings(flow) == ["1: flow 'mend': it is for no failure; say `when`, or which `migration` it is"]


@pytest.mark.parametrize(
    ("migration", "finding"),
    [
        ("{from: '2', to: '1'}", "flow 'mend': 1 is not above 2; a migration leads upwards"),
        ("{from: '2', to: '2.5'}", "flow 'mend': 2.5 is not above 2; a migration leads upwards"),
        ("{from: '2', to: '4'}", "flow 'mend': 4 is above this contract, which is 3.0.0"),
        ("{from: 2, to: '3'}", "'from' must be of type string; put it in quotes"),
        ("{from: two, to: '3'}", "'from' is 'two'; it must be a version like 1.0.0, or the beginning of one like 1"),
        ("{from: '2', too: '3'}", "unknown key 'too'; did you mean 'to'?"),
    ],
)
def test_a_migration_leads_upwards_and_not_beyond_the_contract(migration: str, finding: str) -> None:
    found = findings(f"- id: mend\n  migration: {migration}\n  steps: [{{drop: [x]}}]\n")
    assert f"2: {finding}" in found


def test_a_migration_that_ends_below_the_contract_may_give_names_that_this_one_does_not_have() -> None:
    flow = "- id: mend\n  migration: {from: '1', to: '2'}\n  steps: [{rename: {a: b}}, {set: {c: 1}}]\n"
    assert findings(flow) == []
    assert findings(flow.replace("to: '2'", "to: '3'")) != []


def test_a_flow_that_does_what_another_does_is_a_finding() -> None:
    flows = only("{reason: schema}") + only("{reason: schema}").replace("mend", "again")
    assert findings(flows) == ["4: flow 'again' does what flow 'mend' does, so it is never its turn; take it out"]


def test_a_version_that_is_none_is_found_as_such() -> None:
    flow = "- id: mend\n  migration: {from: '1', to: '2'}\n  steps: [{drop: [x]}]\n"
    assert [each.partition(": ")[2] for each in findings(flow, ("version: 3.0.0", "version: three"))] == [
        "'three' is no version; write it like 1.0.0"
    ]
