"""Rules in CEL: what they see, and what they may be."""

from __future__ import annotations

import pytest

from assay.contracts import Rule, Violation
from assay.contracts.rules import Condition, RuleSet, RuleSyntaxError, usable_name

NAMES = ["a", "b", "in", "e-mail", "size"]


@pytest.mark.parametrize(
    ("expr", "record", "expected"),
    [
        ("a == null", {}, True),
        ("a == null || b != null", {"a": 1}, False),
        ("a > 1", {"a": 1.5}, True),
        ("a > 1", {}, None),
        ("a + 1 > 0", {"a": 2**63 - 1}, None),
        ("a > 0", {"a": 2**70}, None),
        ("1 / a > 0", {"a": 0}, None),
        ("a.b == 1", {"a": {}}, None),
        ("has(a.b)", {"a": {"b": 1}}, True),
        ("has(a.b)", {"a": {"b": None}}, False),
        ("a.matches('^(a+)+$')", {"a": "a" * 5000 + "b"}, False),
        ("size == 1", {"size": 1}, True),
        ("a", {"a": 1}, None),
    ],
)
def test_condition_is_true_false_or_cannot_be_evaluated(
    expr: str, record: dict[str, object], expected: bool | None
) -> None:
    assert Condition(expr, NAMES).evaluate(record) is expected


@pytest.mark.parametrize(
    ("expr", "message"),
    [
        ("a >", "it does not compile at character 4: Syntax error"),
        ("c == 1", "'c' is not a field of this contract"),
        ("'x'", "it gives string, not true or false"),
        ("in == 1", "CEL cannot take the field 'in' as a name; rename the field to use it in a rule"),
        ("e-mail == 1", "CEL cannot take the field 'e-mail' as a name"),
        ("min(in) == 1", "CEL cannot take the field 'in' as a name"),
        ("(" * 40 + "a > 1" + ")" * 40, "it nests deeper than CEL allows"),
        ("", "it does not compile"),
    ],
)
def test_expression_that_is_no_condition_says_why(expr: str, message: str) -> None:
    with pytest.raises(RuleSyntaxError, match=message):
        Condition(expr, NAMES)


@pytest.mark.parametrize("name", ["in", "as", "type", "null", "true", "int", "if", "e-mail", "é", "1a", ""])
def test_reserved_name_is_not_usable(name: str) -> None:
    assert not usable_name(name)


def test_each_broken_rule_is_told_and_no_other() -> None:
    rules = [Rule("one", "a > 0", "a is positive"), Rule("two", "b > 0"), Rule("three", "a > 5 // a comment")]
    broken = RuleSet(rules, NAMES).broken({"a": 1})
    assert broken == [
        Violation("", "two", "b > 0", "could not be evaluated"),
        Violation("", "three", "a > 5 // a comment", "not true"),
    ]


def test_rules_hold_when_each_is_true_of_the_fields_that_they_read() -> None:
    rules = RuleSet([Rule("one", "b > 0"), Rule("two", "a == null || a < b")], NAMES)
    assert rules.names == ("a", "b")
    assert rules.holds({"a": 1, "b": 2})
    assert not rules.holds({"b": 0})
    assert not rules.holds({"a": "x", "b": 2})
    assert RuleSet([], NAMES).holds({})


def test_rules_too_deep_to_join_are_still_held() -> None:
    rules = [Rule(f"r{number}", "(" * 32 + "a > 5" + ")" * 32) for number in range(3)]
    assert [violation.rule for violation in RuleSet(rules, NAMES).broken({"a": 1})] == ["r0", "r1", "r2"]
    assert RuleSet(rules, NAMES).broken({"a": 6}) == []


def test_rule_over_an_unavailable_field_is_not_held_against_the_record() -> None:
    rules = [Rule("one", "a > 0"), Rule("two", "b > 0")]
    broken = RuleSet(rules, NAMES).broken({}, frozenset({"a"}))
    assert [violation.rule for violation in broken] == ["two"]


@pytest.mark.parametrize(
    ("expr", "record", "expected"),
    [
        ("a > 0 || b > 0", {"b": 1}, True),
        ("a > 0 && b > 0", {"b": 0}, False),
        ("a && b", {"a": "x", "b": True}, None),
        ("a == 1", {"a": 1.0}, True),
        ("a == 1", {"a": True}, False),
        ("a < b", {"a": 2**53 + 1, "b": 2.0**53}, False),
        ("a > 0", {"a": 2**63}, True),
        ("a + 1 > 0", {"a": 2**63}, None),
        ("-a > 0", {"a": -(2**63)}, None),
        ("a / -1 > 0", {"a": -(2**63)}, None),
        ("a / 2 == -3 && a % 2 == -1", {"a": -7}, True),
        ("a / 0.0 > 1.0", {"a": 1.0}, True),
        ("a in [1.0, 'x']", {"a": 1}, True),
        ("'x' in a", {"a": {"x": None}}, True),
        ("has(a.b)", {}, None),
        ("a[0] == 5", {"a": [5]}, True),
        ("a[-1] == 5", {"a": [5]}, None),
        ("a.all(x, x > 1)", {"a": ["x", 0]}, False),
        ("a.all(x, x > 1)", {"a": ["x", 5]}, None),
        ("a.exists(x, x > 1)", {"a": ["x", 5]}, True),
        ("a.exists_one(x, x > 1)", {"a": ["x", 5]}, None),
        ("a.all(a, a.all(a, a > 1))", {"a": [[2], [3]]}, True),
        ("a.filter(x, x > 1).map(x, x * 2) == [4]", {"a": [1, 2]}, True),
        ("a.all(x, b > 0)", {"a": [1], "b": None}, None),
        ("size(a) == 2", {"a": "é😀"}, True),
        ("a.matches('^x$')", {"a": "x\n"}, False),
        (
            "timestamp(a) - timestamp(b) > duration('24h')",
            {"a": "2020-01-02T00:00:01Z", "b": "2020-01-01T00:00:00Z"},
            True,
        ),
        ("timestamp(a).getHours('Europe/Berlin') == 5", {"a": "2020-07-02T03:04:05Z"}, True),
        ("type(a) == int && type(b) == double", {"a": 1, "b": 1.0}, True),
        ("google.protobuf.Int64Value{value: 1} == a", {"a": 1}, True),
    ],
)
def test_closure_knows_each_trap(expr: str, record: dict[str, object], expected: bool | None) -> None:
    assert Condition(expr, NAMES).evaluate(record) is expected


@pytest.mark.parametrize(
    ("expr", "record"),
    [
        ("a.all(x, a.all(y, x + y >= 0))", {"a": list(range(10_000))}),
        ("a.all(x, a.all(y, y >= 0)) || true", {"a": list(range(10_000))}),
        ("a.all(x, b.matches('(x|y)*z') || true)", {"a": list(range(10_000)), "b": "x" * 100_000}),
        ("a.all(x, a == a)", {"a": list(range(10_000))}),
        ("[b]" + ".map(x, x + x)" * 24 + " == []", {"b": "x" * 100_000}),
    ],
)
def test_rule_that_asks_for_too_much_work_is_not_evaluated(expr: str, record: dict[str, object]) -> None:
    assert Condition(expr, NAMES).evaluate(record) is None


def test_loop_over_what_no_closure_is_made_for_is_refused() -> None:
    with pytest.raises(RuleSyntaxError, match="which no bound is known for"):
        Condition("a.all(x, google.protobuf.Int64Value{value: 1} == x)", NAMES)


def test_rule_names_the_fields_it_reads_and_no_word_besides() -> None:
    assert Condition("'a' == b && [1].all(size, size > 0)", NAMES).names == ("b",)
