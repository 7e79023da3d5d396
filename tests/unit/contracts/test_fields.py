"""Every constraint that ODCS has for a field, held to values on both sides of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.contracts import Contract, Judge
from assay.contracts.moments import moment

FieldContract = Callable[[str], Contract]

DAY = "logicalType: date, logicalTypeOptions: "
TIMESTAMP = "logicalType: timestamp, logicalTypeOptions: "
MONEY = "logicalType: number, physicalType: 'DECIMAL(10,2)'"

ACCEPTED = [
    ("logicalType: string, logicalTypeOptions: {format: byte}", ['""', '"QQ=="', '"QUI="', '"QUJD"']),
    ("logicalType: number, logicalTypeOptions: {format: f32}", ["0", "3.4028235e38", "-1e-50"]),
    ("logicalType: number, logicalTypeOptions: {minimum: -123456789012345678901234567890}", ["-1e29", "0"]),
    ("logicalType: integer, logicalTypeOptions: {maximum: 99999999999999999999}", ["9223372036854775807"]),
    (r"logicalType: string, logicalTypeOptions: {pattern: '\bfoo\b'}", ['"foo"', '"a-foo!"', '"éfoo"']),
    (r"logicalType: string, logicalTypeOptions: {pattern: 'o\Bo|é\Bé'}", ['"foo"', '"éé"']),
    (r"logicalType: string, logicalTypeOptions: {pattern: '^[.]\..$'}", ['"..a"', '"..."', '"..é"', '"..😀"']),
    (MONEY, ['"1"', '"1.5"', '"-12345678.90"', "19.99", "0.07", "99999999.99"]),
    ("logicalType: number, physicalType: 'decimal(38, 4)'", ['"1234567890123456789012345678901234.5678"']),
    (f"{MONEY}, logicalTypeOptions: {{minimum: 0.05, multipleOf: 0.05}}", ['"0.05"', '"1.50"', "1.5", "0.05"]),
    ("logicalType: integer, physicalType: NUMBER(20)", ['"99999999999999999999"', '"-1"']),
    ("logicalType: integer, physicalType: 'DECIMAL(5,0)'", ['"99999"', "-99999"]),
    (DAY + "{format: dd.MM.yyyy}", ['"28.02.2013"', '"29.02.2012"']),
    (DAY + "{minimum: 2013-01-01, exclusiveMaximum: 2014-01-01}", ['"2013-01-01"', '"2013-12-31"']),
    (DAY + "{format: dd.MM.yyyy, minimum: 31.12.2012}", ['"31.12.2012"', '"01.01.2013"']),
    (TIMESTAMP + "{format: 'yyyy-MM-dd HH:mm:ssXXX'}", ['"2013-02-28 12:00:00Z"', '"2013-02-28 12:00:00+05:30"']),
    (TIMESTAMP + "{format: 'yyyyMMdd''T''HHmmss.SSSZ'}", ['"20130228T120000.000+0000"']),
    (TIMESTAMP + "{minimum: '2013-01-01T00:00:00+01:00'}", ['"2012-12-31T23:00:00Z"', '"2013-01-01T00:00:00Z"']),
    (TIMESTAMP + "{timezone: false, maximum: '2013-01-01T00:00:00'}", ['"2013-01-01T00:00:00"']),
    (TIMESTAMP + "{timezone: false}", ['"0000-02-29T00:00:00"', '"9999-12-31T23:59:59.999999999"']),
    (TIMESTAMP + "{timezone: false, defaultTimezone: Europe/Berlin}", ['"2013-03-31T02:30:00"']),
    ("logicalType: time, logicalTypeOptions: {format: 'HH:mm'}", ['"00:00"', '"23:59"']),
    ("logicalType: time, logicalTypeOptions: {exclusiveMinimum: '09:00:00'}", ['"09:00:00.000000001"']),
    (
        "logicalType: time, logicalTypeOptions: {timezone: true, minimum: '09:00:00Z'}",
        ['"09:00:00Z"', '"11:00:00+01:00"'],
    ),
    ("logicalType: object, logicalTypeOptions: {minProperties: 1, maxProperties: 2}", ['{"a":1}', '{"a":1,"b":2}']),
    (
        "logicalType: object, logicalTypeOptions: {required: [a]}, properties: [{name: a, logicalType: string}]",
        ['{"a":"x"}', '{"a":null}'],
    ),
    (
        "logicalType: array, logicalTypeOptions: {minItems: 1, maxItems: 2, uniqueItems: true}",
        ["[1]", "[1,true]"],
    ),
    (
        (
            "logicalType: map, map: {key: {logicalType: string, logicalTypeOptions: {maxLength: 2}}, "
            "value: {logicalType: integer}}"
        ),
        ["{}", '{"ab":1}'],
    ),
    (
        "logicalType: map, map: {key: {logicalType: string}, value: {logicalType: integer, required: false}}",
        ['{"a":null}'],
    ),
]

REFUSED = [
    (
        r"logicalType: string, logicalTypeOptions: {pattern: '\Bfoo'}",
        '"éfoo"',
        "pattern",
        r"a string that matches \Bfoo",
    ),
    *(
        ("logicalType: string, logicalTypeOptions: {pattern: '^.$'}", value, "pattern", "a string that matches ^.$")
        for value in (r'"\r"', r'"\n"', r'"\u2028"', r'"\u2029"')
    ),
    (
        r"logicalType: string, logicalTypeOptions: {pattern: '\bfoo\b'}",
        '"foo_"',
        "pattern",
        r"a string that matches \bfoo\b",
    ),
    ("logicalType: string, logicalTypeOptions: {format: byte}", '"QR=="', "format", "bytes in base64"),
    (
        "logicalType: number, logicalTypeOptions: {format: f32}",
        "3.5e38",
        "exclusiveMaximum",
        "less than 3.4028235677973366e+38",
    ),
    (MONEY, "19.999", "multipleOf", "a multiple of 0.01"),
    (MONEY, "100000000", "exclusiveMaximum", "less than 100000000"),
    (MONEY, '"1.505"', "pattern", r"a string that matches ^-?(0|[1-9][0-9]{0,7})(\.[0-9]{1,2})?$"),
    ("logicalType: number, physicalType: 'DECIMAL(16,2)'", "1.5", "type", "string or null"),
    (f"{MONEY}, logicalTypeOptions: {{minimum: 0.05}}", '"0.04"', "minimum", "at least 0.05"),
    (f"{MONEY}, logicalTypeOptions: {{multipleOf: 0.05}}", '"0.06"', "multipleOf", "a multiple of 0.05"),
    (
        "logicalType: integer, physicalType: NUMBER(20), logicalTypeOptions: {maximum: 99999999999999999998}",
        '"99999999999999999999"',
        "maximum",
        "at most 99999999999999999998",
    ),
    (DAY + "{format: dd.MM.yyyy}", '"29.02.2013"', "format", "a text like 28.02.2013"),
    (DAY + "{format: dd.MM.yyyy}", '"2013-02-28"', "format", "a text like 28.02.2013"),
    (DAY + "{minimum: 2013-01-01}", '"2012-12-31"', "minimum", "at least 2013-01-01"),
    (DAY + "{exclusiveMaximum: 2014-01-01}", '"2014-01-01"', "exclusiveMaximum", "less than 2014-01-01"),
    (DAY + "{format: dd.MM.yyyy, minimum: 31.12.2012}", '"01.01.2012"', "minimum", "at least 31.12.2012"),
    (DAY + "{minimum: 2013-01-01}", '"2012-12-32"', "format", "a date like 2013-02-28"),
    (
        TIMESTAMP + "{minimum: '2013-01-01T00:00:00+01:00'}",
        '"2012-12-31T22:59:59.999999999Z"',
        "minimum",
        "at least 2013-01-01T00:00:00+01:00",
    ),
    (
        TIMESTAMP + "{format: 'yyyy-MM-dd HH:mm:ssXXX'}",
        '"2013-02-28 12:00:00"',
        "format",
        "a text like 2013-02-28 12:00:00Z",
    ),
    ("logicalType: time, logicalTypeOptions: {format: 'HH:mm'}", '"24:00"', "format", "a text like 12:00"),
    ("logicalType: time, logicalTypeOptions: {maximum: '09:00:00'}", '"09:00:00.1"', "maximum", "at most 09:00:00"),
    (
        "logicalType: object, logicalTypeOptions: {minProperties: 1}",
        "{}",
        "minProperties",
        "at least 1 properties",
    ),
    (
        "logicalType: array, logicalTypeOptions: {uniqueItems: true}",
        '[{"a":1},{"a":1}]',
        "uniqueItems",
        "no item twice",
    ),
    (
        (
            "logicalType: map, map: {key: {logicalType: string, logicalTypeOptions: {maxLength: 2}}, "
            "value: {logicalType: integer}}"
        ),
        '{"abc":1}',
        "propertyNames",
        "keys that the contract allows",
    ),
]


@pytest.mark.parametrize(("field", "values"), ACCEPTED)
def test_what_keeps_a_constraint_is_accepted(field_contract: FieldContract, field: str, values: list[str]) -> None:
    judge = Judge(field_contract(field))
    assert [value for value in values if not judge.explain(b'{"x":%b}' % value.encode()).verdict.accepted] == []


@pytest.mark.parametrize(("field", "value", "rule", "expected"), REFUSED)
def test_what_breaks_a_constraint_is_refused_by_its_rule(
    field_contract: FieldContract, field: str, value: str, rule: str, expected: str
) -> None:
    verdict = Judge(field_contract(field)).judge(b'{"x":%b}' % value.encode())
    assert [(each.path, each.rule, each.expected) for each in verdict.violations] == [("/x", rule, expected)]


VALID = "logicalType: string, quality: [{metric: invalidValues, arguments: {validValues: [A, B]}, %s}]"


@pytest.mark.parametrize("line", ["mustBe: 0", "mustBeLessOrEqualTo: 0, unit: percent", "mustBe: 0, severity: error"])
def test_valid_values_are_asked_of_each_record_where_none_may_be_invalid(
    field_contract: FieldContract, line: str
) -> None:
    verdict = Judge(field_contract(VALID % line)).judge(b'{"x":"C"}')
    assert [(each.rule, each.expected) for each in verdict.violations] == [("enum", "one of A, B")]


@pytest.mark.parametrize(
    "line", ["mustBeLessThan: 5", "mustBe: 0, severity: warning", "mustBe: 0, scheduler: cron", "mustNotBe: 0"]
)
def test_valid_values_that_some_records_may_miss_are_no_enum(field_contract: FieldContract, line: str) -> None:
    assert Judge(field_contract(VALID % line)).judge(b'{"x":"C"}').accepted


def test_an_enum_and_valid_values_are_both_asked(field_contract: FieldContract) -> None:
    assert field_contract(VALID % "mustBe: 0" + ", enum: [{value: B}, {value: C}]").fields[0].enum == ("B",)


PATTERNED = "quality: [{metric: invalidValues, arguments: {pattern: '^[A-Z]{2}$'}, %s}]"


@pytest.mark.parametrize("limit", ["mustBe: 0", "mustBeLessOrEqualTo: 0", "mustBe: 0, unit: percent"])
def test_pattern_that_no_record_may_break_is_a_rule_for_each(field_contract: FieldContract, limit: str) -> None:
    contract = field_contract(f"logicalType: string, {PATTERNED % limit}")
    judge = Judge(contract)
    assert judge.judge(b'{"x": "AB"}').accepted
    (violation,) = judge.judge(b'{"x": "abc"}').violations
    assert (violation.rule, violation.expected) == ("pattern", "a string that matches ^[A-Z]{2}$")


@pytest.mark.parametrize("limit", ["mustBe: 1", "mustBe: 0, severity: warning", "mustBe: 0, scheduler: cron"])
def test_pattern_that_some_records_may_break_is_none(field_contract: FieldContract, limit: str) -> None:
    (field,) = field_contract(f"logicalType: string, {PATTERNED % limit}").fields
    assert field.options == {}


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("date", ""),
        ("date", "dd.MM.yyyy"),
        ("timestamp", ""),
        ("timestamp", "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX"),
        ("timestamp", "yyyyMMddHHmmssSSSSSSZ"),
        ("local timestamp", ""),
        ("local timestamp", "dd.MM.yyyy HH 'o''clock' mm ss SSSSSS"),
    ],
)
@given(moment_=st.datetimes())
def test_a_moment_is_read_as_it_was_written(kind: str, form: str, moment_: object) -> None:
    written = moment(kind, form)
    text = str(moment_)[:10] if kind == "date" else str(moment_).replace(" ", "T")
    plain = moment(kind).read(text + "Z" if kind == "timestamp" else text)
    assert plain is not None
    assert written.read(written.write(plain) or "") == plain


def test_a_moment_finer_than_its_form_cannot_be_written() -> None:
    assert moment("time", "HH:mm").write(1) is None


@given(text=st.text(max_size=12))
@pytest.mark.parametrize("kind", ["date", "timestamp", "local timestamp", "time", "offset time"])
def test_reading_a_moment_never_raises(kind: str, text: str) -> None:
    moment(kind).read(text)
