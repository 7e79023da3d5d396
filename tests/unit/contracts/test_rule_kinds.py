"""A rule that has no value on any record is a finding, and no rule that has one on some valid record is."""

from __future__ import annotations

import json
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.contracts import Contract, json_schema, lint, load
from assay.contracts.engine import validator
from assay.contracts.rule_kinds import rule_kinds
from assay.contracts.rule_view import rule_view
from assay.contracts.rules import Condition, RuleSyntaxError
from assay.contracts.samples import samples

FILE = """\
apiVersion: v3.2.0
kind: DataContract
id: one
version: 1.0.0
schema:
  - name: r
    properties:
      - {name: x, logicalType: number, required: true}
      - {name: o, logicalType: number}
      - {name: n, logicalType: integer, required: true}
      - {name: s, logicalType: string, required: true, enum: [{value: a}, {value: "1"}]}
      - {name: t, logicalType: string}
      - {name: at, logicalType: timestamp, required: true}
      - {name: b, logicalType: boolean}
      - {name: d, logicalType: number, required: true, physicalType: "DECIMAL(5,2)"}
      - {name: w, logicalType: number, required: true, physicalType: "DECIMAL(30,2)"}
      - {name: l, logicalType: array, required: true, items: {logicalType: integer}}
      - {name: m, logicalType: map, required: true, map: {key: {logicalType: string}, value: {logicalType: integer}}}
      - name: p
        logicalType: object
        required: true
        properties: [{name: x, logicalType: number}, {name: y, logicalType: string, required: true}]
      - {name: q, logicalType: object}
customProperties:
"""
CONTRACT = load(FILE.removesuffix("customProperties:\n").encode())
KINDS = rule_kinds(CONTRACT.fields, is_closed=True)


def with_rule(expr: str) -> bytes:
    return (FILE + f"  - {{property: assay.rules, value: [{{id: r, expr: {json.dumps(expr)}}}]}}\n").encode()


NEVER = [
    ("x * 2 > 1", "there is no double * int; write 2.0"),
    ("o * 2 > 1", "there is no double * int; write 2.0"),
    ("p.x * 2 > 1", "there is no double * int; write 2.0"),
    ("d * 2 > 1", "there is no double * int; write 2.0"),
    ("x + n > 1.0", "there is no double + int or uint; write double(…) around the integer"),
    ("w > 1", "there is no string > int"),
    ("t > 1", "there is no string > int"),
    ("x.matches('a')", "matches takes no double"),
    ("x.startsWith('a')", "startsWith takes no double"),
    ("at.getFullYear() > 2000", "getFullYear takes no string; write timestamp(…) around it"),
    ("at > timestamp('2013-01-01T00:00:00Z')", "there is no string > timestamp"),
    ("timestamp(at) - timestamp(at) > n", "there is no duration > int or uint"),
    ("p.z == 1", "there is no property 'z'"),
    ("s.z == 1", "string has no property 'z'"),
    ("x == null || x * 2 > 1", "there is no double * int; write 2.0"),
    ("l[0] * 2.0 > 1.0", "there is no int or uint * double; write double(…) around the integer"),
    ("m['k'] * 2.0 > 1.0", "there is no int or uint * double; write double(…) around the integer"),
    ("m.k.z", "int or uint has no property 'z'"),
    ("size(x) > 1", "size takes no double"),
    ("n.all(i, i > 1)", "`all` cannot go through int or uint"),
    ("'a' in s", "string has no items"),
    ("!t", "string is not true or false"),
    ("t", "it gives string, not true or false"),
    ("t || s", "neither string nor string is true or false"),
    ("(t ? 1 : 2) == 1", "a condition is string, not true or false"),
]


@pytest.mark.parametrize(("expr", "why"), NEVER)
def test_rule_that_is_decided_on_no_record_is_a_finding_at_its_line(expr: str, why: str) -> None:
    found = [str(each) for each in lint(with_rule(expr), "c.yaml")]

    assert found == [f"c.yaml:25: rule 'r' can be decided on no record: {why}"]


LITERALLY = [
    ("x.matches('(')", "matches of '(' has no value: invalid regular expression: missing ): ("),
    ("timestamp('soon') < timestamp(at)", "timestamp of 'soon' has no value: "),
    ("duration('1 day') > duration(t)", "duration of '1 day' has no value: "),
    ("1 / 0 == n", "it divides by zero"),
    ("n / 0 == 1", "it divides by zero"),
]


@pytest.mark.parametrize(("expr", "why"), LITERALLY)
def test_literal_that_leaves_a_rule_without_a_value_is_a_finding(expr: str, why: str) -> None:
    (found,) = lint(with_rule(expr))

    assert found.message.startswith(f"rule 'r' can be decided on no record: {why}")


MAYBE = [
    "x > 0.0 && x * 2 > 1",
    "x * 2.0 > 1.0", "x > 1", "x == 1", "o == null || o * 2 > 1", "o != null && o * 2 > 1", "s == 'rare' || x * 2 > 1",
    "int(t) > 0", "timestamp(t) > timestamp(at)", "duration(t) > duration('1h')", "l[7] == 1", "m['k'] > 1", "m.k > 1",
    "q.any.thing > 1", "has(q.any)", "has(p.x)", "p.x == null", "b", "!b", "l.all(i, i > 1)", "n in l", "'k' in m",
    "s == 1", "t.matches('^a')", "timestamp(at).getFullYear() > 2000", "d > 1.5", "w == '1'", "s > 'a'", "l + [1] == l",
    "1.0 / x > 1.0", "10 / n > 1", "dyn(q).x * 2 > 1", "[x, n][0] == 1", "{'a': x}.a == 1", "n * 2 > 1", "type(x) == double",
    "size(b'a') == 1", "b'a' == b'a' && b",
]  # fmt: skip


@pytest.mark.parametrize("expr", MAYBE)
def test_rule_that_may_be_decided_is_no_finding(expr: str) -> None:
    assert lint(with_rule(expr)) == []


def test_property_that_an_open_contract_does_not_name_may_be_there() -> None:
    text = with_rule("p.z == 1") + b"  - {property: assay.openness, value: open}\n"

    assert lint(text) == []


def rows(contract: Contract) -> list[dict[str, object]]:
    schema, view = json_schema(contract), rule_view(contract.fields, KINDS)
    made = [json.loads(each) for each in samples(schema, 300, Random(1))]
    valid = [each for each in made if validator(schema).is_valid(each)]
    assert view
    assert len(valid) > 50
    insides = [
        {},
        *({"m": {"k": number}, "q": {"z": some}} for number, some in ((0, True), (3, "a"), (2**63 - 1, [1.5]))),
    ]
    return [view(each | inside) for each in valid[:50] for inside in insides]


ROWS = rows(CONTRACT)
LITERALS = (
    "1",
    "2.0",
    "'a'",
    "'1'",
    "null",
    "b'a'",
    "true",
    "[]",
    "0",
    "1u",
    "{'a': 1}",
    "timestamp('2020-01-01T00:00:00Z')",
)
PARTS = st.sampled_from([*KINDS, "p.x", "p.y", "p.z", "q.z", "m.k", "l[0]", "m['k']", *LITERALS])
BINARY = ("+", "-", "*", "/", "%", "==", "!=", "<", ">=", "in", "&&", "||")
CALLS = ("!", "-", "size", "dyn", "int", "uint", "double", "string", "bool", "timestamp", "duration")
METHODS = ("startsWith('a')", "matches('a')", "matches('(')", "getFullYear()", "getHours()", "exists(v, v == 1)")
EXPRESSIONS = st.recursive(
    PARTS,
    lambda part: st.one_of(
        st.builds("({} {} {})".format, part, st.sampled_from(BINARY), part),
        st.builds("{}({})".format, st.sampled_from(CALLS), part),
        st.builds("dyn({}).{}".format, part, st.sampled_from(METHODS)),
        st.builds("({} ? {} : {})".format, part, part, part),
        st.builds("[{}, {}][1]".format, part, part),
    ),
    max_leaves=6,
)


@settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(expr=EXPRESSIONS)
def test_no_rule_that_has_a_value_on_a_valid_record_is_a_finding(expr: str) -> None:
    try:
        condition = Condition(expr, KINDS)
    except RuleSyntaxError:
        return
    if condition.undecided(KINDS) is not None:
        assert [condition.evaluate(row) for row in ROWS] == [None] * len(ROWS)
