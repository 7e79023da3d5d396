"""Files that may be imported and are given by nobody: those of Protobuf, and those of Confluent's clients."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from google.protobuf import (
    any_pb2,
    api_pb2,
    descriptor_pb2,
    duration_pb2,
    empty_pb2,
    field_mask_pb2,
    source_context_pb2,
    struct_pb2,
    timestamp_pb2,
    type_pb2,
    wrappers_pb2,
)
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from assay.contracts.compatibility.protobuf.parsing import parse_text

__all__ = ["is_known", "known_files"]

_MODULES = (
    any_pb2, api_pb2, descriptor_pb2, duration_pb2, empty_pb2, field_mask_pb2, source_context_pb2, struct_pb2,
    timestamp_pb2, type_pb2, wrappers_pb2,
)  # fmt: skip

_PLACES = ("google/protobuf/", "google/type/", "confluent/")
"""Clients import what is here without a reference."""

_OPTIONS = ("File", "Message", "Field", "Enum", "EnumValue")
_FIELDS = ("file_meta", "message_meta", "field_meta", "enum_meta", "enum_value_meta")
_META = 'syntax = "proto3"; package confluent; import "google/protobuf/descriptor.proto";' + (
    "message Meta { string doc = 1; map<string, string> params = 2; repeated string tags = 3; repeated Rule rules = 4; }"
    "message Rule { string name = 1; string doc = 2; string expr = 3; string sql = 4; }"
    + "".join(
        f"extend google.protobuf.{of}Options {{ Meta {name} = 1088; }}"
        for of, name in zip(_OPTIONS, _FIELDS, strict=True)
    )
)
_DECIMAL = (
    'syntax = "proto3"; package confluent.type;'
    "message Decimal { bytes value = 1; uint32 precision = 2; int32 scale = 3; }"
)
_CONFLUENT = {
    "confluent/meta.proto": _META,
    "confluent/type/decimal.proto": _DECIMAL,
    "confluent/types/decimal.proto": 'syntax = "proto3"; import public "confluent/type/decimal.proto";',
}


def is_known(path: str) -> bool:
    """Whether a file may be imported that no reference gives."""
    return path.startswith(_PLACES)


def known_files(imported: Iterable[str]) -> tuple[FileDescriptorProto, ...]:
    """The files of Protobuf, which is always there, and those among the imported ones that are known."""
    wanted = [path for path in dict.fromkeys(imported) if path in _CONFLUENT]
    inside = [path for each in wanted for path in _of_confluent(each).dependency if path in _CONFLUENT]
    return (*_of_protobuf(), *(_of_confluent(path) for path in dict.fromkeys((*wanted, *inside))))


@cache
def _of_protobuf() -> tuple[FileDescriptorProto, ...]:
    return tuple(FileDescriptorProto.FromString(module.DESCRIPTOR.serialized_pb) for module in _MODULES)


@cache
def _of_confluent(path: str) -> FileDescriptorProto:
    file = parse_text(_CONFLUENT[path])
    file.name = path
    for field in (*file.extension, *(each for message in file.message_type for each in message.field)):
        if field.type_name:
            is_own = not field.type_name.startswith("google.")
            field.type, field.type_name = field.TYPE_MESSAGE, f".{_own(field.type_name) if is_own else field.type_name}"
        if field.extendee:
            field.extendee = f".{field.extendee}"
    return file


def _own(name: str) -> str:
    return "confluent.Meta.ParamsEntry" if name == "ParamsEntry" else f"confluent.{name}"
