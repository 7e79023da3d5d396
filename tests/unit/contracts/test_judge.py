"""The judge of bare records: verdicts at the edges of JSON and of the schema."""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.contracts import Contract, Judge, Judged, Reason, Verdict, Violation
from assay.contracts.judge import NO_ROW
from assay.contracts.verdict import MAX_VIOLATIONS

GOOD = {"id": "a", "at": "2013-01-01T10:00:00Z", "amount": 1}
FieldContract = Callable[[str], Contract]


def one(contract: Contract, changes: dict[str, object]) -> Violation:
    verdict = Judge(contract).judge(orjson.dumps(GOOD | changes))
    assert len(verdict.violations) == 1
    return verdict.violations[0]


def accepts(contract: Contract, text: str) -> bool:
    return Judge(contract).judge(b'{"x": %s}' % text.encode()).accepted


def test_good_record_is_accepted(orders: Contract) -> None:
    assert Judge(orders).judge(orjson.dumps(GOOD)).accepted


@pytest.mark.parametrize("value", [{"state": None}, {"tags": ["a"]}, {"place": {"zip": "1"}}, {"note": ""}])
def test_optional_field_may_be_null_absent_or_there(orders: Contract, value: dict[str, object]) -> None:
    assert Judge(orders).judge(orjson.dumps(GOOD | value)).accepted


def test_null_in_a_required_field_is_a_violation(orders: Contract) -> None:
    assert one(orders, {"amount": None}) == Violation("/amount", "required", "present and not null", "null")


def test_absent_required_field_is_a_violation_at_its_path(orders: Contract) -> None:
    record = orjson.dumps({"id": "a", "at": "2013-01-01T10:00:00Z"})
    violation = Violation("/amount", "required", "present and not null", "absent")
    assert Judge(orders).judge(record).violations == (violation,)


def test_unknown_property_is_a_violation_at_its_path(orders: Contract) -> None:
    assert one(orders, {"a/b": "x"}) == Violation(
        "/a~1b", "additionalProperties", "no such property", "string of 1 character"
    )


MAP = "logicalType: map, map: {key: {logicalType: string%s}, value: {logicalType: integer%s}}%s"
SECRET = ", classification: confidential"


@pytest.mark.parametrize(
    ("field", "path"),
    [
        (MAP % ("", "", ""), "/x/anna@home.example"),
        (MAP % ("", "", ", classification: public"), "/x/anna@home.example"),
        (MAP % ("", "", SECRET), "/x/*"),
        (MAP % (SECRET, "", ""), "/x/*"),
        (MAP % ("", SECRET, ""), "/x/*"),
    ],
)
def test_keys_of_a_classified_map_are_not_shown(field_contract: FieldContract, field: str, path: str) -> None:
    verdict = Judge(field_contract(field)).judge(b'{"x": {"anna@home.example": "x"}}')
    assert [each.path for each in verdict.violations] == [path]


def test_map_inside_what_is_classified_hides_its_keys_and_no_other_part(field_contract: FieldContract) -> None:
    inside = MAP % ("", "", "")
    parts = f"[{{name: a/b, logicalType: array, items: {{name: i, {inside}}}}}]"
    contract = field_contract(f"logicalType: object{SECRET}, properties: {parts}")
    verdict = Judge(contract).judge(b'{"x": {"a/b": [{"anna": "x"}]}, "y": 1}')
    assert sorted(each.path for each in verdict.violations) == ["/x/a~1b/0/*", "/y"]


def test_open_contract_takes_unknown_properties(changed_orders: Callable[..., Contract]) -> None:
    contract = changed_orders(("customProperties:", "customProperties:\n  - {property: assay.openness, value: open}"))
    assert Judge(contract).judge(orjson.dumps(GOOD | {"more": {"of": [1]}})).accepted


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"amount": "12"}, Violation("/amount", "type", "integer", "string of 2 characters, a whole number")),
        ({"amount": True}, Violation("/amount", "type", "integer", "boolean")),
        ({"amount": -1}, Violation("/amount", "minimum", "at least 0", "integer")),
        (
            {"amount": 2**63},
            Violation("/amount", "maximum", "at most 9223372036854775807", "integer, 1 to 2 times the limit"),
        ),
        ({"id": "123456789"}, Violation("/id", "maxLength", "at most 8 characters", "string of 9 characters")),
        ({"state": "OLD"}, Violation("/state", "enum", "one of NEW, PAID", "string of 3 characters")),
        ({"state": 3}, Violation("/state", "type", "string or null", "integer")),
        ({"code": "AB\n"}, Violation("/code", "pattern", "a string that matches ^[A-Z]{3}$", "string of 3 characters")),
        (
            {"at": "2013-02-30T10:00:00Z"},
            Violation("/at", "format", "a timestamp like 2013-02-28T12:00:00Z", "string of 20 characters"),
        ),
        (
            {"at": "yesterday"},
            Violation("/at", "format", "a timestamp like 2013-02-28T12:00:00Z", "string of 9 characters"),
        ),
        ({"tags": ["a", None]}, Violation("/tags/1", "required", "present and not null", "null")),
        ({"place": {}}, Violation("/place/zip", "required", "present and not null", "absent")),
    ],
)
def test_violation_names_path_rule_and_shape(orders: Contract, changes: dict[str, object], expected: Violation) -> None:
    assert one(orders, changes) == expected


def test_broken_rule_is_reported_by_its_id(changed_orders: Callable[..., Contract]) -> None:
    verdict = Judge(changed_orders()).judge(orjson.dumps(GOOD | {"state": "PAID", "amount": 0}))
    assert verdict.reason is Reason.RULE
    assert verdict.violations == (Violation("", "paid_positive", "state != 'PAID' || amount > 0", "not true"),)


def test_rule_that_cannot_be_evaluated_is_a_violation(changed_orders: Callable[..., Contract]) -> None:
    contract = changed_orders(("state != 'PAID' || amount > 0", "code.size() > 0"))
    verdict = Judge(contract).judge(orjson.dumps(GOOD))
    assert verdict.violations == (Violation("", "paid_positive", "code.size() > 0", "could not be evaluated"),)


def test_schema_is_told_before_rules(orders: Contract) -> None:
    verdict = Judge(orders).judge(orjson.dumps(GOOD | {"state": "PAID", "amount": 0, "code": 1}))
    assert verdict.reason is Reason.SCHEMA


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b"", "no JSON: nothing in it"),
        (b"{", "no JSON: cut off"),
        (b"[]", "array of 0 items"),
        (b"null", "null"),
        (b'{"amount": NaN}', "no JSON: a number that JSON does not have"),
        (b'{"id": "\\ud800"}', "no JSON"),
        (b'{"id": "\xff"}', "no JSON: not UTF-8"),
        (b"\xef\xbb\xbf{}", "no JSON: a byte order mark before it"),
        ('{"id": "a"}'.encode("utf-16"), "no JSON: UTF-16"),
        (b'{"tags": ' + b"[" * 100 + b"]" * 100 + b"}", "more than 64 levels"),
        (b'{"tags": ' + b"[" * 9000 + b"]" * 9000 + b"}", "no JSON"),
        (b'{"amount": ' + b"1" * 10**6 + b"}", "no JSON"),
    ],
)
def test_what_is_no_object_is_malformed(orders: Contract, value: bytes, found: str) -> None:
    verdict = Judge(orders).judge(value)
    assert verdict.reason is Reason.MALFORMED
    assert verdict.violations == (Violation("", "json", "a JSON object", found),)


def test_too_large_is_told_before_anything_else(orders: Contract) -> None:
    verdict = Judge(orders).judge(b"x" * (5 * 1024 * 1024))
    assert verdict.reason is Reason.TOO_LARGE
    assert verdict.violations == (Violation("", "maxRecordBytes", "at most 1048576 bytes", "5242880 bytes"),)


def test_at_most_sixteen_violations_are_told(orders: Contract) -> None:
    verdict = Judge(orders).judge(orjson.dumps(GOOD | {f"u{number}": 1 for number in range(500)}))
    assert len(verdict.violations) == MAX_VIOLATIONS


def test_record_of_very_many_values_tells_the_first_violation_only(orders: Contract) -> None:
    verdict = Judge(orders).judge(orjson.dumps(GOOD | {"tags": [1] * 9_000}))
    assert verdict.violations == (Violation("/tags/0", "type", "string", "integer"),)


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("logicalType: integer", ["1", "1.0", "1e2", "-0"], ["1.5", '"1"', "true", "18446744073709551617"]),
        ("logicalType: integer, logicalTypeOptions: {format: i8}", ["127"], ["128"]),
        ("logicalType: integer, logicalTypeOptions: {format: u64}", ["18446744073709551615"], ["-1"]),
        ("logicalType: number, logicalTypeOptions: {multipleOf: 0.01}", ["19.99"], ["19.999"]),
        ("logicalType: number, logicalTypeOptions: {exclusiveMaximum: 5.0}", ["4.9"], ["5", "5.0"]),
        ("logicalType: integer, enum: [{value: 1}]", ["1", "1.0", "null"], ["true", "2"]),
        ("logicalType: string, logicalTypeOptions: {format: uuid}", [], ['"00000000000000000000000000000000"']),
        ("logicalType: string, logicalTypeOptions: {format: email}", ['"a@b.example"'], ['"joe..x@b.example"']),
        ("logicalType: string, logicalTypeOptions: {pattern: '^\\d$'}", ['"1"'], ['"\u0661"']),
        ("logicalType: string, logicalTypeOptions: {pattern: '^\\p{Lu}$'}", ['"Ä"'], ['"a"']),
        ("logicalType: string, logicalTypeOptions: {pattern: '^(a+)+$'}", ['"aa"'], ['"' + "a" * 50_000 + 'b"']),
        ("logicalType: string, logicalTypeOptions: {maxLength: 1}", ['"\U0001f600"'], ['"ab"']),
        ("logicalType: date", ['"2012-02-29"'], ['"2013-02-29"', '"2013-2-1"', '"20130201"']),
        ("logicalType: time", ['"10:00:00"'], ['"10:00:00Z"', '"24:00:00"', '"10:00"']),
        ("logicalType: time, logicalTypeOptions: {timezone: true}", ['"10:00:00Z"'], ['"10:00:00"']),
        (
            "logicalType: timestamp",
            ['"2016-12-31T23:59:60Z"', '"0000-01-01T00:00:00Z"', '"2013-01-01t10:00:00.5+05:30"'],
            ['"2013-01-01 10:00:00Z"', '"2013-01-01T10:00:00+0000"', '"2013-01-01T10:00:00"', '"1356998400"', "1"],
        ),
        (
            "logicalType: timestamp, logicalTypeOptions: {timezone: false}",
            ['"2012-02-29T10:00:00"'],
            ['"2013-02-29T10:00:00"', '"2013-02-28T10:00:00Z"'],
        ),
        ("logicalType: array, logicalTypeOptions: {uniqueItems: true}", ["[1, 2]"], ["[1, 1]", "{}"]),
        ("logicalType: array", ["[1, null]"], ["[" + ",".join("1" * 10_001) + "]"]),
        ("logicalType: object", ["{}", '{"a": 1}'], ["[]"]),
        ("logicalType: object, logicalTypeOptions: {minProperties: 1}", ['{"a": 1}'], ["{}"]),
    ],
)
def test_type_takes_and_refuses(field_contract: FieldContract, field: str, good: list[str], bad: list[str]) -> None:
    contract = field_contract(field)
    assert [text for text in good if not accepts(contract, text)] == []
    assert [text for text in bad if accepts(contract, text)] == []


@given(place=st.integers(0, 18), other=st.sampled_from(string.printable.strip() + " \u0663"))
def test_timestamp_with_an_edited_character_keeps_rfc_3339(
    field_contract: FieldContract, place: int, other: str
) -> None:
    good = "2013-01-11T11:11:11Z"
    edited = good[:place] + other + good[place + 1 :]
    is_digits = re.fullmatch(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\dZ", edited, re.ASCII)
    judge = Judge(field_contract("logicalType: timestamp"))
    assert bool(is_digits) or not judge.judge(orjson.dumps({"x": edited})).accepted


def test_digits_are_digits_in_every_kind_of_time(field_contract: FieldContract) -> None:
    for kind, good in (("date", "2013-01-11"), ("time", "11:11:11"), ("timestamp", "2013-01-11T11:11:11Z")):
        contract = field_contract(f"logicalType: {kind}")
        for place in (place for place, character in enumerate(good) if character.isdigit()):
            for other in "*+,-./":
                assert not accepts(contract, f'"{good[:place]}{other}{good[place + 1 :]}"')


@given(st.binary(max_size=300))
def test_judge_never_raises_for_bytes(orders: Contract, value: bytes) -> None:
    assert Judge(orders).judge(value).reason is not Reason.ENGINE


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["id", "at", "amount", "state", "code", "paid", "note", "tags", "place", "unknown"])


@given(st.dictionaries(NAMES, JSON, max_size=10), st.booleans())
def test_judge_gives_a_reason_or_accepts_any_object(
    orders: Contract, changes: dict[str, object], is_near: bool
) -> None:
    verdict = Judge(orders).judge(orjson.dumps(GOOD | changes if is_near else changes))
    assert verdict.reason in (None, Reason.SCHEMA, Reason.RULE)
    assert verdict.accepted != bool(verdict.violations)


@given(st.text(alphabet=string.ascii_letters, min_size=12, max_size=20))
def test_no_value_of_the_record_is_told(orders: Contract, secret: str) -> None:
    record = dict.fromkeys(GOOD, secret) | {"state": secret, "code": secret, "place": [secret]}
    verdict = Judge(orders).judge(orjson.dumps(record))
    assert not verdict.accepted
    assert secret not in str(verdict)


def test_engine_that_fails_is_a_reason(orders: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    judge = Judge(orders)
    monkeypatch.setattr(judge, "_rules", None)
    verdict = judge.judge(orjson.dumps(GOOD))
    assert verdict.reason is Reason.ENGINE
    assert verdict.violations == (Violation("", "engine", "a verdict", "AttributeError"),)


def test_a_tombstone_is_accepted_where_a_key_says_what_it_deletes(orders: Contract) -> None:
    judge = Judge(orders)
    assert judge.screen([None]) == [judge.explain(None)]
    assert judge.explain(None) == Judged(Verdict(), None, NO_ROW)


def test_a_tombstone_that_deletes_nothing_is_malformed(orders: Contract) -> None:
    keyless = Judge(replace(orders, key=()))
    assert keyless.screen([None]) == [None]
    assert keyless.judge(None).violations == (Violation("", "json", "a JSON object", "nothing"),)
