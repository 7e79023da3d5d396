"""JSON Schema: each row of the table, both ways where there are two, in every draft that knows the keyword."""

from __future__ import annotations

import contextlib
import json
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.contracts import SchemaError, SchemaJudge
from assay.contracts.compatibility import Kind, Mode, Outcome, Policy, SchemaText, check
from tests.unit.contracts.compatibility.asking import jsons, rules
from tests.unit.contracts.compatibility.values import changed, damaged, filled, schema, value_of

DRAFT = {
    "4": "http://json-schema.org/draft-04/schema#",
    "6": "http://json-schema.org/draft-06/schema#",
    "7": "http://json-schema.org/draft-07/schema#",
    "2019-09": "https://json-schema.org/draft/2019-09/schema",
    "2020-12": "https://json-schema.org/draft/2020-12/schema",
}
NEWEST = {"$schema": DRAFT["2020-12"]}
S, INT, N, B = ({"type": kind} for kind in ("string", "integer", "number", "boolean"))


def obj(properties: Any = None, closed: Any = None, **more: Any) -> dict[str, Any]:
    made = {"type": "object", "properties": properties or {}, **more}
    return made if closed is None else made | {"additionalProperties": closed}


def arr(items: Any = None, rest: Any = None, **more: Any) -> dict[str, Any]:
    made = {"type": "array", **more} | ({} if items is None else {"items": items})
    return made if rest is None else made | {"additionalItems": rest}


BOUNDS = {
    "maxLength": (S, 3, 2), "minLength": (S, 2, 3), "maxItems": (arr(), 3, 2), "minItems": (arr(), 2, 3),
    "maxProperties": (obj(), 3, 2), "minProperties": (obj(), 2, 3), "maximum": (N, 3, 2), "minimum": (N, 2, 3),
    "exclusiveMaximum": (N, 3, 2), "exclusiveMinimum": (N, 2, 3), "maxContains": (arr(contains=INT), 3, 2),
    "minContains": (arr(contains=INT), 2, 3),
}  # fmt: skip


@pytest.mark.parametrize("word", BOUNDS)
def test_bound_may_be_loosened_or_removed(word: str) -> None:
    base, wide, narrow = BOUNDS[word]
    loose, tight, none = ({**base, **NEWEST, **more} for more in ({word: wide}, {word: narrow}, {}))
    assert jsons(tight, loose).outcome is Outcome.COMPATIBLE
    assert jsons(tight, tight).outcome is Outcome.COMPATIBLE
    assert word == "minContains" or jsons(tight, none).outcome is Outcome.COMPATIBLE


@pytest.mark.parametrize("word", BOUNDS)
def test_bound_may_not_be_tightened_or_added(word: str) -> None:
    base, wide, narrow = BOUNDS[word]
    loose, tight, none = ({**base, **NEWEST, **more} for more in ({word: wide}, {word: narrow}, {}))
    for old in (loose, none):
        comparison = jsons(old, tight)
        assert [each.path for each in comparison.breaks] == [f"/{word}"]
        assert comparison.breaks[0].document or word == "maxContains"


READ: dict[str, tuple[Any, Any]] = {
    "type widened": (S, {"type": ["string", "null"]}),
    "type as a list of one": ({"type": ["string"]}, S),
    "integer to number": (INT, N),
    "objects to true": (obj({"a": S}), True),
    "objects by reference to true": ({"$ref": "#/definitions/a", "definitions": {"a": obj()}}, True),
    "objects or null to true": ({"type": ["object", "null"]}, True),
    "nothing asked to true": ({"title": "anything"}, True),
    "false to true": (False, True),
    "inside to true": (obj({"a": INT}, False), obj({"a": True}, False)),
    "to {}": (S, {"title": "anything"}),
    "inside from false": (obj({"a": False}, False), obj({"a": S}, False)),
    "true to {}": (True, {}),
    "pattern removed": ({**S, "pattern": "a"}, S),
    "multipleOf removed": ({**N, "multipleOf": 2}, N),
    "multipleOf divided": ({**N, "multipleOf": 6}, {**N, "multipleOf": 3}),
    "multipleOf of a tenth": ({**N, "multipleOf": 0.3}, {**N, "multipleOf": 0.1}),
    "multipleOf 1 of integers": (INT, {**N, "multipleOf": 1}),
    "enum to any": ({"enum": ["A"]}, S),
    "enum widened": ({"enum": ["A"]}, {"enum": ["A", "B"]}),
    "const in enum": ({"const": 1}, {"enum": [1.0, 2]}),
    "same const": ({"const": {"a": [1]}}, {"const": {"a": [1]}}),
    "enum of what is written": ({"enum": ["A", "B"]}, {**S, "maxLength": 1}),
    "enum of booleans": (B, {"enum": [True, False]}),
    "uniqueItems removed": (arr(uniqueItems=True), arr()),
    "required dropped": (obj({"a": S}, required=["a"]), obj({"a": S})),
    "required added with a default": (obj({"a": S}), obj({"a": {**S, "default": ""}}, required=["a"])),
    "property {} added to open": (obj(), obj({"a": {}})),
    "optional property added to closed": (obj(closed=False), obj({"a": S}, False)),
    "required property with a default added to closed": (
        obj(closed=False), obj({"a": {**S, "default": ""}}, False, required=["a"]),
    ),
    "property added, covered by additionalProperties": (obj(closed=INT), obj({"a": N}, INT)),
    "property added, covered by a pattern": (
        obj(closed=False, patternProperties={"^a": INT}), obj({"a": N}, False, patternProperties={"^a": INT}),
    ),
    "property added beside patterns that do not hold for it": (
        obj(closed=False, patternProperties={"^x": INT}), obj({"a": S}, False, patternProperties={"^x": INT}),
    ),
    "property added, covered by unevaluatedProperties": (
        {**NEWEST, **obj(unevaluatedProperties=INT)}, {**NEWEST, **obj({"a": N}, unevaluatedProperties=INT)},
    ),
    "property removed from open": (obj({"a": S}), obj()),
    "property removed, covered": (obj({"a": INT}, False), obj(closed=N)),
    "property removed beside patterns, the rest open": (obj({"a": S}, False), obj(closed=True, patternProperties={"^b": S})),
    "property removed that was false": (obj({"a": False}, False), obj(closed=False)),
    "additionalProperties opened": (obj(closed=False), obj(closed=S)),
    "additionalProperties removed": (obj(closed=S), obj()),
    "additionalProperties widened": (obj(closed=INT), obj(closed=N)),
    "unevaluatedProperties opened": (
        {**NEWEST, **obj(unevaluatedProperties=False)}, {**NEWEST, **obj(unevaluatedProperties=True)},
    ),
    "unevaluatedItems opened": (
        {**NEWEST, **arr(prefixItems=[INT], unevaluatedItems=False)}, {**NEWEST, **arr(prefixItems=[INT], unevaluatedItems=S)},
    ),
    "item removed from open": (arr([INT, INT]), arr([INT])),
    "item added to closed": (arr([INT], False), arr([INT, S], False)),
    "item {} added to open": (arr([INT]), arr([INT, {}])),
    "item added, covered": (arr([INT], INT), arr([INT, N], INT)),
    "item removed, covered": (arr([INT, INT], False), arr([INT], N)),
    "additionalItems opened": (arr([INT], False), arr([INT], S)),
    "items widened": (arr(INT), arr(N)),
    "items removed": (arr(INT), arr()),
    "prefixItems": (
        {**NEWEST, **arr(False, prefixItems=[INT])}, {**NEWEST, **arr(False, prefixItems=[N, S])},
    ),
    "dependency narrowed": (
        obj(dependencies={"a": ["b", "c"]}), obj(dependencies={"a": ["b"]}),
    ),
    "dependency removed": (obj(dependencies={"a": ["b"]}), obj()),
    "dependency on what is required": (obj(required=["b"]), obj(required=["b"], dependencies={"a": ["b"]})),
    "dependency schema widened": (
        obj(dependencies={"a": {"minProperties": 2}}), obj(dependencies={"a": {"minProperties": 1}}),
    ),
    "dependentRequired as dependencies": (
        {**NEWEST, **obj(dependentRequired={"a": ["b"]})}, obj(dependencies={"a": ["b"]}),
    ),
    "dependentSchemas removed": ({**NEWEST, **obj(dependentSchemas={"a": {"minProperties": 2}})}, obj()),
    "fewer allOf": ({"allOf": [S, {"maxLength": 3}]}, {"allOf": [{"maxLength": 4}]}),
    "more anyOf": ({"anyOf": [S, INT]}, {"anyOf": [B, INT, S]}),
    "more oneOf": ({"oneOf": [S, INT]}, {"oneOf": [B, INT, S]}),
    "branches widened": ({"oneOf": [S, INT]}, {"oneOf": [N, {"type": ["string", "null"]}]}),
    "one to one though not by the first fit": (
        {"anyOf": [{**S, "maxLength": 2}, {**S, "maxLength": 3}]}, {"anyOf": [{**S, "maxLength": 3}, {**S, "maxLength": 2}]},
    ),
    "oneOf to anyOf": ({"oneOf": [S, INT]}, {"anyOf": [S, INT]}),
    "allOf to anyOf": ({"allOf": [S, {"maxLength": 3}]}, {"anyOf": [S, INT]}),
    "allOf to one": ({"allOf": [S, {"maxLength": 3}]}, {"oneOf": [S]}),
    "singletons": ({"allOf": [S]}, {"oneOf": [S]}),
    "singleton to oneOf": ({"anyOf": [S]}, {"oneOf": [S, INT]}),
    "plain to a branch": (S, {"oneOf": [S, INT]}),
    "plain from allOf": ({"allOf": [S, {"maxLength": 3}]}, {**S, "maxLength": 5}),
    "plain from a singleton": ({"oneOf": [S]}, S),
    "types to anyOf": ({"type": ["string", "integer"]}, {"anyOf": [S, N]}),
    "oneOf to types": ({"oneOf": [S, INT]}, {"type": ["string", "number"]}),
    "two branches in the place of one": ({"anyOf": [{**S, "maxLength": 1}, {**S, "maxLength": 2}]}, {"anyOf": [S, INT]}),
    "evaluated beside it": (
        {**NEWEST, "allOf": [obj({"a": INT})], "unevaluatedProperties": False},
        {**NEWEST, "allOf": [obj({"a": N})], "unevaluatedProperties": False},
    ),
    "not narrowed": ({"not": {"type": ["string", "null"]}}, {"not": S}),
    "not removed": ({"not": S}, {}),
    "not of another type": (S, {"not": INT}),
    "words that ask nothing": ({**S, "title": "a", "description": "b"}, {**S, "$id": "urn:x", "default": "c"}),
    "reference": ({"$ref": "#/definitions/a", "definitions": {"a": INT}}, N),
    "reference by anchor": ({**NEWEST, "$ref": "#a", "$defs": {"x": {"$anchor": "a", **INT}}}, N),
    "reference with words beside it": (
        {**NEWEST, "$ref": "#/$defs/a", "maxLength": 3, "$defs": {"a": S}}, {**S, "maxLength": 4},
    ),
    "circle": (
        obj({"next": {"$ref": "#"}, "v": INT}, False), obj({"next": {"$ref": "#"}, "v": N}, False),
    ),
    "bounds of a type that is not written": (S, {"type": ["string", "number"], "minimum": 3}),
    "draft 4": (
        {"$schema": DRAFT["4"], **N, "minimum": 3, "exclusiveMinimum": True}, {"$schema": DRAFT["4"], **N, "minimum": 3},
    ),
    "drafts differ": (
        {"$schema": DRAFT["4"], **N, "maximum": 3, "exclusiveMaximum": True}, {**NEWEST, **N, "exclusiveMaximum": 3},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_reader_reads(name: str) -> None:
    assert rules(jsons(*READ[name])) == []


BROKEN: dict[str, tuple[Any, Any, str, str]] = {
    "type": (S, INT, "/type", "json-type-narrowed"),
    "type narrowed": ({"type": ["string", "null"]}, S, "/type", "json-type-narrowed"),
    "number to integer": (N, INT, "/type", "json-type-narrowed"),
    "true to a type": (True, S, "/type", "json-type-narrowed"),
    "to false": (S, False, "", "json-false"),
    "scalar became true": (S, True, "", "json-became-true"),
    "array became true": (arr(INT), True, "", "json-became-true"),
    "values became true": ({"enum": ["A"]}, True, "", "json-became-true"),
    "choice became true": ({"oneOf": [S, INT]}, True, "", "json-became-true"),
    "not became true": ({"not": {}}, True, "", "json-became-true"),
    "from false": (False, S, "", "json-was-false"),
    "pattern added": (S, {**S, "pattern": "^a"}, "/pattern", "json-pattern-added"),
    "pattern changed": ({**S, "pattern": "^b"}, {**S, "pattern": "^a"}, "/pattern", "json-pattern-changed"),
    "multipleOf added": (N, {**N, "multipleOf": 2}, "/multipleOf", "json-multiple-of-added"),
    "multipleOf multiplied": (
        {**N, "multipleOf": 3}, {**N, "multipleOf": 6}, "/multipleOf", "json-multiple-of-changed",
    ),
    "multipleOf unrelated": (
        {**N, "multipleOf": 3}, {**N, "multipleOf": 2}, "/multipleOf", "json-multiple-of-changed",
    ),
    "enum narrowed": ({"enum": ["A", "B"]}, {"enum": ["A"]}, "/enum", "json-values-removed"),
    "enum with other values": ({"enum": ["A", "B"]}, {"enum": ["B", "C"]}, "/enum", "json-values-removed"),
    "enum added": (S, {"enum": ["A"]}, "/enum", "json-values-added"),
    "const changed": ({"const": 1}, {"const": True}, "/const", "json-values-removed"),
    "uniqueItems added": (arr(), arr(uniqueItems=True), "/uniqueItems", "json-unique-items-added"),
    "required added": (obj({"a": S}), obj({"a": S}, required=["a"]), "/required/0", "json-required-added"),
    "property added to open": (obj(), obj({"a": S}), "/properties/a", "json-property-added-to-open"),
    "required property added to closed": (
        obj(closed=False), obj({"a": S}, False, required=["a"]), "/required/0", "json-required-added",
    ),
    "property added, not covered": (
        obj(closed=S), obj({"a": INT}, S), "/properties/a", "json-property-added-to-partly-open",
    ),
    "property added, not covered by a pattern": (
        obj(closed=False, patternProperties={"^a": S}), obj({"a": INT}, False, patternProperties={"^a": S}),
        "/properties/a", "json-property-added-to-partly-open",
    ),
    "property added, not covered by unevaluatedProperties": (
        {**NEWEST, **obj(unevaluatedProperties=S)}, {**NEWEST, **obj({"a": INT}, unevaluatedProperties=S)},
        "/properties/a", "json-property-added-to-partly-open",
    ),
    "property removed from closed": (
        obj({"a/b": S}, False), obj(closed=False), "/additionalProperties", "json-property-removed-from-closed",
    ),
    "property removed, not covered": (
        obj({"a": S}, False), obj(closed=INT), "/additionalProperties", "json-property-removed-not-covered",
    ),
    "property removed, not covered by a pattern": (
        obj({"a": S}, False), obj(patternProperties={"^a": INT}), "/patternProperties/^a",
        "json-property-removed-not-covered",
    ),
    "property removed beside patterns, the rest not said": (
        obj({"a": S}, False), obj(patternProperties={"^b": S}), "", "json-property-removed-not-covered",
    ),
    "closed": (obj(), obj(closed=False), "/additionalProperties", "json-additional-properties-narrowed"),
    "unevaluatedProperties closed": (
        {**NEWEST, **obj()}, {**NEWEST, **obj(unevaluatedProperties=False)}, "/unevaluatedProperties",
        "json-additional-properties-narrowed",
    ),
    "additionalProperties added": (
        obj(), obj(closed=S), "/additionalProperties", "json-additional-properties-narrowed",
    ),
    "additionalProperties narrowed": (obj(closed=N), obj(closed=INT), "/additionalProperties/type", "json-type-narrowed"),
    "pattern property narrowed": (
        obj(patternProperties={"^a": N}), obj(patternProperties={"^a": INT}), "/patternProperties/^a/type",
        "json-type-narrowed",
    ),
    "closed beside what is evaluated": (
        {**NEWEST, "allOf": [obj({"a": INT})], "unevaluatedProperties": False}, {**NEWEST, **obj({"a": S}, False)},
        "/properties/a/type", "json-type-narrowed",
    ),
    "pattern property removed from closed": (
        obj(closed=False, patternProperties={"^a": N}), obj(closed=False), "/additionalProperties",
        "json-pattern-property-removed",
    ),
    "property narrowed": (obj({"a~": N}), obj({"a~": INT}), "/properties/a~0/type", "json-type-narrowed"),
    "items narrowed": (arr(N), arr(INT), "/items/type", "json-type-narrowed"),
    "items added": (arr(), arr(INT), "/items/type", "json-type-narrowed"),
    "items to a tuple": (arr(INT), arr([INT]), "/items", "json-items-form-changed"),
    "item added to open": (arr([INT]), arr([INT, INT]), "/items/1", "json-item-added-to-open"),
    "item added, not covered": (arr([INT], INT), arr([INT, S], INT), "/items/1", "json-item-added-not-covered"),
    "item removed from closed": (
        arr([INT, INT], False), arr([INT], False), "/additionalItems", "json-item-removed-from-closed",
    ),
    "item removed, not covered": (
        arr([INT, S], False), arr([INT], INT), "/additionalItems", "json-item-removed-not-covered",
    ),
    "items closed": (arr([INT]), arr([INT], False), "/additionalItems", "json-additional-items-narrowed"),
    "unevaluatedItems closed": (
        {**NEWEST, **arr(prefixItems=[INT])}, {**NEWEST, **arr(prefixItems=[INT], unevaluatedItems=False)},
        "/unevaluatedItems", "json-additional-items-narrowed",
    ),
    "contains added": (arr(), arr(contains=INT), "/contains", "json-contains-added"),
    "dependency added": (obj(), obj(dependencies={"a": ["b"]}), "/dependencies/a", "json-dependency-added"),
    "dependency widened": (
        obj(dependencies={"a": ["b"]}), obj(dependencies={"a": ["b", "c"]}), "/dependencies/a",
        "json-dependency-widened",
    ),
    "dependency schema added": (
        obj(), obj(dependencies={"a": {"minProperties": 2}}), "/dependencies/a", "json-dependency-added",
    ),
    "dependency schema narrowed": (
        obj(dependencies={"a": {"minProperties": 1}}), obj(dependencies={"a": {"minProperties": 2}}),
        "/dependencies/a/minProperties", "json-min-properties-raised",
    ),
    "bounds of draft 4 side by side": (
        {"$schema": DRAFT["4"], "allOf": [{**N, "minimum": 3, "exclusiveMinimum": True}, {**N, "minimum": 5}]},
        {**N, "exclusiveMinimum": 5}, "/exclusiveMinimum", "json-minimum-raised",
    ),
    "contains side by side": (
        {**NEWEST, "allOf": [arr(contains=INT), arr(contains=S, minContains=3)]},
        {**NEWEST, **arr(contains=INT, minContains=3)}, "/contains/type", "json-type-narrowed",
    ),
    "more allOf": (
        {"allOf": [S]}, {"allOf": [S, {"maxLength": 3}]}, "/allOf/1/maxLength", "json-max-length-added",
    ),
    "fewer anyOf": ({"anyOf": [S, INT]}, {"anyOf": [S, B]}, "/anyOf", "json-combination-narrowed"),
    "fewer oneOf": ({"oneOf": [S, INT, B]}, {"oneOf": [S, INT]}, "/oneOf", "json-combination-narrowed"),
    "anyOf to oneOf": (
        {"anyOf": [{**S, "minLength": 1}, {**S, "maxLength": 3}]}, {"oneOf": [{**S, "minLength": 1}, {**S, "maxLength": 3}]},
        "/oneOf", "json-combination-narrowed",
    ),
    "anyOf to allOf": ({"anyOf": [S, INT]}, {"allOf": [S]}, "/allOf/0/type", "json-type-narrowed"),
    "allOf to oneOf": (
        {"allOf": [S, {"maxLength": 3}]}, {"oneOf": [INT, {**S, "maxLength": 2}]}, "/oneOf", "json-combination-narrowed",
    ),
    "plain to more allOf": (S, {"allOf": [S, {"minLength": 1}]}, "/allOf/1/minLength", "json-min-length-added"),
    "plain to no branch": (B, {"anyOf": [S, INT]}, "/anyOf", "json-combination-narrowed"),
    "oneOf to plain": ({"oneOf": [S, INT]}, S, "/type", "json-type-narrowed"),
    "not widened": ({"not": S}, {"not": {"type": ["string", "null"]}}, "/not", "json-not-widened"),
    "not added": ({}, {"not": S}, "/not", "json-not-widened"),
    "branches that overlap": (INT, {"oneOf": [INT, N]}, "", "json-refuted"),
    "behind a reference": (
        {"$ref": "#/definitions/a", "definitions": {"a": N}}, {"$ref": "#/definitions/a", "definitions": {"a": INT}},
        "/$ref/type", "json-type-narrowed",
    ),
    "behind a circle": (
        obj({"v": N, "next": {"$ref": "#"}}, False), obj({"v": INT, "next": {"$ref": "#"}}, False), "/properties/v/type",
        "json-type-narrowed",
    ),
}  # fmt: skip

UNSHOWN = {
    "scalar became true",
    "array became true",
    "values became true",
    "choice became true",
    "not became true",
    "from false",
    "allOf to oneOf",
    "property removed beside patterns, the rest not said",
    "contains side by side",
    "bounds of draft 4 side by side",
    "items to a tuple",
    "anyOf to oneOf",
    "dependency schema narrowed",
}
"""The table is stricter than validation, or a sample would take more than putting small values together."""


@pytest.mark.parametrize("name", BROKEN)
def test_break_says_where_and_why_and_shows_a_document(name: str) -> None:
    old, new, path, rule = BROKEN[name]
    comparison = jsons(old, new)
    assert comparison.outcome is Outcome.INCOMPATIBLE
    assert rules(comparison) == [(path, rule)]
    (found,) = comparison.breaks
    assert found.message
    assert found.passes
    assert found.document or name in UNSHOWN


LENIENT = ["scalar became true", "from false", "property added to open", "property added, not covered",
           "property added, not covered by a pattern", "property added, not covered by unevaluatedProperties", "property removed from closed", "closed",
           "property removed, not covered", "additionalProperties added", "unevaluatedProperties closed",
           "item added to open", "item removed from closed", "items closed"]  # fmt: skip


@pytest.mark.parametrize("name", LENIENT)
def test_lenient_policy_lets_a_model_be_opened_closed_and_extended(name: str) -> None:
    old, new, _, _ = BROKEN[name]
    assert jsons(old, new, Policy.LENIENT).outcome is Outcome.COMPATIBLE


def test_lenient_policy_asks_for_a_default_of_what_is_required() -> None:
    assert rules(jsons(obj(), obj({"a": S}, required=["a"]), Policy.LENIENT)) == [
        ("/required/0", "json-required-added")
    ]


def test_reader_that_is_true_is_no_mistake_of_the_version_that_is_written() -> None:
    new, old = (SchemaText(Kind.JSON, json.dumps(each)) for each in (S, True))
    assert check(new, [old], Mode.FORWARD).is_compatible


@pytest.mark.parametrize("word", ["format", "contentEncoding", "contentMediaType"])
def test_keyword_that_is_not_judged_is_a_warning(word: str) -> None:
    comparison = jsons(S, {**S, word: "email"})
    assert comparison.outcome is Outcome.COMPATIBLE
    assert [each.path for each in comparison.warned] == [f"/{word}"]


def test_names_of_properties_and_conditions_are_warnings_until_a_value_refutes_them() -> None:
    names = jsons(obj(), obj(propertyNames={"maxLength": 40}))
    assert [each.rule for each in names.warned] == ["json-property-names-not-judged"]
    assert names.outcome is Outcome.COMPATIBLE
    refuted = jsons(S, {**S, "if": {"maxLength": 3}, "then": {"minLength": 2}})
    assert [(each.rule, each.document) for each in refuted.breaks] == [("json-refuted", '""')]


def test_resources_are_read_by_their_uri() -> None:
    assert jsons({"$ref": "urn:a"}, N, resources={"urn:a": INT}).outcome is Outcome.COMPATIBLE


@pytest.mark.parametrize("draft", DRAFT)
def test_every_draft_compares(draft: str) -> None:
    old, new = ({"$schema": DRAFT[draft], **obj({"a": each})} for each in (N, INT))
    assert rules(jsons(old, new)) == [("/properties/a/type", "json-type-narrowed")]


WRONG = {
    "no JSON": "{",
    "NaN": '{"const": NaN}',
    "a list": "[]",
    "no schema of its draft": '{"type": "strnig"}',
    "deep": '{"not":' * 300 + "{}" + "}" * 300,
    "very deep": '{"not":' * 100_000,
    "reference to nothing": '{"$ref": "#/definitions/a"}',
    "reference to a network": '{"$ref": "https://example.org/schema"}',
    "reference to itself": '{"$ref": "#"}',
    "number that no double holds": '{"maximum": 1e400}',
    "whole number that no double holds": f'{{"maximum": 1{"0" * 400}}}',
    "references in a ring": '{"$ref": "#/definitions/a", "definitions": {"a": {"$ref": "#/definitions/b"}, "b": {"$ref": "#/definitions/a"}}}',
}


@pytest.mark.parametrize("name", WRONG)
def test_schema_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(SchemaError):
        check(SchemaText(Kind.JSON, WRONG[name]), [], Mode.BACKWARD)


def doubled(word: str, last: Any) -> dict[str, Any]:
    """A schema in which each definition refers to the next one twice: 2^30 of the last."""
    parts = {f"d{n}": {word: [{"$ref": f"#/definitions/d{n + 1}"}] * 2} for n in range(30)}
    return {"$ref": "#/definitions/d0", "definitions": {**parts, "d30": last}}


@pytest.mark.parametrize("word", ["allOf", "anyOf", "oneOf"])
@pytest.mark.timeout(20)
def test_references_that_double_each_other_end(word: str) -> None:
    assert jsons(doubled(word, S), doubled(word, S)).outcome is not Outcome.INCOMPATIBLE
    assert jsons(doubled(word, S), doubled(word, INT)).outcome is not Outcome.COMPATIBLE


@pytest.mark.timeout(20)
def test_combinations_without_end_are_undecided() -> None:
    def nested(depth: int, kind: int) -> Any:
        return {"anyOf": [nested(depth - 1, kind), nested(depth - 1, kind), S]} if depth else {"const": kind}

    old, new = (SchemaText(Kind.JSON, json.dumps(nested(8, kind))) for kind in (1, 2))
    assert check(new, [old], Mode.BACKWARD, budget=5_000).outcome is Outcome.UNDECIDED


@pytest.mark.timeout(20)
def test_ten_thousand_properties_are_compared() -> None:
    old, new = (obj({f"p{n}": each for n in range(10_000)}, False) for each in (INT, N))
    assert jsons(old, new).outcome is Outcome.COMPATIBLE


@pytest.mark.timeout(20)
def test_references_in_a_long_row_are_followed() -> None:
    def row(last: Any) -> Any:
        parts = {f"d{n}": obj({"x": {"$ref": f"#/definitions/d{n + 1}"}}, required=["x"]) for n in range(1_000)}
        return {"$ref": "#/definitions/d0", "definitions": {**parts, "d1000": last}}

    assert jsons(row(INT), row(N)).outcome is Outcome.COMPATIBLE
    assert jsons(row(N), row(INT)).outcome is Outcome.INCOMPATIBLE


@pytest.mark.timeout(20)
def test_ten_thousand_required_properties_are_compared() -> None:
    names = [f"p{n}" for n in range(10_000)]
    assert jsons(obj(required=names[:5_000]), obj(required=names)).outcome is Outcome.INCOMPATIBLE


def test_work_that_patterns_ask_for_is_paid_for() -> None:
    patterns = {f"^p{n}$": S for n in range(1_000)}
    old, new = obj({f"q{n}": S for n in range(1_000)}, False), obj(closed=False, patternProperties=patterns)
    assert jsons(old, new).outcome is Outcome.UNDECIDED


def test_catastrophic_pattern_takes_no_time() -> None:
    pattern = "^(a+)+$"
    old, new = obj({"a" * 40 + "!": S}, False), obj(closed=False, patternProperties={pattern: INT})
    assert rules(jsons(old, new)) == [("/additionalProperties", "json-property-removed-not-covered")]


@given(st.integers(0, 2**32))
def test_what_is_compatible_is_read(seed: int) -> None:
    random = Random(seed)
    old = schema(random)
    new = changed(old, random)
    if jsons(old, new).outcome is Outcome.COMPATIBLE:
        writer, reader = (SchemaJudge(each, "7", formats=False) for each in (old, new))
        values = [value_of(old, random) for _ in range(20)]
        written = [each for each in values if writer.judge(json.dumps(each).encode()).accepted]
        assert [each for each in written if not reader.judge(json.dumps(filled(new, each)).encode()).accepted] == []


@given(st.integers(0, 2**32))
def test_every_schema_reads_itself(seed: int) -> None:
    of = schema(Random(seed))
    assert jsons(of, of).outcome is Outcome.COMPATIBLE


@given(st.integers(0, 2**32))
def test_schema_that_is_damaged_has_a_verdict_or_is_refused(seed: int) -> None:
    random = Random(seed)
    of = schema(random)
    with contextlib.suppress(SchemaError):
        jsons(damaged(of, random), damaged(of, random) if random.random() < 0.2 else changed(of, random))


def test_keyword_of_an_old_version_that_says_nothing_is_left_out() -> None:
    assert jsons({**S, "maxLength": "3", "items": []}, S).outcome is Outcome.COMPATIBLE
    assert rules(jsons({"type": "strnig"}, S)) == [("/type", "json-type-narrowed")]
