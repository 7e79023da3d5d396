"""Schemas that are made to cost more than they weigh, each with the code that it is answered with."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass

from google.protobuf.descriptor_pb2 import FileDescriptorProto

__all__ = ["BOMBS", "PAIRS", "Bomb"]

DOUBLINGS = 30
CATASTROPHE = "^(([a-z])+.)+[A-Z]([a-z])+$"


@dataclass(frozen=True, slots=True)
class Bomb:
    """A schema, and the code that registering it is answered with; 0 is that of one that is taken."""

    name: str
    kind: str
    text: str
    code: int = 42201


def avro(name: str, *fields: dict[str, object]) -> dict[str, object]:
    return {"type": "record", "name": name, "fields": list(fields)}


def nested(levels: int, inner: object, outer: str) -> str:
    """An inner thing within so many outer ones; json.dumps would not go as deep."""
    start, end = outer.split("…")
    return start * levels + json.dumps(inner) + end * levels


def doubled_json(leaf: object, keyword: str = "allOf") -> str:
    """2^30 leaves, by thirty definitions that each refer to the next one twice."""
    names = range(DOUBLINGS)
    made: dict[str, object] = {f"d{n}": {keyword: [{"$ref": f"#/definitions/d{n + 1}"}] * 2} for n in names}
    made[f"d{DOUBLINGS}"] = leaf
    return json.dumps({"definitions": made, "$ref": "#/definitions/d0"})


def doubled_avro() -> str:
    made: object = avro("R0", {"name": "x", "type": "int"})
    for n in range(1, DOUBLINGS + 1):
        made = avro(f"R{n}", {"name": "a", "type": made}, {"name": "b", "type": f"R{n - 1}"})
    return json.dumps(made)


def doubled_proto() -> str:
    lines = [f"message R{n} {{ R{n - 1} a = 1; R{n - 1} b = 2; }}" for n in range(DOUBLINGS, 0, -1)]
    return "\n".join(['syntax = "proto3";', *lines, "message R0 { string x = 1; }"])


def descriptor(name: str, *imports: str) -> str:
    made = FileDescriptorProto(name=name, syntax="proto3", dependency=imports)
    made.message_type.add(name="A")
    return base64.b64encode(made.SerializeToString()).decode()


def _avro() -> Iterator[Bomb]:
    yield Bomb("doubling", "AVRO", doubled_avro(), 0)
    yield Bomb("deep arrays", "AVRO", nested(30_000, "int", '{"type":"array","items":…}'))
    yield Bomb(
        "deep records", "AVRO", nested(15_000, "int", '{"type":"record","name":"A","fields":[{"name":"x","type":…}]}')
    )
    yield Bomb("wide union", "AVRO", json.dumps([avro(f"U{n}") for n in range(10_000)]), 0)
    yield Bomb(
        "wide enum", "AVRO", json.dumps({"type": "enum", "name": "E", "symbols": [f"S{n}" for n in range(60_000)]}), 0
    )
    yield Bomb("huge fixed", "AVRO", json.dumps({"type": "fixed", "name": "F", "size": 10**9}), 0)
    yield Bomb("long name", "AVRO", json.dumps(avro("a" * 900_000)))
    yield Bomb("10 MB", "AVRO", json.dumps(avro("A", {"name": "x", "type": "int", "doc": "x" * 10_000_000})), 42209)


def _json() -> Iterator[Bomb]:
    yield Bomb("doubling", "JSON", doubled_json({"type": "string"}), 0)
    yield Bomb("doubling with default", "JSON", doubled_json({"type": "string"}, "anyOf")[:-1] + ', "default": 5}', 0)
    yield Bomb("deep", "JSON", nested(100_000, {}, '{"not":…}'))
    yield Bomb("deep arrays in enum", "JSON", '{"enum": [' + "[" * 100_000 + "]" * 100_000 + "]}")
    yield Bomb("refers to itself", "JSON", '{"$ref": "#"}')
    yield Bomb(
        "ring of references",
        "JSON",
        '{"definitions": {"a": {"$ref": "#/definitions/b"}, "b": {"$ref": "#/definitions/a"}}, "$ref": "#/definitions/a"}',
    )
    yield Bomb("leads nowhere", "JSON", '{"$ref": "#/definitions/none"}')
    yield Bomb("remote", "JSON", '{"$ref": "http://127.0.0.1:9/schema.json"}')
    yield Bomb("file", "JSON", '{"$ref": "file:///etc/passwd"}')
    yield Bomb(
        "catastrophic pattern",
        "JSON",
        json.dumps({"type": "string", "pattern": CATASTROPHE, "default": "a" * 5_000}),
        0,
    )
    yield Bomb("no pattern", "JSON", '{"pattern": "(((("}')
    yield Bomb("huge repetition", "JSON", json.dumps({"pattern": "((a{1000}){1000}){1000}"}), 0)
    yield Bomb("huge number", "JSON", '{"maximum": 1e400}')
    yield Bomb("many digits", "JSON", '{"maximum": ' + "9" * 900_000 + "}")
    yield Bomb("10 MB", "JSON", json.dumps({"description": "x" * 10_000_000}), 42209)


def _protobuf() -> Iterator[Bomb]:
    yield Bomb("doubling", "PROTOBUF", doubled_proto(), 0)
    yield Bomb("deep messages", "PROTOBUF", "message A {" * 20_000 + "}" * 20_000)
    yield Bomb("endless comment", "PROTOBUF", "/*" * 400_000)
    yield Bomb("endless text", "PROTOBUF", 'syntax = "' + "\\" * 900_000)
    yield Bomb("deep option", "PROTOBUF", "option (a) = " + "{a:" * 50_000 + "}" * 50_000 + ";")
    yield Bomb(
        "many fields", "PROTOBUF", "message A {" + "".join(f"int32 f{n}={n};" for n in range(20_000, 30_000)) + "}", 0
    )
    yield Bomb("imports itself", "PROTOBUF", descriptor("a.proto", "a.proto"))
    yield Bomb("imports a path", "PROTOBUF", 'syntax = "proto3"; import "/etc/passwd"; message A {}')
    yield Bomb("imports upwards", "PROTOBUF", descriptor("../../a.proto", "../../../etc/passwd"))
    yield Bomb("no descriptor", "PROTOBUF", base64.b64encode(b"\xff" * 300_000).decode())
    yield Bomb("10 MB", "PROTOBUF", "//" + "x" * 10_000_000, 42209)


BOMBS = (*_avro(), *_json(), *_protobuf())
"""Bombs that one text holds."""


def union(start: int) -> str:
    return json.dumps([avro(f"U{n}", {"name": f"x{start}", "type": "int"}) for n in range(2_000)])


def branches(keyword: str, start: int) -> str:
    made = [
        {"type": "object", "properties": {f"p{n}": {"minimum": n}}, "required": [f"p{n}"]}
        for n in range(start, start + 400)
    ]
    return json.dumps({keyword: made})


PAIRS = (
    ("AVRO", doubled_avro(), doubled_avro().replace('"int"', '"string"')),
    ("AVRO", union(0), union(1)),
    ("JSON", doubled_json({"type": "string"}), doubled_json({"type": "integer"})),
    ("JSON", doubled_json({"minimum": 1}, "oneOf"), doubled_json({"minimum": 2}, "oneOf")),
    ("JSON", branches("oneOf", 0), branches("oneOf", 100)),
    ("JSON", branches("anyOf", 0), branches("allOf", 50)),
    ("JSON", '{"type": "string"}', json.dumps({"type": "string", "minLength": 10**15})),
    ("JSON", '{"type": "array"}', json.dumps({"type": "array", "minItems": 10**15, "uniqueItems": True})),
    (
        "JSON",
        json.dumps({"pattern": CATASTROPHE, "minLength": 60}),
        json.dumps({"pattern": "^(a|aa)+$", "minLength": 60}),
    ),
    ("PROTOBUF", doubled_proto(), doubled_proto().replace("string", "int32")),
)
"""Bombs that go off when the second schema is compared with the first."""
