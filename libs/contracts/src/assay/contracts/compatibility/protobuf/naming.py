"""Names of types resolved: a file with what it imports, its messages by their full names."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
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
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.message import DecodeError

from assay.contracts.compatibility.protobuf.parsing import parse_text
from assay.contracts.errors import SchemaError

__all__ = ["ProtoFile", "local", "read_file"]

_KNOWN = (
    any_pb2, api_pb2, descriptor_pb2, duration_pb2, empty_pb2, field_mask_pb2, source_context_pb2, struct_pb2,
    timestamp_pb2, type_pb2, wrappers_pb2,
)  # fmt: skip
"""Files that every reader of Protobuf has."""


@dataclass(slots=True, eq=False)
class ProtoFile:
    """A file and its imports: the descriptors, and the messages of all of them by full name."""

    main: FileDescriptorProto
    imports: tuple[FileDescriptorProto, ...]
    messages: dict[str, DescriptorProto] = field(default_factory=dict)
    enums: set[str] = field(default_factory=set)
    own: tuple[str, ...] = ()


def read_file(text: str, references: Mapping[str, str]) -> ProtoFile:
    """The file that a text is, or a descriptor in base64; `references` are the files that it may import, by path.

    A type that comes from an import which nobody gave is taken by its name.

    Raises:
        SchemaError: it is neither, or names a type that is nowhere.
    """
    main = _read(text)
    main.name = main.name or "main.proto"
    imports = {file.name: file for file in _well_known()}
    for path, each in references.items():
        imports[path] = _read(each)
        imports[path].name = path
    given = tuple(imports.values())
    made = ProtoFile(main, given)
    for file in (*given, main):
        for name, message in _messages(file.message_type, file.package):
            made.messages[name] = message
            made.enums |= {f"{name}.{each.name}" for each in message.enum_type}
        made.enums |= {_qualified(file.package, each.name) for each in file.enum_type}
    made.own = tuple(name for name, _ in _messages(main.message_type, main.package))
    for file in (*(imports[path] for path in references), main):
        _resolve(file, made, is_open=any(path not in imports for path in file.dependency))
    return made


def _read(text: str) -> FileDescriptorProto:
    if all(mark not in text for mark in "{;"):
        try:
            return FileDescriptorProto.FromString(base64.b64decode(text, validate=True))
        except (binascii.Error, DecodeError, ValueError):
            pass
    return parse_text(text)


@cache
def _well_known() -> tuple[FileDescriptorProto, ...]:
    return tuple(FileDescriptorProto.FromString(module.DESCRIPTOR.serialized_pb) for module in _KNOWN)


def _messages(listed: object, space: str) -> Iterator[tuple[str, DescriptorProto]]:
    stack = [(space, each) for each in reversed(list(listed))]  # type: ignore[call-overload]  # a list of messages
    while stack:
        around, message = stack.pop()
        name = _qualified(around, message.name)
        yield name, message
        stack += [(name, each) for each in reversed(message.nested_type)]


def _resolve(file: FileDescriptorProto, known: ProtoFile, *, is_open: bool) -> None:
    for name, message in list(_messages(file.message_type, file.package)):
        for each in message.field:
            if each.type_name:
                each.type_name = _found(each.type_name, name, known, is_open=is_open)
                if each.type == FieldDescriptorProto.TYPE_GROUP:
                    continue
                is_enum = each.type_name[1:] in known.enums
                each.type = FieldDescriptorProto.TYPE_ENUM if is_enum else FieldDescriptorProto.TYPE_MESSAGE
    for service in file.service:
        for method in service.method:
            method.input_type = _found(method.input_type, file.package, known, is_open=is_open)
            method.output_type = _found(method.output_type, file.package, known, is_open=is_open)


def _found(name: str, scope: str, known: ProtoFile, *, is_open: bool) -> str:
    """The full name, with a dot before it: the innermost scope that has it counts."""
    if name.startswith("."):
        scope, name = "", name[1:]
    while True:
        full = _qualified(scope, name)
        if full in known.messages or full in known.enums:
            return f".{full}"
        if not scope:
            break
        scope = scope.rpartition(".")[0]
    if not is_open:
        raise SchemaError(f"there is no type {name[:120]!r}")
    return f".{name}"


def _qualified(space: str, name: str) -> str:
    return f"{space}.{name}" if space else name


def local(name: str) -> str:
    """A name without its scope."""
    return name.rpartition(".")[2]
