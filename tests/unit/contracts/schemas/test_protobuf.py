"""Protobuf schemas read: text and descriptor are one schema."""

from __future__ import annotations

import base64

import pytest
from google.protobuf import descriptor_pb2, type_pb2, wrappers_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from assay.contracts import SchemaError
from assay.contracts.schemas import formatted, read_schema, reserved
from tests.unit.contracts.compatibility.test_protobuf import EVERYTHING
from tests.unit.contracts.schemas.asking import are_one, are_one_normalized, proto


def descriptor(text: str) -> FileDescriptorProto:
    return FileDescriptorProto.FromString(base64.b64decode(formatted(proto(text), "serialized")))


def in_base64(file: FileDescriptorProto) -> str:
    return base64.b64encode(file.SerializeToString()).decode()


def test_text_and_descriptor_are_one_schema() -> None:
    assert are_one(proto(EVERYTHING), proto(formatted(proto(EVERYTHING), "serialized")))


def test_descriptor_is_kept_as_text_that_reads_as_the_same_descriptor() -> None:
    file = descriptor(EVERYTHING)
    text = read_schema(proto(in_base64(file))).text
    assert text.startswith('syntax = "proto2";\npackage a.b;\n')
    assert descriptor(text) == file


@pytest.mark.parametrize("module", [descriptor_pb2, type_pb2, wrappers_pb2])
def test_file_that_protoc_made_is_read_and_printed_stably(module: object) -> None:
    file = FileDescriptorProto.FromString(module.DESCRIPTOR.serialized_pb)  # type: ignore[attr-defined]  # generated
    given = proto(in_base64(file))
    text = read_schema(given).text
    assert read_schema(proto(text)).text == text
    assert are_one(given, proto(text))


def test_names_of_json_that_protobuf_would_give_are_no_difference() -> None:
    plain, named = "", ' [json_name = "fooBar"]'
    text = 'syntax = "proto3"; message M { int32 foo_bar = 1%s; }'
    assert are_one(proto(text % plain), proto(text % named))
    assert not are_one(proto(text % plain), proto(text % ' [json_name = "other"]'))


SAME = {
    "comments": ("message M { int32 x = 1; }", "// one\nmessage M { /* two */ int32 x = 1; }"),
    "names in full": ("package a; message M { M x = 1; }", "package a; message M { .a.M x = 1; }"),
    "proto2 unsaid": ("message M { optional int32 x = 1; }", 'syntax = "proto2"; message M { optional int32 x = 1; }'),
    "numbers": ("message M { optional int32 x = 0x10; }", "message M { optional int32 x = 16; }"),
    "defaults": (
        "message M { optional double x = 1 [default = 1e3]; }",
        "message M { optional double x = 1 [default = 1000]; }",
    ),
    "order of options": (
        "message M { option deprecated = true; option map_entry = false; }",
        "message M { option map_entry = false; option deprecated = true; }",
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_spelling_is_no_difference(name: str) -> None:
    assert are_one(*map(proto, SAME[name]))


OTHER = {
    "default": ("message M { optional int32 x = 1; }", "message M { optional int32 x = 1 [default = 1]; }"),
    "option": ("message M {}", "message M { option deprecated = true; }"),
    "reserved": ("message M {}", "message M { reserved 5; }"),
    "presence": ('syntax = "proto3"; message M { int32 x = 1; }', 'syntax = "proto3"; message M { optional int32 x = 1; }'),
    "label": ("message M { optional int32 x = 1; }", "message M { repeated int32 x = 1; }"),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHER)
def test_what_says_more_is_another_schema(name: str) -> None:
    assert not are_one(*map(proto, OTHER[name]))


def test_order_of_imports_is_normalized() -> None:
    imports = [f'import "google/protobuf/{name}.proto";' for name in ("any", "empty")]
    one, other = (proto(f"{''.join(each)} message M {{}}") for each in (imports, imports[::-1]))
    assert not are_one(one, other)
    assert are_one_normalized(one, other)


def test_messages_keep_their_places_for_the_indexes_of_records() -> None:
    text = 'syntax = "proto3"; message M { message A {} map<int32, A> m = 1; message B {} map<int32, B> n = 2; }'
    kept = [
        each.name
        for each in descriptor(read_schema(proto(formatted(proto(text), "serialized"))).text)
        .message_type[0]
        .nested_type
    ]
    assert kept == ["A", "MEntry", "B", "NEntry"]  # fmt: skip


META = """
syntax = "proto3"; import "confluent/meta.proto"; import "confluent/type/decimal.proto"; import "google/type/date.proto";
message M {
  option (confluent.message_meta).doc = "hi";
  confluent.type.Decimal d = 1 [(confluent.field_meta) = { params: [{ key: "a" value: "b" }], tags: ["x"] }];
  google.type.Date day = 2;
}
"""


def test_options_that_an_import_defines_are_said_one_way() -> None:
    other = META.replace('(confluent.message_meta).doc = "hi"', '(confluent.message_meta) = { doc: "hi" }')
    assert are_one(proto(META), proto(other), proto(formatted(proto(META), "serialized")))
    assert (
        '(confluent.field_meta) = { params { key: "a" value: "b" } tags: "x" }' in read_schema(proto(META)).normalized
    )


def test_both_paths_of_confluents_decimal_are_known() -> None:
    text = 'import "confluent/%s/decimal.proto"; message M { optional confluent.type.Decimal d = 1; }'
    assert [read_schema(proto(text % each)).name for each in ("type", "types")] == ["M", "M"]


def test_options_that_others_define_may_be_left_out() -> None:
    assert "(confluent" not in formatted(proto(META), "ignore_extensions")


def test_files_are_imported_by_reference() -> None:
    text, other = 'import "a/b.proto"; message M { optional p.N n = 1; }', "package p; message N {}"
    assert read_schema(proto(text, {"a/b.proto": other})).name == "M"
    with pytest.raises(SchemaError, match=r"a/b\.proto"):
        read_schema(proto(text))


def test_files_that_import_each_other_are_refused() -> None:
    files = {"a.proto": 'import "b.proto"; message A {}', "b.proto": 'import "a.proto"; message B {}'}
    with pytest.raises(SchemaError, match="import each other"):
        read_schema(proto('import "a.proto"; message M {}', files))


WRONG = {
    "nothing": "",
    "only a package": "package a;",
    "a number twice": "message M { optional int32 x = 1; optional int32 y = 1; }",
    "a name twice": "message M { optional int32 x = 1; optional int32 x = 2; }",
    "a message twice": "message M {} message M {}",
    "a name of other letters": base64.b64encode(
        FileDescriptorProto(message_type=[{"name": "M { } //"}]).SerializeToString()  # type: ignore[list-item]  # as a dict
    ).decode(),
}


@pytest.mark.parametrize("name", WRONG)
def test_file_that_no_one_could_use_is_refused(name: str) -> None:
    with pytest.raises(SchemaError):
        read_schema(proto(WRONG[name]))


def test_reserved_name_of_a_field_is_told() -> None:
    found = reserved(proto("message M { optional int32 x = 1; optional int32 y = 2; }"), ["y"])
    assert [each.path for each in found] == ["M.y"]
