"""The judge by a plain JSON Schema: what it takes for a schema, and what it tells of a value."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from assay.contracts import Reason, SchemaError, SchemaJudge


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"type": "nope"}, "nope"),
        ({"pattern": "(?=a)"}, "regex"),
        ({"$ref": "#/nope"}, "/nope"),
        ({"$ref": "http://127.0.0.1:9/other.json"}, "is not given"),
    ],
)
def test_what_cannot_be_used_says_why(schema: dict[str, Any], message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        SchemaJudge(schema)


def test_schema_of_another_is_found_among_those_given() -> None:
    judge = SchemaJudge({"$ref": "urn:x"}, resources={"urn:x": {"type": "integer"}})
    assert judge.judge(b"1").accepted
    assert not judge.judge(b'"1"').accepted


def test_draft_is_the_one_that_the_schema_names() -> None:
    schema = {"$schema": "http://json-schema.org/draft-04/schema#", "maximum": 5, "exclusiveMaximum": True}
    assert SchemaJudge(schema).judge(b"4").accepted
    assert not SchemaJudge(schema).judge(b"5").accepted


def test_draft_that_nobody_knows_is_refused() -> None:
    with pytest.raises(SchemaError, match="no draft '5'; there are 4, 6, 7, 2019-09, 2020-12"):
        SchemaJudge(True, "5")


@pytest.mark.parametrize(
    ("value", "reason"),
    [(b"{", Reason.MALFORMED), (b"NaN", Reason.MALFORMED), (b"[" * 100 + b"]" * 100, Reason.MALFORMED),
     (b" " * 2_000_000, Reason.TOO_LARGE), (b'"x"', Reason.SCHEMA), (b"1", None)],
)  # fmt: skip
def test_value_that_is_not_taken_has_a_reason(value: bytes, reason: Reason | None) -> None:
    assert SchemaJudge({"type": "integer"}).judge(value).reason is reason


@pytest.mark.parametrize(
    "schema",
    [
        {"propertyNames": {"maxLength": 3}},
        {"anyOf": [{"type": "integer"}, {"maxProperties": 0}]},
        {"not": {"type": "object"}},
        {"const": 1},
        {"additionalProperties": {"type": "integer"}},
        {"unevaluatedProperties": False},
        {"if": True, "then": {"required": ["a"]}},
        False,
    ],
)
def test_no_value_of_the_record_is_told(schema: Any) -> None:
    verdict = SchemaJudge(schema).judge(orjson.dumps({"name": "hush-hush"}))
    assert verdict.reason is Reason.SCHEMA
    assert "hush" not in str(verdict)


def test_formats_are_only_said_where_they_are_not_asserted() -> None:
    schema = {"format": "date"}
    assert not SchemaJudge(schema).judge(b'"2013-02-29"').accepted
    assert SchemaJudge(schema, formats=False).judge(b'"2013-02-29"').accepted


def test_references_that_double_each_other_are_refused() -> None:
    steps = {f"s{step}": {"allOf": [{"$ref": f"#/$defs/s{step + 1}"}] * 2} for step in range(30)}
    with pytest.raises(SchemaError, match="schemas apply to one value; at most 10000 may"):
        SchemaJudge({"$defs": steps | {"s30": {}}, "$ref": "#/$defs/s0"})


def test_schema_may_refer_to_itself_for_the_parts_of_a_value() -> None:
    tree = {"properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}}, "required": ["name"]}
    assert SchemaJudge(tree).judge(b'{"name":1,"left":{"name":2}}').accepted
    assert not SchemaJudge(tree).judge(b'{"name":1,"left":{}}').accepted
