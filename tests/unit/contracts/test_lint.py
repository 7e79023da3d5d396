"""Lint: one clear line for each thing that is wrong, at the line where it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.contracts import ContractError, lint, load

TYPES = "string, integer, number, boolean, date, timestamp, time, object, array, map"
OPERATORS = (
    "mustBe, mustNotBe, mustBeGreaterThan, mustBeGreaterOrEqualTo, mustBeLessThan, mustBeLessOrEqualTo, "
    "mustBeBetween, mustNotBeBetween"
)

STANDARD = [
    ("status: active", "staus: active", "5: unknown key 'staus'; did you mean 'status'?"),
    ("status: active", "frobnicate: 1", "5: unknown key 'frobnicate'; take it out"),
    ("version: 1.0.0", "version: 1.0", "4: 'version' must be of type string; put it in quotes"),
    ("maxLength: 8", "maxLength: 8.0", "9: 'maxLength' is a whole number; write 8, not 8.0"),
    ("kind: direct", "partitions: 3e0", "23: 'partitions' is a whole number; write 3, not 3.0"),
    ("version: 1.0.0", "version: one", "4: 'one' is no version; write it like 1.0.0"),
    ("id: orders\nversion", "version", "1: key 'id' is missing; add it"),
    (
        "id: orders\nversion",
        "id: my orders\nversion",
        "3: the id becomes part of topic names; use letters, digits, `.`, `_` and `-`",
    ),
    (
        "apiVersion: v3.2.0",
        "apiVersion: v2.2.2",
        (
            "1: this version of the standard is not read; convert it to ODCS v3 first, for example with "
            "`datacontract export --format odcs`"
        ),
    ),
    (
        "apiVersion: v3.2.0",
        "apiVersion: v3.9.0",
        "1: apiVersion 'v3.9.0' is not known; write one of v3.2.0, v3.1.0, v3.0.2, v3.0.1, v3.0.0",
    ),
    (
        "  - name: order\n",
        "  - name: other\n  - name: order\n",
        "6: a contract describes one kind of record; 2 objects are here",
    ),
]

FIELDS = [
    (
        "logicalType: timestamp",
        "logicaltype: timestamp",
        "10: property 'at' has no logicalType; did you mean it by 'logicaltype'?",
    ),
    (
        "logicalType: timestamp, ",
        "",
        "10: property 'at' has no logicalType; write one, like `logicalType: string`",
    ),
    (
        "logicalType: boolean",
        "logicalType: vector, logicalTypeOptions: {dimensions: 3}",
        f"14: 'paid' has the logicalType vector, which cannot be judged; write one of {TYPES}",
    ),
    ("maxLength: 8", "maxLenght: 8", "9: unknown key 'maxLenght'; did you mean 'maxLength'?"),
    ("maxLength: 8", "maxItems: 8", "9: unknown key 'maxItems'; take it out"),
    ("minimum: 0", "minimum: low", "11: 'minimum' must be of type number"),
    ("minimum: 0", "minimum: 5, maximum: 2", "11: 'amount': minimum is above maximum; no value can keep both"),
    (
        "^[A-Z]{3}$",
        "(?=a)",
        "13: 'code': the pattern is not a regular expression that takes linear time (no look-around, no back-references)",
    ),
    ("{maxLength: 8}", "{format: uid}", "9: 'id': the format 'uid' is not checked; did you mean 'uuid'?"),
    (
        "{minimum: 0}",
        "{format: i128}",
        (
            "11: 'amount': a JSON number cannot carry i128; use i64, u64, or `physicalType: DECIMAL(38,0)`, which is "
            "written as text"
        ),
    ),
    ("{value: PAID}", "{value: 3}", "12: 3 is not a string that 'state' may have; quote it or take it out"),
    (
        "name: paid, logicalType: boolean",
        "name: paid, logicalType: integer, quality: [{metric: invalidValues, mustBe: 0, arguments: {validValues: [x]}}]",
        "14: 'x' is not an integer that 'paid' may have; quote it or take it out",
    ),
    (
        "enum: [{value: NEW}, {value: PAID}]",
        "enum: [{value: NEW}], quality: [{metric: invalidValues, mustBe: 0, arguments: {validValues: [OLD]}}]",
        "12: 'state': its enum and its quality lines have no value in common; join them",
    ),
    (
        "name: paid, logicalType: boolean",
        "name: paid, logicalType: integer, quality: [{metric: invalidValues, mustBe: 0, arguments: {pattern: a}}]",
        "14: 'paid': a pattern is for text, not for an integer; list its validValues, or write a rule",
    ),
    (
        "maxLength: 8}",
        "pattern: a}, quality: [{metric: invalidValues, mustBe: 0, arguments: {pattern: b}}]",
        "9: 'id' has another pattern already; keep one, or write a rule",
    ),
    (
        "maxLength: 8}",
        "maxLength: 8}, quality: [{metric: invalidValues, mustBe: 0, arguments: {pattern: '(?=a)'}}]",
        "9: 'id': the pattern is not a regular expression that takes linear time (no look-around, no back-references)",
    ),
    (
        "logicalType: boolean",
        "logicalType: boolean, unique: true",
        "14: 'paid': no record is held to `unique`, for that takes all the others; take it out",
    ),
    ("name: paid", "name: ID", "14: property 'ID' is here twice (case does not count)"),
    ("name: paid", "name: _paid", "14: '_paid' is a name that Assay adds to records; choose another"),
    (
        "required: true, primaryKey",
        "primaryKey",
        "9: 'id' is part of the key and may be missing; add `required: true`",
    ),
]

FOREIGN = [
    ("(?i)abc", "(?i)"),
    ("a(?x) b", "(?x)"),
    (r"\\Aabc", r"\A"),
    (r"abc\\z", r"\z"),
    ("a++b", "++"),
    ("[a-z]*+", "*+"),
    ("a{2,3}+", "{2,3}+"),
    (r"\\x{41}", r"\x{"),
    (r"\\pL", r"\pL"),
    (r"(?P<n>a)", "(?P<"),
    (r"\\<a", r"\<"),
    (r"\\b{start}a", r"\b{"),
]

NOT_WRITTEN_SO = "is not written as its values are, like"
OPTIONS = [
    ("integer, logicalTypeOptions: {format: u8, minimum: 300}", "the bounds leave no value; widen them"),
    ("integer, logicalTypeOptions: {minimum: 3, exclusiveMaximum: 3}", "the bounds leave no value; widen them"),
    ("integer, logicalTypeOptions: {minimum: 18446744073709551616}", "the bounds leave no value; widen them"),
    (
        "array, logicalTypeOptions: {minItems: 20000}",
        "minItems is above 10000, the most without maxItems; write maxItems",
    ),
    ("integer, physicalType: 'DECIMAL(10,2)'", "an integer has no digits after the point; write `logicalType: number`"),
    (
        "number, physicalType: 'DECIMAL(10)'",
        "a number without digits after the point is an integer; write `logicalType: integer`",
    ),
    ("number, physicalType: 'NUMERIC(50,2)'", "a decimal has 1 to 38 digits, and no more of them after the point"),
    (
        "number, physicalType: 'DECIMAL(10,2)', logicalTypeOptions: {format: f64}",
        "its size is DECIMAL(10,2) already; take `format` out",
    ),
    (
        "number, physicalType: 'DECIMAL(10,2)', enum: [{value: '1.50'}]",
        "a decimal has more than one spelling; list its values in a rule, not in an enum",
    ),
    (
        "string, logicalTypeOptions: {format: date-time}",
        "write `logicalType: timestamp` instead of the format 'date-time'",
    ),
    ("string, logicalTypeOptions: {format: uuid, maxLength: 35}", "a uuid has 36 characters; take maxLength out"),
    ("string, logicalTypeOptions: {format: uuid, minLength: 37}", "a uuid has 36 characters; take minLength out"),
    (
        (
            "object, logicalTypeOptions: {maxProperties: 1}, properties: [{name: a, logicalType: string, required: true}, "
            "{name: b, logicalType: string, required: true}]"
        ),
        "maxProperties is below 2, the number of required properties; no value can keep both",
    ),
    (
        (
            "object, logicalTypeOptions: {maxProperties: 1, required: [a, b]}, "
            "properties: [{name: a, logicalType: string, required: true}, {name: b, logicalType: string}]"
        ),
        "maxProperties is below 2, the number of required properties; no value can keep both",
    ),
    (
        "object, logicalTypeOptions: {minProperties: 2}, properties: [{name: a, logicalType: string}]",
        "minProperties is above 1, the number of its properties; no value can keep both",
    ),
    (
        "number, physicalType: 'DECIMAL(5,2)', logicalTypeOptions: {minimum: 1000}",
        "the bounds leave no value; widen them",
    ),
    (
        "number, physicalType: 'DECIMAL(5,2)', logicalTypeOptions: {exclusiveMaximum: -999.99}",
        "the bounds leave no value; widen them",
    ),
    (
        "number, physicalType: 'DECIMAL(5,2)', logicalTypeOptions: {minimum: 0.001, maximum: 0.009}",
        "the bounds leave no value; widen them",
    ),
    (
        "number, physicalType: 'DECIMAL(5,2)', logicalTypeOptions: {multipleOf: 0.5, minimum: 0.1, maximum: 0.4}",
        "the bounds leave no value; widen them",
    ),
    (
        "number, physicalType: 'DECIMAL(5,2)', logicalTypeOptions: {multipleOf: 0.005}",
        "multipleOf is finer than a decimal with 2 digits after the point; write a multiple of 0.01",
    ),
    (
        "integer, logicalTypeOptions: {exclusiveMinimum: 1, exclusiveMaximum: 2}",
        "the bounds leave no value; widen them",
    ),
    ("integer, logicalTypeOptions: {multipleOf: 5, minimum: 6, maximum: 9}", "the bounds leave no value; widen them"),
    ("number, physicalType: 'DECIMAL(5,-2)'", "'DECIMAL(5,-2)' is no size of a decimal; write it like DECIMAL(10,2)"),
    ("integer, physicalType: 'numeric(x)'", "'numeric(x)' is no size of a decimal; write it like DECIMAL(10,2)"),
    (
        "date, logicalTypeOptions: {format: dd.MM.yy}",
        "the format 'dd.MM.yy': the letters 'yy' are not read; use yyyy, MM, dd, HH, mm, ss, S, XXX, Z",
    ),
    ("date, logicalTypeOptions: {format: dd.MM}", "the format 'dd.MM': a date needs yyyy, MM and dd"),
    (
        "timestamp, logicalTypeOptions: {format: 'yyyy-MM-dd HH:mm'}",
        "the format 'yyyy-MM-dd HH:mm': it has no offset; add XXX, or write `timezone: false`",
    ),
    (
        "time, logicalTypeOptions: {format: 'HH:mmXXX'}",
        "the format 'HH:mmXXX': it has an offset; write `timezone: true`, or take it out",
    ),
    (
        "time, logicalTypeOptions: {format: mm}",
        "the format 'mm': it needs HH, and no finer part without the one before",
    ),
    (
        "date, logicalTypeOptions: {format: 'yyyy-MM-dd HH'}",
        "the format 'yyyy-MM-dd HH': a date has no time of the day; write `logicalType: timestamp`",
    ),
    ("date, logicalTypeOptions: {minimum: 2013-02-30}", f"'2013-02-30' {NOT_WRITTEN_SO} 2013-02-28"),
    (
        "date, logicalTypeOptions: {format: dd.MM.yyyy, maximum: 2013-02-28}",
        f"'2013-02-28' {NOT_WRITTEN_SO} 28.02.2013",
    ),
    (
        "date, logicalTypeOptions: {minimum: 2013-01-01, exclusiveMaximum: 2013-01-01}",
        "the bounds leave no value; widen them",
    ),
    ("timestamp, logicalTypeOptions: {minimum: 2013-02-28}", f"'2013-02-28' {NOT_WRITTEN_SO} 2013-02-28T12:00:00Z"),
    (
        "time, logicalTypeOptions: {minimum: '18:00:00', maximum: '06:00:00'}",
        "the bounds leave no value; widen them",
    ),
    (
        "timestamp, logicalTypeOptions: {defaultTimezone: Europe/Berlin}",
        "it is for values without an offset; write `timezone: false` with it, or take it out",
    ),
    (
        "timestamp, logicalTypeOptions: {timezone: false, defaultTimezone: Europe/Berln}",
        "'Europe/Berln' is not an IANA time zone; did you mean 'Europe/Berlin'?",
    ),
    (
        "object, logicalTypeOptions: {required: [zap]}, properties: [{name: zip, logicalType: string}]",
        "'zap' is not a property of it; name one",
    ),
    ("boolean, logicalTypeOptions: {minimum: 1}", "a boolean has no options; take it out"),
    (
        "map, map: {key: {logicalType: integer}, value: {logicalType: integer}}",
        "the keys of a map are text; write `logicalType: string`",
    ),
]

PROMISES = [
    (
        "metric: nullValues",
        "metric: duplicateValues",
        "18: a window cannot be measured by duplicateValues; use one of nullValues, missingValues, invalidValues, rowCount",
    ),
    (
        "metric: nullValues",
        "metric: missingValues",
        "18: missingValues needs a list `arguments: {missingValues: [...]}`",
    ),
    (
        "schedule: P1D",
        "schedule: PT7M",
        "18: 'PT7M' is no window; write P1D for a day, or minutes or hours that divide one, like PT5M",
    ),
    ("unit: percent", "unit: percents", "18: unknown unit 'percents'; use rows or percent"),
    ("mustBeLessThan: 5", "mustBeLessThan: 500", "18: mustBeLessThan is above 100 %"),
    ("mustBeLessThan: 5", "mustBe: none", "18: mustBe must be a number, 0 or more"),
    ("mustBeLessThan: 5, ", "", f"18: a quality line has exactly one of {OPERATORS}"),
    ("assay.window", "assay.windows", "18: unknown scheduler 'assay.windows'; did you mean 'assay.window'?"),
    (
        'support: [{channel: "#orders"}]\n',
        "",
        "18: a promise needs someone to tell when it is broken; add a channel under `support`",
    ),
]

VOCABULARY = [
    ("assay.eventTime", "assay.evenTime", "24: unknown name 'assay.evenTime'; did you mean 'assay.eventTime'?"),
    ("assay.eventTime", "asay.eventTime", "24: unknown name 'asay.eventTime'; did you mean 'assay.eventTime'?"),
    (
        "assay.eventTime",
        "assay.unit",
        "24: 'assay.unit' belongs to a property, not to a contract; move it to the customProperties there",
    ),
    ("assay.eventTime", "assay.timezone", "25: 'assay.timezone' is here twice; keep one"),
    ("value: at", "value: att", "24: the event time 'att' is not a property of the record; did you mean 'at'?"),
    ("value: at", "value: amount", "24: the event time 'amount' has the type integer; it must be a timestamp or date"),
    (
        "timestamp, required: true",
        "timestamp",
        "24: the event time 'at' may be missing; add `required: true` to the property",
    ),
    (
        "timestamp, required: true",
        "timestamp, required: true, logicalTypeOptions: {format: yyyyMMddHHmmssXXX}",
        "24: the event time 'at' is written as RFC 3339; take `format` out of the property",
    ),
    ("Europe/Berlin", "Europe/Berln", "25: 'Europe/Berln' is not an IANA time zone; did you mean 'Europe/Berlin'?"),
    ("kind: direct", "knd: direct", "23: unknown key 'knd'; did you mean 'kind'?"),
    ("kind: direct", "kind: direkt", "23: 'kind' is 'direkt', not one of direct, cdc; did you mean 'direct'?"),
    (
        "kind: direct",
        "validated: x, deadLetters: x",
        "23: topic 'x' is both validated and deadLetters; give each its own",
    ),
    ("kind: direct", "raw: assay.audit", "23: topic 'assay.audit' is not for contracts; rename it"),
    (
        "kind: direct",
        "retention: {raw: P1D}",
        "23: raw records must be kept at least as long as dead letters, so that each can be traced",
    ),
    (
        "kind: direct",
        "retention: {raw: 1 day}",
        "23: 'raw' is '1 day'; it must be a duration like P7D or PT12H",
    ),
    ("kind: direct", "partitions: 0", "23: 'partitions' must be at least 1"),
    ("id, amount]", "id, amunt]", "26: consumer 'dwh' reads 'amunt', which is not a property; did you mean 'amount'?"),
    ('contact: "#dwh", ', "", "26: key 'contact' is missing in item 0; add it"),
]

CONDITIONS = [
    (
        'amount > 0"',
        'amont > 0"',
        "27: rule 'paid_positive': 'amont' is not a field of this contract; did you mean 'amount'?",
    ),
    (
        'amount > 0"',
        'amount >"',
        "27: rule 'paid_positive': it does not compile at character 28: Syntax error: mismatched input '<EOF>'",
    ),
    (
        "\"state != 'PAID' || amount > 0\"",
        "amount + 1",
        "27: rule 'paid_positive': it gives int, not true or false",
    ),
    ("path: /amount", "path: /amont", "32: flow 'amount_as_text': 'amont' is not a property; did you mean 'amount'?"),
    ("rule: type", "rule: typ", "32: flow 'amount_as_text': there is no rule 'typ'; did you mean 'type'?"),
    (
        "rule: paid_positive",
        "rule: paid_postive",
        "35: flow 'no_state': there is no rule 'paid_postive'; did you mean 'paid_positive'?",
    ),
    ("amount == 0}", "amount == nul}", "35: flow 'no_state': 'nul' is not a field of this contract"),
    ("set: {state: NEW}", "set: {stat: NEW}", "36: flow 'no_state': 'stat' is not a property; did you mean 'state'?"),
    (
        "set: {state: NEW}",
        "set: {state: OLD}",
        "36: flow 'no_state': sets 'state' to a string of 3 characters that the contract refuses; set one that it allows",
    ),
    (
        "cast: {amount: integer}",
        "cast: {amount: boolean}",
        "33: flow 'amount_as_text': casts 'amount' to boolean, but the contract says integer",
    ),
    ("cast:", "casts:", "33: unknown key 'casts'; did you mean 'cast'?"),
    ("id: no_state", "id: amount_as_text", "34: flow 'amount_as_text' is here twice; give each its own id"),
    ("flows:", "maxAttempts: 99\n      flows:", "30: 'maxAttempts' must be at most 10"),
]

LATENESS = "slaProperties: [{property: latency, value: 15, unit: m, customProperties: [{property: assay.onLate, value: flag}]}]"

SERVICE_LEVELS = [
    (
        "latency, value",
        "frequency, value",
        "22: assay.onLate belongs to the service level latency, not to frequency; move it there",
    ),
    ("value: 15,", "value: soon,", "22: the bound 'soon' is no time; write a number above 0"),
    ("value: 15,", "value: 0,", "22: the bound 0 is no time; write a number above 0"),
    ("unit: m,", "unit: mins,", "22: the bound needs a unit; 'mins' is none; did you mean 'min'?"),
    ("unit: m,", "", "22: the bound needs a unit; '' is none; write ms, s, m, h or d"),
    (
        "unit: m,",
        "unit: m, element: order.amount,",
        "22: lateness is measured on the event time 'at', not on 'order.amount'; name it, or none",
    ),
    (
        "assay.eventTime, value: at",
        "acme.any, value: at",
        "22: a record is late by the time of its event; name that property with assay.eventTime",
    ),
    ("value: flag", "value: drop", "22: 'value' is 'drop', not one of flag, dead-letter, drop-from-window"),
    (
        "latency, value: 15, unit: m, customProperties: [{property: assay.onLate, value: flag}]",
        "errorRate, value: 100, unit: percent, customProperties: [{property: assay.window, value: PT5M}]",
        (
            "22: an error rate is a share from 0 to below 100 percent; write it like `value: 1, unit: percent`, "
            "or take assay.window out"
        ),
    ),
]

FORMS = [
    (
        "avro",
        "name: code",
        "name: co-de",
        "13: avro cannot name a field 'co-de'; use letters, digits and `_`, not a digit first",
    ),
    (
        "avro",
        "name: zip",
        "name: 2zip",
        "20: avro cannot name a field '2zip'; use letters, digits and `_`, not a digit first",
    ),
    ("protobuf", "- name: order", "- name: 1st", "7: protobuf cannot name a record '1st'; let it begin with a letter"),
    ("avro", "kind: direct", "kind: cdc", "23: changes of rows are read as JSON, not as avro; take `format` out"),
    (
        "avro",
        ", items: {name: tag, logicalType: string}",
        "",
        "19: 'tags': avro has no array of anything; write out its items",
    ),
    (
        "protobuf",
        ", properties: [{name: zip, logicalType: string, required: true}]",
        "",
        "20: 'place': protobuf has no object of anything; write out its properties",
    ),
    (
        "protobuf",
        "{name: tag, logicalType: string}",
        "{logicalType: string, required: false}",
        "19: 'tags': protobuf has no null inside an array; take `required: false` out",
    ),
    (
        "protobuf",
        "{name: tag, logicalType: string}",
        "{logicalType: array, items: {logicalType: string}}",
        "19: 'tags': protobuf has no array right inside an array; put an object between",
    ),
]

FILES = [
    (b"a: 1\nb: 2\na: 3", "3: key 'a' is here twice (first on line 1); keep one"),
    (b"a: 1\nb: [1", "2: this is not YAML: did not find expected ',' or ']'"),
    (b"a: &x [1]\nb: *x", "2: aliases are not read in a contract; write the value out"),
    (b"a: !!python/object:os.system x", "1: tags are not read in a contract; write the plain value"),
    (b"a: 1\nb: ! 12", "2: tags are not read in a contract; write the plain value"),
    (b"a: 1\nb: ! {c: 2}", "2: tags are not read in a contract; write the plain value"),
    (b"a: 1\n---\nb: 2", "2: a second document; a contract has a file of its own"),
    (b"a: 1\n? [b, {c: d}]\n: {e: 1}\nf: 2", "2: a key must be a single word"),
    (b"a: 'b", "1: this is not YAML: found unexpected end of stream"),
    (b"- a", "1: a contract is a mapping of keys; this is not one"),
    (b"", "1: a contract is a mapping of keys; this is not one"),
    (b"a: 1\nb: \xff", "2: the file is not UTF-8; save it as UTF-8"),
    (b"[" * 100, "1: more than 50 levels deep"),
    (b"a" * 2**21, "1: the file has 2097152 bytes; a contract has at most 1048576"),
]


@pytest.mark.parametrize(("old", "new", "expected"), [*STANDARD, *FIELDS, *PROMISES, *VOCABULARY, *CONDITIONS])
def test_typo_gives_one_clear_line(orders_text: str, old: str, new: str, expected: str) -> None:
    text = orders_text.replace(old, new, 1)
    assert expected in [f"{finding.line}: {finding.message}" for finding in lint(text.encode())]


@pytest.mark.parametrize(("field", "expected"), OPTIONS)
def test_what_a_record_cannot_be_held_to_gives_one_clear_line(orders_text: str, field: str, expected: str) -> None:
    text = orders_text.replace("{name: paid, logicalType: boolean}", f"{{name: paid, logicalType: {field}}}")
    assert [f"{finding.line}: {finding.message}" for finding in lint(text.encode())] == [f"14: 'paid': {expected}"]


ROOMY = [
    "string, logicalTypeOptions: {format: uuid, minLength: 36, maxLength: 36}",
    "object, logicalTypeOptions: {minProperties: 1, maxProperties: 1}, properties: [{name: a, logicalType: string}]",
    "object, logicalTypeOptions: {minProperties: 5}",
    "number, physicalType: 'DECIMAL(5,2)', logicalTypeOptions: {minimum: 999.99, multipleOf: 0.01}",
    "number, physicalType: 'DECIMAL(5,2)', logicalTypeOptions: {minimum: -5000, maximum: 5000}",
    "number, logicalTypeOptions: {minimum: 0.1, maximum: 0.2}",
    "number, logicalTypeOptions: {multipleOf: 0.1, minimum: 0.1, maximum: 0.2}",
    "integer, logicalTypeOptions: {multipleOf: 5, minimum: -3, maximum: 3}",
    "number, physicalType: DECIMAL",
    "number, physicalType: FLOAT(24)",
]


@pytest.mark.parametrize("field", ROOMY)
def test_options_that_leave_a_value_are_no_finding(orders_text: str, field: str) -> None:
    text = orders_text.replace("{name: paid, logicalType: boolean}", f"{{name: paid, logicalType: {field}}}")
    assert lint(text.encode()) == []


def test_an_open_object_may_have_more_properties_than_it_names(orders_text: str) -> None:
    field = "object, logicalTypeOptions: {minProperties: 2}, properties: [{name: a, logicalType: string}]"
    text = orders_text.replace("{name: paid, logicalType: boolean}", f"{{name: paid, logicalType: {field}}}")
    assert lint((text + "  - {property: assay.openness, value: open}\n").encode()) == []


@pytest.mark.parametrize(("pattern", "part"), FOREIGN)
def test_part_of_a_pattern_that_ecma_262_does_not_have_is_named(orders_text: str, pattern: str, part: str) -> None:
    text = orders_text.replace("^[A-Z]{3}$", pattern)
    found = [f"{finding.line}: {finding.message}" for finding in lint(text.encode())]
    assert found == [f"13: 'code': ECMA-262 has no `{part}`; write the pattern without it"]


@pytest.mark.parametrize(
    "pattern",
    [r"^[\\w.+*-]+@[a-z?*+{1]+$", "a+?b??c{2}?", "(?:a|b)?", "(?<year>[0-9]{4})", r"\\p{Lu}\\u0041\\x41\\cA", r"\\(?\\++",
     r"\\++x*", "[(?i)++]", r"\\/\\-\\.", "(?i:a)"],
)  # fmt: skip
def test_pattern_of_ecma_262_is_no_finding(orders_text: str, pattern: str) -> None:
    assert lint(orders_text.replace("^[A-Z]{3}$", pattern).encode()) == []


@pytest.mark.parametrize(("old", "new", "expected"), SERVICE_LEVELS)
def test_a_bound_that_no_record_can_be_late_by_gives_one_clear_line(
    orders_text: str, old: str, new: str, expected: str
) -> None:
    text = orders_text.replace("customProperties:\n", f"{LATENESS}\ncustomProperties:\n").replace(old, new, 1)
    assert [f"{finding.line}: {finding.message}" for finding in lint(text.encode())] == [expected]


@pytest.mark.parametrize(("form", "old", "new", "expected"), FORMS)
def test_what_the_wire_form_cannot_carry_gives_one_clear_line(
    orders_text: str, form: str, old: str, new: str, expected: str
) -> None:
    text = orders_text.replace(old, new, 1).replace("value: {kind: ", f"value: {{format: {form}, kind: ")
    assert expected in [f"{finding.line}: {finding.message}" for finding in lint(text.encode())]


@pytest.mark.parametrize(("text", "expected"), FILES)
def test_file_that_is_no_contract_is_refused_in_one_line(text: bytes, expected: str) -> None:
    assert [str(finding) for finding in lint(text, "c.yaml")] == [f"c.yaml:{expected}"]


def test_clean_contract_has_no_findings(orders_text: str) -> None:
    assert lint(orders_text.encode()) == []


@pytest.mark.parametrize("version", ["v3.0.0", "v3.0.1", "v3.0.2", "v3.1.0", "v3.2.0"])
def test_every_third_version_of_the_standard_is_read(orders_text: str, version: str) -> None:
    assert lint(orders_text.replace("v3.2.0", version).encode()) == []


def test_properties_of_other_vendors_pass(orders_text: str) -> None:
    text = orders_text + "  - {property: acme.costCenter, value: {anything: [1]}}\n"
    assert lint(text.encode()) == []


def test_load_raises_what_lint_finds(orders_text: str) -> None:
    text = orders_text.replace("status: active", "staus: active").encode()
    with pytest.raises(ContractError, match=r"^orders\.yaml:5: unknown key 'staus'") as caught:
        load(text, "orders.yaml")
    assert list(caught.value.findings) == lint(text, "orders.yaml")


def test_norway_and_dates_stay_text(orders_text: str) -> None:
    contract = load(orders_text.replace("{value: NEW}", "{value: NO}, {value: 2013-01-01}, {value: NEW}").encode())
    assert contract.fields[3].enum == ("NO", "2013-01-01", "NEW", "PAID")


@given(st.binary(max_size=200))
def test_lint_never_raises_for_bytes(text: bytes) -> None:
    lint(text)


@given(data=st.data())
def test_lint_never_raises_for_a_contract_with_a_part_replaced(orders_text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(orders_text)))
    length = data.draw(st.integers(0, 40))
    patch = data.draw(st.sampled_from(["", "[]", "{}", "null", "1", "- ", "x: ", "'", "\n", "true"]))
    lint((orders_text[:start] + patch + orders_text[start + length :]).encode())


def test_a_key_may_say_that_it_is_unique(orders_text: str) -> None:
    assert lint(orders_text.replace("primaryKey: true", "primaryKey: true, unique: true").encode()) == []
