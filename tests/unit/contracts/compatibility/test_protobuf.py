"""Protobuf by numbers: each row of the table, both ways where there are two."""

from __future__ import annotations

import base64
import contextlib
from random import Random
from typing import Any

import pytest
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from assay.contracts import SchemaError
from assay.contracts.compatibility import Kind, Mode, Outcome, SchemaText, check
from assay.contracts.compatibility.protobuf import read_file
from assay.contracts.compatibility.protobuf.samples import class_of
from tests.unit.contracts.compatibility.asking import proto, rules

GROUPS = [["int32", "int64", "uint32", "uint64", "bool", "E"], ["sint32", "sint64"], ["string", "bytes"],
          ["fixed32", "sfixed32"], ["fixed64", "sfixed64"], ["float"], ["double"]]  # fmt: skip
SCALARS = [(name, place) for place, group in enumerate(GROUPS) for name in group]


def file(body: str, *, syntax: str = "proto3", package: str = "p") -> str:
    enum = "enum E { ZERO = 0; ONE = 1; }"
    return f'syntax = "{syntax}"; package {package}; {enum} {body}'


def message(fields: str, *, syntax: str = "proto3", package: str = "p") -> str:
    return file(f"message M {{ {fields} }}", syntax=syntax, package=package)


def proto2(fields: str) -> str:
    return message(fields, syntax="proto2")


@pytest.mark.parametrize(("old", "old_group"), SCALARS)
def test_scalar_is_read_as_one_of_its_group(old: str, old_group: int) -> None:
    for new, group in SCALARS:
        comparison = proto(message(f"{old} x = 1;"), message(f"{new} x = 1;"))
        expected = [] if group == old_group else [("M.x", "protobuf-scalar-changed")]
        assert rules(comparison) == expected, new
        assert all(each.document for each in comparison.breaks), new


READ = {
    "message added, moved": (file("message A {} message B {}"), file("message B {} message C {} message A {}")),
    "enum removed": (file("message M {} enum F { X = 0; }"), file("message M {}")),
    "constant added, removed, renamed": (
        file("enum F { X = 0; Y = 1; } message M { F f = 1; }"), file("enum F { Z = 0; W = 2; } message M { F f = 1; }"),
    ),
    "enum to integer": (message("E x = 1;"), message("int64 x = 1;")),
    "field added": (message(""), message("int32 x = 1;")),
    "field removed": (message("int32 x = 1;"), message("")),
    "field renamed": (message("int32 x = 1;"), message("int32 y = 1;")),
    "label of a string": (proto2("optional string x = 1;"), proto2("repeated string x = 1;")),
    "plain field repeated": (message("int32 x = 1;"), message("repeated int32 x = 1;")),
    "optional written": (message("int32 x = 1;"), message("optional int32 x = 1;")),
    "required string made optional": (proto2("required string x = 1;"), proto2("optional string x = 1;")),
    "label of a message": (
        proto2("message N {} optional N x = 1;"), proto2("message N {} repeated N x = 1;"),
    ),
    "message type moved out": (
        message("message N { int32 a = 1; } N x = 1;"), file("message N { int64 a = 1; } message M { N x = 1; }"),
    ),
    "map values in their group": (message("map<string, int32> x = 1;"), message("map<string, int64> x = 1;")),
    "oneof added around one": (message("int32 x = 1;"), message("oneof o { int32 x = 1; }")),
    "oneof removed as a container": (message("oneof o { int32 x = 1; int32 y = 2; }"), message("int32 x = 1; int32 y = 2;")),
    "member added": (message("oneof o { int32 x = 1; }"), message("oneof o { int32 x = 1; int32 y = 2; }")),
    "member moved out": (message("oneof o { int32 x = 1; int32 y = 2; }"), message("oneof o { int32 x = 1; } int32 y = 2;")),
    "oneof and all members removed": (message("oneof o { int32 x = 1; int32 y = 2; }"), message("")),
    "one moved into a new oneof beside a new one": (message("int32 x = 1;"), message("oneof o { int32 x = 1; int32 y = 2; }")),
    "circle": (message("M next = 1; int32 v = 2;"), message("M next = 1; int64 v = 2;")),
    "edition": (
        proto2("required string x = 1; repeated int32 y = 2;"),
        'edition = "2023"; package p; message M { string x = 1 [features.field_presence = LEGACY_REQUIRED]; repeated int32 y = 2; }',
    ),
    "map entry moved": (message("map<string, int32> x = 1; message N {}"), message("message N {} map<string, int32> x = 1;")),
    "syntax": (proto2("optional int32 x = 1;"), message("int32 x = 1;")),
    "call added": (file("message M {}"), file("message M {} service S { rpc C(M) returns (M); }")),
    "call removed": (file("message M {} service S { rpc C(M) returns (M); }"), file("message M {}")),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_reader_reads(name: str) -> None:
    assert rules(proto(*READ[name])) == []


BROKEN = {
    "package": (file("message M {}"), file("message M {}", package="q"), "package", "protobuf-package-changed"),
    "message removed": (file("message A {} message B {}"), file("message A {}"), "B", "protobuf-message-removed"),
    "nested message removed": (
        message("message N {} int32 x = 1;"), message("int32 x = 1;"), "M.N", "protobuf-message-removed",
    ),
    "kind": (message("message N {} int32 x = 1;"), message("message N {} N x = 1;"), "M.x", "protobuf-kind-changed"),
    "map to message": (
        message("message N {} map<string, N> x = 1;"), message("message N {} repeated N x = 1;"), "M.x",
        "protobuf-kind-changed",
    ),
    "another message": (
        message("message A { int32 a = 1; } message B { string a = 1; } A x = 1;"),
        message("message A { int32 a = 1; } message B { string a = 1; } B x = 1;"), "M.x", "protobuf-message-changed",
    ),
    "inside a message": (
        message("message N { int32 a = 1; } N x = 1;"), message("message N { string a = 1; } N x = 1;"), "M.N.a",
        "protobuf-scalar-changed",
    ),
    "behind a circle": (
        message("M next = 1; int32 v = 2;"), message("M next = 1; string v = 2;"), "M.v", "protobuf-scalar-changed",
    ),
    "map key": (
        message("map<string, int32> x = 1;"), message("map<int32, int32> x = 1;"), "M.x.key", "protobuf-scalar-changed",
    ),
    "map value": (
        message("map<string, int32> x = 1;"), message("map<string, string> x = 1;"), "M.x.value",
        "protobuf-scalar-changed",
    ),
    "number": (message("int32 x = 1;"), message("int32 x = 2;"), "M.x", "protobuf-number-changed"),
    "required added": (proto2(""), proto2("required int32 x = 1;"), "M.x", "protobuf-required-added"),
    "required removed": (proto2("required int32 x = 1;"), proto2(""), "M.x", "protobuf-required-removed"),
    "made required by an edition": (
        proto2("optional string x = 1;"),
        'edition = "2023"; package p; message M { string x = 1 [features.field_presence = LEGACY_REQUIRED]; }',
        "M.x", "protobuf-required-added",
    ),
    "message to group of an edition": (
        proto2("message N { optional int32 a = 1; } optional N x = 1;"),
        'edition = "2023"; package p; message M { message N { int32 a = 1; } N x = 1 [features.message_encoding = DELIMITED]; }',
        "M.x", "protobuf-kind-changed",
    ),
    "made required": (
        proto2("optional string x = 1;"), proto2("required string x = 1;"), "M.x", "protobuf-required-added",
    ),
    "label of a number": (
        proto2("repeated int32 x = 1;"), proto2("optional int32 x = 1;"), "M.x", "protobuf-label-changed",
    ),
    "label of an optional of proto3": (
        message("repeated int32 x = 1;"), message("optional int32 x = 1;"), "M.x", "protobuf-label-changed",
    ),
    "member removed": (
        message("oneof o { int32 x = 1; int32 y = 2; }"), message("oneof o { int32 x = 1; }"), "M.o",
        "protobuf-oneof-member-removed",
    ),
    "member removed, sibling moved out": (
        message("oneof o { int32 x = 1; int32 y = 2; }"), message("int32 x = 1;"), "M.o",
        "protobuf-oneof-member-removed",
    ),
    "two moved in": (
        message("int32 x = 1; int32 y = 2;"), message("oneof o { int32 x = 1; int32 y = 2; }"), "M.o",
        "protobuf-fields-moved-into-oneof",
    ),
    "one moved to others": (
        message("oneof o { int32 x = 1; } int32 y = 2;"), message("oneof o { int32 x = 1; int32 y = 2; }"), "M.o",
        "protobuf-fields-moved-into-oneof",
    ),
    "two oneofs made one": (
        message("oneof o { int32 x = 1; } oneof q { int32 y = 2; }"), message("oneof o { int32 x = 1; int32 y = 2; }"),
        "M.o", "protobuf-fields-moved-into-oneof",
    ),
    "call": (
        file("message M {} message N {} service S { rpc C(M) returns (M); }"),
        file("message M {} message N {} service S { rpc C(M) returns (stream N); }"), "S.C", "protobuf-rpc-changed",
    ),
}  # fmt: skip

UNSHOWN = {"package", "message removed", "nested message removed", "required removed", "call", "another message"}
"""No message is read otherwise; the rule keeps names, code or promises."""


@pytest.mark.parametrize("name", BROKEN)
def test_break_says_where_and_why_and_shows_a_document(name: str) -> None:
    old, new, path, rule = BROKEN[name]
    comparison = proto(old, new)
    assert comparison.outcome is Outcome.INCOMPATIBLE
    assert rules(comparison) == [(path, rule)]
    (found,) = comparison.breaks
    assert found.message
    assert found.passes
    assert found.document or name in UNSHOWN


WARNED = {
    "field renamed": ("M.y", "protobuf-field-renamed"),
    "plain field repeated": ("M.x", "protobuf-label-not-judged"),
    "call removed": ("S.C", "protobuf-rpc-removed"),
}


@pytest.mark.parametrize("name", WARNED)
def test_change_that_is_read_but_may_hurt_is_a_warning(name: str) -> None:
    assert [(each.path, each.rule) for each in proto(*READ[name]).warned] == [WARNED[name]]


def test_types_come_from_imports() -> None:
    old = message("message N { int32 a = 1; } N x = 1;")
    moved = 'syntax = "proto3"; package p; import "n.proto"; message M { N x = 1; }'
    inside = 'syntax = "proto3"; package p; message N { %s a = 1; }'
    assert proto(old, moved, **{"n.proto": inside % "int32"}).outcome is Outcome.COMPATIBLE
    assert rules(proto(old, moved, **{"n.proto": inside % "string"})) == [("M.N.a", "protobuf-scalar-changed")]
    assert proto(moved, old, **{"n.proto": inside % "int32"}).outcome is Outcome.COMPATIBLE


def test_well_known_types_need_no_import_of_ours() -> None:
    text = (
        'syntax = "proto3"; import "google/protobuf/timestamp.proto"; message M { google.protobuf.Timestamp at = 1; }'
    )
    assert proto(text, text).outcome is Outcome.COMPATIBLE


def test_type_of_an_import_that_nobody_gave_is_taken_by_its_name() -> None:
    text = 'syntax = "proto3"; import "other.proto"; message M { other.%s at = 1; }'
    assert proto(text % "A", text % "A").outcome is Outcome.COMPATIBLE
    assert rules(proto(text % "A", text % "B")) == [("M.at", "protobuf-message-changed")]


EVERYTHING = """
syntax = "proto2";  // a comment; "with" {marks}
package a.b;
import public "google/protobuf/any.proto";
option java_package = "x"; option (custom).deep = { a: "}" b: [1, -2] };
/* another */
message M {
  option deprecated = true;
  reserved 5, 7 to 9, 1000 to max; reserved "old", 'older';
  extensions 100 to 199 [declaration = { number: 100 }];
  optional string name = 1 [default = "a;\\"b", json_name = "n", (buf.validate.field).string.min_len = 1];
  repeated int32 packed = 0x02 [packed = true];
  optional group Result = 3 { required string url = 1; }
  map<string, .a.b.M.N> by_name = 4;
  oneof choice { string left = 10; N right = 11; option (x) = 1; }
  message N { optional M.Kind kind = 1; enum Kind { NONE = 0; } }
  enum Kind { option allow_alias = true; A = 0; B = 0; C = -1 [deprecated = true]; reserved 4; }
  extend Other { optional int32 more = 126; }
}
message Other { extensions 126; }
extend Other { optional string note = 127; }
service S { option x = 1; rpc C(M) returns (stream M) { option (google.api.http) = { get: "/v1/{a}" }; } rpc D(M) returns (M); }
"""


def test_every_word_of_the_language_is_read() -> None:
    assert proto(EVERYTHING, EVERYTHING).outcome is Outcome.COMPATIBLE
    broken = EVERYTHING.replace("NONE = 0; } }", "NONE = 0; } }").replace("required string url", "required int32 url")
    assert rules(proto(EVERYTHING, broken)) == [("M.Result.url", "protobuf-scalar-changed")]


def test_descriptor_compares_as_its_text_does() -> None:
    one, other = message("int32 x = 1; optional E y = 2;"), message("string x = 1; optional E y = 2;")
    as_descriptor = base64.b64encode(read_file(one, {}).main.SerializeToString()).decode()
    assert proto(as_descriptor, one).outcome is Outcome.COMPATIBLE
    assert rules(proto(as_descriptor, other)) == [("M.x", "protobuf-scalar-changed")]


WRONG = {
    "nothing that begins": "messag M {}",
    "no end": "message M { int32 x = 1;",
    "no number": "message M { int32 x; }",
    "no type": "message M { 5 x = 1; }",
    "unknown type": "message M { Strnig x = 1; }",
    "number above 29 bits": "message M { int32 x = 536870912; }",
    "constant of 33 bits": "enum E { A = 4294967296; }",
    "open comment": "/* message M {}",
    "open string": 'syntax = "proto3; message M {}',
    "a strange mark": "message M { int32 § = 1; }",
    "deep": "message M {" * 100 + "}" * 100,
    "very deep": "message M {" * 100_000,
    "open brackets": "option x = " + "{" * 100_000,
    "base64 of nothing": "AAAA",
}


@pytest.mark.parametrize("name", WRONG)
def test_schema_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(SchemaError):
        check(SchemaText(Kind.PROTOBUF, WRONG[name]), [], Mode.BACKWARD)


@pytest.mark.timeout(20)
def test_large_files_are_compared() -> None:
    fields = "".join(f"int32 f{n} = {n + 1};" for n in range(10_000))
    assert proto(message(fields), message(fields.replace("int32", "int64"))).outcome is Outcome.COMPATIBLE
    chain = "".join(f"message M{n} {{ M{n + 1} a = 1; M{n + 1} b = 2; }}" for n in range(1_000))
    old, new = (file(f"{chain} message M1000 {{ {kind} x = 1; }}") for kind in ("int32", "string"))
    assert proto(old, old).outcome is Outcome.COMPATIBLE
    assert rules(proto(old, new)) == [("M1000.x", "protobuf-scalar-changed")]


def test_fields_of_a_large_oneof_are_told_in_time() -> None:
    fields = "".join(f"int32 f{n} = {n + 1};" for n in range(10_000))
    assert rules(proto(message(fields), message(f"oneof o {{ {fields} }}"))) == [
        ("M.o", "protobuf-fields-moved-into-oneof")
    ]


def drawn(random: Random) -> str:
    """A message of up to four fields, each alone or in a oneof."""
    plain, members = "", ""
    for number in range(1, 5):
        kind = random.choice(["", "int32", "sint64", "string", "bytes", "double", "E", "N", "map<int32, string>"])
        label = random.choice(["", "", "optional ", "repeated "]) if "map" not in kind else ""
        if kind and random.random() < 0.2 and "map" not in kind:
            members += f"{kind} f{number} = {number};"
        elif kind:
            plain += f"{label}{kind} f{number} = {number};"
    inside = f"message N {{ {random.choice(['int32', 'bool', 'string'])} a = 1; }}"
    return message(f"{inside} {plain} {f'oneof o {{ {members} }}' if members else ''}")


def filled(of: type[Message], random: Random) -> Message:
    """A message with values that every type of their group has."""
    made = of()
    for field in of.DESCRIPTOR.fields:
        if random.random() < 0.7:
            row = {"string": "a", "bytes": b"a", "double": 0.5}.get(kind_of(field), 1)
            target = getattr(made, field.name)
            if field.message_type is not None and field.message_type.GetOptions().map_entry:
                target[1] = "a"
            elif field.message_type is not None:
                inner = target.add() if field.is_repeated else target
                inner.SetInParent()
                inner.a = "a" if kind_of(inner.DESCRIPTOR.fields[0]) == "string" else 1
            elif field.is_repeated:
                target.append(row)
            else:
                setattr(made, field.name, row)
    return made


def kind_of(field: object) -> str:
    names = {8: "bool", 9: "string", 12: "bytes", 1: "double"}
    return names.get(field.type, "")  # type: ignore[attr-defined]  # the stubs of descriptors are private


CHANGES = [
    ("int32", "int64"), ("string ", "bytes "), ("bytes ", "string "), ("optional ", ""), ("repeated ", ""), ("E f", "int32 f"),
    ("f1 = 1;", "f1 = 1; int32 f9 = 9;"), ("oneof o {", "oneof q {"),
]  # fmt: skip


@given(st.integers(0, 2**32))
def test_what_is_compatible_is_read(seed: int) -> None:
    random = Random(seed)
    old = drawn(random)
    new = old.replace(*random.choice(CHANGES)) if random.random() < 0.7 else drawn(random)
    comparison = proto(old, new)
    if comparison.outcome is not Outcome.COMPATIBLE:
        return
    writer, reader = (class_of(read_file(each, {}), "p.M") for each in (old, new))
    unjudged = {each.path for each in comparison.warned}
    for _ in range(5):
        written = filled(writer, random)
        read = reader.FromString(written.SerializeToString())
        shared = [name for name in fields(writer) & fields(reader) if f"M.{name}" not in unjudged]
        assert [shown(getattr(read, name)) for name in shared] == [shown(getattr(written, name)) for name in shared]


def fields(of: type[Message]) -> set[str]:
    return {field.name for field in of.DESCRIPTOR.fields}


def shown(value: Any) -> object:
    """A value as text and bytes, 1 and true have it in common."""
    if isinstance(value, Message):
        return value.SerializeToString()
    if isinstance(value, str | bytes):
        return value if isinstance(value, bytes) else value.encode()
    if hasattr(value, "items"):
        return dict(value.items())
    return [shown(each) for each in value] if hasattr(value, "append") else value


@given(st.integers(0, 2**32))
def test_text_that_is_damaged_has_a_verdict_or_is_refused(seed: int) -> None:
    random = Random(seed)
    text = random.choice([EVERYTHING, drawn(random)])
    start = random.randrange(len(text))
    cut = (
        text[:start]
        + random.choice(["", "{", "}", ";", "= 1", "oneof", "map<", '"', "/*"])
        + text[start + random.randrange(9) :]
    )
    with contextlib.suppress(SchemaError):
        proto(text, cut)
        proto(cut, text)
