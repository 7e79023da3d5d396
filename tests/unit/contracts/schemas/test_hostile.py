"""Schemas that would take a registry down: each one is read, or refused, and so it ends."""

from __future__ import annotations

import base64
import contextlib
import json
from random import Random
from typing import Any

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from hypothesis import given
from hypothesis import strategies as st

from assay.contracts import SchemaError, SchemaTooLargeError
from assay.contracts.compatibility import Kind, Mode, SchemaText, check
from assay.contracts.schemas import MAX_SCHEMA_SIZE, formatted, read_schema
from tests.unit.contracts.compatibility import test_protobuf
from tests.unit.contracts.compatibility.values import damaged, schema
from tests.unit.contracts.schemas.asking import jsons

MANY = 5_000
STRUCT = 'import "google/protobuf/struct.proto"; import "google/protobuf/descriptor.proto";'
DEEP_OPTION = "list_value { values { " * MANY + "} } " * MANY


def packed(message: bytes, depth: int) -> bytes:
    """A descriptor with messages so deep within one another."""
    for place in range(depth):
        row = b"\x0a\x01M" + message
        size, head = len(row), b""
        while size > 0x7F:
            head, size = head + bytes([size & 0x7F | 0x80]), size >> 7
        message = (b"\x22" if place == depth - 1 else b"\x1a") + head + bytes([size]) + row
    return message


REFUSED = {
    "json: lists in lists": (Kind.JSON, "[" * 100_000 + "]" * 100_000),
    "json: objects in objects": (Kind.JSON, '{"not":' * 10_000 + "{}" + "}" * 10_000),
    "json: too large": (Kind.JSON, json.dumps({"title": "x" * 10_000_000})),
    "json: a number too large": (Kind.JSON, '{"enum": [1e400]}'),
    "json: a number with many digits": (Kind.JSON, f'{{"enum": [1{"0" * 400_000}]}}'),
    "json: half a character": (Kind.JSON, '{"title": "\ud800"}'),
    "json: half a character as an escape": (Kind.JSON, '{"title": "\\ud800"}'),
    "json: NUL": (Kind.JSON, '{"title": "\0"}'),
    "json: a reference to the network": (Kind.JSON, '{"$ref": "http://127.0.0.1:1/schema"}'),
    "json: a ring of references": (
        Kind.JSON,
        json.dumps({"$ref": "#/$defs/0", "$defs": {str(n): {"$ref": f"#/$defs/{(n + 1) % MANY}"} for n in range(MANY)}}),
    ),
    "avro: types in types": (Kind.AVRO, '{"type":"array","items":' * 10_000 + '"int"' + "}" * 10_000),
    "avro: too large": (Kind.AVRO, json.dumps({"type": "string", "doc": "x" * 10_000_000})),
    "avro: a long name": (Kind.AVRO, json.dumps({"type": "record", "name": "R" * 10_000, "fields": []})),
    "avro: a long namespace for many names": (
        Kind.AVRO,
        json.dumps(
            {"type": "enum", "name": "E", "namespace": "n" * 500, "symbols": [], "aliases": [str(n) for n in range(20_000)]}
        ),
    ),
    "avro: NaN": (Kind.AVRO, '{"type": "string", "x": NaN}'),
    "avro: half a character": (Kind.AVRO, '{"type": "string", "doc": "\\udfff"}'),
    "protobuf: messages in messages": (Kind.PROTOBUF, "message M {" * 10_000 + "}" * 10_000),
    "protobuf: a descriptor in a descriptor": (Kind.PROTOBUF, base64.b64encode(packed(b"", 3_000)).decode()),
    "protobuf: a descriptor deeper than text": (Kind.PROTOBUF, base64.b64encode(packed(b"", 80)).decode()),
    "protobuf: a package that is text": (
        Kind.PROTOBUF, base64.b64encode(packed(b"", 1) + b"\x12\x0da; enum E { } ").decode(),
    ),
    "protobuf: a default that is text": (
        Kind.PROTOBUF,
        base64.b64encode(
            FileDescriptorProto(
                message_type=[{"name": "M", "field": [{"name": "x", "number": 1, "type": 5, "default_value": "1]; //"}]}]  # type: ignore[list-item]  # as a dict
            ).SerializeToString()
        ).decode(),
    ),
    "protobuf: too large": (Kind.PROTOBUF, "message M {}" + " " * 10_000_000),
    "protobuf: an open brace": (Kind.PROTOBUF, "option x = " + "{" * 500_000),
    "protobuf: a long package": (Kind.PROTOBUF, f"package {'a.' * 100_000}a; message M {{}}"),
    "protobuf: a long package for many types": (
        Kind.PROTOBUF,
        f"package {'a' * 500}; message M {{ {''.join(f'optional M f{n} = {n};' for n in range(1, 20_000))} }}",
    ),
    "protobuf: NUL": (Kind.PROTOBUF, 'message M { option (x) = "\0"; }'),
    "protobuf: no UTF-8": (Kind.PROTOBUF, base64.b64encode(b"\x22\x03\x0a\x01\xff").decode()),
    "protobuf: a number with many digits": (Kind.PROTOBUF, f"message M {{ option (x) = 1{'0' * 100_000}; }}"),
}  # fmt: skip


BROKEN = {
    "oneof that is not there": {"message_type": [{"name": "M", "field": [{"name": "x", "number": 1, "type": 5, "oneof_index": 3}]}]},
    "import that is not there": {"message_type": [{"name": "M"}], "public_dependency": [1]},
    "option without a name": {"message_type": [{"name": "M", "options": {"uninterpreted_option": [{}]}}]},
    "option with half a name": {"options": {"uninterpreted_option": [{"name": [{}]}]}},
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_descriptor_that_contradicts_itself_is_refused(name: str) -> None:
    file = FileDescriptorProto(**BROKEN[name])  # type: ignore[arg-type]  # as a dict
    with pytest.raises(SchemaError, match="descriptor"):
        read_schema(SchemaText(Kind.PROTOBUF, base64.b64encode(file.SerializePartialToString()).decode()))


def mapped(**entry: Any) -> str:
    """A descriptor with a map whose entry is built in another way."""
    fields = [
        {"name": "key", "number": 1, "type": 9, "label": 1},
        {"name": "value", "number": 2, "type": 9, "label": 1},
    ]
    made = {"name": "XEntry", "field": fields, "options": {"map_entry": True}, **entry}
    field = {"name": "x", "number": 1, "type": 11, "label": 3, "type_name": ".M.XEntry"}
    file = FileDescriptorProto(message_type=[{"name": "M", "field": [field], "nested_type": [made]}])  # type: ignore[list-item]  # as a dict
    return base64.b64encode(file.SerializeToString()).decode()


ENTRIES = {
    "value of another number": mapped(
        field=[{"name": "key", "number": 1, "type": 9, "label": 1}, {"name": "value", "number": 35, "type": 9, "label": 1}]
    ),
    "no value": mapped(field=[{"name": "key", "number": 1, "type": 9, "label": 1}]),
    "key of another type": mapped(
        field=[{"name": "key", "number": 1, "type": 2, "label": 1}, {"name": "value", "number": 2, "type": 9, "label": 1}]
    ),
    "no map": "message M { option map_entry = true; optional string key = 1; optional string value = 2; }",
    "presence of a list": 'edition = "2023"; message M { repeated int32 x = 1 [features.field_presence = LEGACY_REQUIRED]; }',
    "presence of all": 'edition = "2023"; option features.field_presence = LEGACY_REQUIRED; message M { repeated int32 x = 1; }',
    "message set with fields": "message M { option message_set_wire_format = true; optional string a = 1; }",
}  # fmt: skip


@pytest.mark.parametrize("name", ENTRIES)
def test_what_would_bring_down_the_runtime_is_refused(name: str) -> None:
    assert read_schema(SchemaText(Kind.PROTOBUF, mapped())).text
    of = SchemaText(Kind.PROTOBUF, ENTRIES[name])
    with pytest.raises(SchemaError):
        read_schema(of)
    with pytest.raises(SchemaError):
        check(SchemaText(Kind.PROTOBUF, "message M {}"), [of], Mode.FULL)


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.timeout(60)
def test_bomb_is_refused(name: str) -> None:
    with pytest.raises(SchemaError):
        read_schema(SchemaText(*REFUSED[name]))


def doubled(word: str) -> dict[str, Any]:
    parts = {f"d{n}": {word: [{"$ref": f"#/definitions/d{n + 1}"}] * 2} for n in range(30)}
    return {"$ref": "#/definitions/d0", "definitions": {**parts, "d30": {}}}


READ = {
    "json: allOf doubled 30 times": (Kind.JSON, json.dumps(doubled("allOf"))),
    "json: anyOf doubled 30 times": (Kind.JSON, json.dumps(doubled("anyOf"))),
    "json: a long row of references": (
        Kind.JSON,
        json.dumps(
            {"$ref": "#/$defs/0", "$defs": {**{str(n): {"$ref": f"#/$defs/{n + 1}"} for n in range(MANY)}, str(MANY): {}}}
        ),
    ),
    "json: many properties": (Kind.JSON, json.dumps({"properties": {f"p{n}": {"minLength": n} for n in range(MANY)}})),
    "json: many branches": (Kind.JSON, json.dumps({"anyOf": [{"const": n} for n in range(MANY)]})),
    "json: a pattern that explodes": (Kind.JSON, '{"type": "string", "pattern": "^(a+)+$"}'),
    "json: a pattern that repeats": (Kind.JSON, '{"type": "string", "pattern": "((a{1000}){1000}){1000}"}'),
    "json: a meta-schema of the network": (Kind.JSON, '{"$schema": "http://127.0.0.1:1/schema", "type": "string"}'),
    "avro: many fields": (
        Kind.AVRO,
        json.dumps({"type": "record", "name": "R", "fields": [{"name": f"f{n}", "type": "int"} for n in range(MANY)]}),
    ),
    "avro: many symbols": (Kind.AVRO, json.dumps({"type": "enum", "name": "E", "symbols": [f"f{n}" for n in range(MANY)]})),
    "avro: many branches": (
        Kind.AVRO, json.dumps([{"type": "fixed", "size": 1, "name": f"f{n}"} for n in range(MANY)]),
    ),
    "avro: a record in itself": (Kind.AVRO, '{"type":"record","name":"R","fields":[{"name":"r","type":"R"}]}'),
    "protobuf: many messages": (Kind.PROTOBUF, "".join(f"message M{n} {{}}" for n in range(MANY))),
    "protobuf: many maps": (
        Kind.PROTOBUF, f"message M {{ {''.join(f'map<string, string> f{n} = {n};' for n in range(1, MANY))} }}",
    ),
    "protobuf: many oneofs": (
        Kind.PROTOBUF,
        f"message M {{ {''.join(f'oneof o{n} {{ int32 f{n} = {n}; }}' for n in range(1, MANY))} }}",
    ),
    "protobuf: a deep option": (
        Kind.PROTOBUF,
        (f"{STRUCT} extend google.protobuf.MessageOptions {{ optional google.protobuf.Value v = 50000; }}"
        f"message M {{ option (v) = {{ {DEEP_OPTION} }}; }}"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
@pytest.mark.timeout(120)
def test_large_schema_is_read_and_compared_to_an_end(name: str) -> None:
    of = SchemaText(*READ[name])
    other = {Kind.AVRO: '"int"', Kind.JSON: '{"type": "object"}', Kind.PROTOBUF: "message Q {}"}[of.kind]
    assert read_schema(of).normalized
    assert check(of, [SchemaText(of.kind, other)], Mode.FULL, budget=2_000).comparisons


def test_references_have_a_size_together() -> None:
    parts = {f"r{n}": json.dumps({"title": "x" * (MAX_SCHEMA_SIZE - 100)}) for n in range(5)}
    with pytest.raises(SchemaTooLargeError):
        read_schema(SchemaText(Kind.JSON, "{}", parts))


@given(st.integers(0, 2**32))
def test_damaged_json_schema_is_read_or_refused(seed: int) -> None:
    random = Random(seed)
    with contextlib.suppress(SchemaError):
        read_schema(jsons(damaged(schema(random), random)))


@given(st.binary(max_size=60), st.integers(0, 2**32))
def test_damaged_descriptor_is_read_or_refused(noise: bytes, seed: int) -> None:
    random = Random(seed)
    text = random.choice([test_protobuf.EVERYTHING, test_protobuf.drawn(random)])
    row = base64.b64decode(formatted(SchemaText(Kind.PROTOBUF, text), "serialized"))
    start = random.randrange(len(row))
    cut = base64.b64encode(row[:start] + noise + row[start + random.randrange(4) :]).decode()
    with contextlib.suppress(SchemaError):
        of = SchemaText(Kind.PROTOBUF, cut)
        kept = read_schema(of).text
        formatted(of, "serialized")
        read_schema(SchemaText(Kind.PROTOBUF, kept))


@given(st.text(max_size=60), st.sampled_from(Kind))
def test_any_text_is_read_or_refused(text: str, kind: Kind) -> None:
    with contextlib.suppress(SchemaError):
        read_schema(SchemaText(kind, text))
