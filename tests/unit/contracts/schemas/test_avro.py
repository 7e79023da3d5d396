"""Avro schemas read: what is one schema in two spellings, and what is not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from assay.contracts import SchemaError
from assay.contracts.compatibility import Kind, SchemaText
from assay.contracts.schemas import formatted, read_schema, reserved
from tests.unit.contracts.schemas.asking import are_one, are_one_normalized, avro


def record(name: str, *fields: tuple[str, Any], **more: Any) -> Any:
    return {"type": "record", "name": name, "fields": [{"name": key, "type": of} for key, of in fields], **more}


ONE = {
    "order of attributes": (record("R", doc="d"), {"doc": "d", "fields": [], "name": "R", "type": "record"}),
    "full name": (record("a.R"), record("R", namespace="a")),
    "name of a type inside": (
        record("a.R", ("x", {"type": "enum", "name": "E", "symbols": ["A"]}), ("y", "E")),
        record("a.R", ("x", {"type": "enum", "name": "a.E", "symbols": ["A"]}), ("y", "a.E")),
    ),
    "primitive in an object": ({"type": "string"}, "string"),
    "type in a type": ({"type": {"type": "array", "items": "int"}}, {"type": "array", "items": {"type": "int"}}),
    "no aliases": (record("R", aliases=[]), record("R")),
    "usual order": (
        {"type": "record", "name": "R", "fields": [{"name": "x", "type": "int", "order": "ascending"}]},
        record("R", ("x", "int")),
    ),
}


@pytest.mark.parametrize("name", ONE)
def test_spelling_is_no_difference(name: str) -> None:
    assert are_one(*map(avro, ONE[name]))


TWO = {
    "doc": (record("R"), record("R", doc="d")),
    "namespace": (record("a.R"), record("R")),
    "alias": (record("R"), record("R", aliases=["Q"])),
    "order of fields": (record("R", ("x", "int"), ("y", "int")), record("R", ("y", "int"), ("x", "int"))),
    "logical type": ({"type": "long", "logicalType": "timestamp-millis"}, "long"),
    "default": (
        {"type": "record", "name": "R", "fields": [{"name": "x", "type": "int", "default": 1}]},
        record("R", ("x", "int")),
    ),
    "attribute of its own": ({"type": "string", "avro.java.string": "String"}, "string"),
    "no namespace inside one": (
        record("a.R", ("x", {"type": "enum", "name": "E", "symbols": ["A"]})),
        record("a.R", ("x", {"type": "enum", "name": "E", "namespace": "", "symbols": ["A"]})),
    ),
}


@pytest.mark.parametrize("name", TWO)
def test_what_says_more_is_another_schema(name: str) -> None:
    assert not are_one(*map(avro, TWO[name]))


def test_order_of_aliases_is_normalized() -> None:
    one, other = (avro(record("R", aliases=each)) for each in (["P", "Q"], ["Q", "P"]))
    assert not are_one(one, other)
    assert are_one_normalized(one, other)


def test_text_is_kept_as_it_was_written() -> None:
    text = '{ "type":"string" }'
    assert read_schema(SchemaText(Kind.AVRO, text)).text == text


def test_bare_word_becomes_json() -> None:
    assert read_schema(SchemaText(Kind.AVRO, "string")).text == '"string"'


def test_name_is_in_full() -> None:
    assert read_schema(avro(record("R", namespace="a.b"))).name == "a.b.R"


S = record("x.S", ("t", "T"))
T = {"type": "enum", "name": "T", "symbols": ["A"]}


def test_reference_is_named_and_written_out_when_resolved() -> None:
    schema = avro(record("x.R", ("a", "S"), ("b", "x.S"), ("c", "T")), t=T, s=S)
    assert json.loads(read_schema(schema).normalized) == record("x.R", ("a", "x.S"), ("b", "x.S"), ("c", "T"))
    whole = formatted(schema, "resolved")
    assert json.loads(whole)["fields"][0]["type"]["fields"][0]["type"] == T | {"namespace": ""}
    assert [each["type"] for each in json.loads(whole)["fields"][1:]] == ["x.S", "T"]
    read_schema(SchemaText(Kind.AVRO, whole))


def test_missing_reference_is_told() -> None:
    with pytest.raises(SchemaError, match=r"x\.S"):
        read_schema(avro(record("x.R", ("a", "x.S"))))


def test_reserved_name_of_a_field_is_told() -> None:
    found = reserved(avro(record("R", ("x", "int"), ("y", "int"))), ["y", "z"])
    assert [(each.path, each.rule) for each in found] == [("/fields/1", "reserved-name-used")]


def test_unknown_format_is_refused() -> None:
    with pytest.raises(SchemaError, match="serialized"):
        formatted(avro("string"), "serialized")
