"""Names of types resolved: a file with what it imports, its messages by their full names."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError

from assay.contracts.compatibility.protobuf.known import known_files
from assay.contracts.compatibility.protobuf.parsing import parse_text
from assay.contracts.compatibility.protobuf.soundness import (
    check_descriptor,
    check_entries,
    check_presence,
)
from assay.contracts.errors import SchemaError

__all__ = ["ProtoFile", "is_text", "local", "read_file"]

_MOST_NAME = 512
"""Characters of a name with its package: it stands wherever the type is used."""


@dataclass(slots=True, eq=False)
class ProtoFile:
    """A file and its imports: the descriptors, and the messages of all of them by full name; `pool` is made when asked for."""

    main: FileDescriptorProto
    imports: tuple[FileDescriptorProto, ...]
    messages: dict[str, DescriptorProto] = field(default_factory=dict)
    enums: set[str] = field(default_factory=set)
    pool: DescriptorPool | None = None
    own: tuple[str, ...] = ()


def read_file(text: str, references: Mapping[str, str]) -> ProtoFile:
    """The file that a text is, or a descriptor in base64; `references` are the files that it may import, by path.

    A type that comes from an import which nobody gave is taken by its name.

    Raises:
        SchemaError: it is neither, or names a type that is nowhere.
    """
    main = _read(text)
    main.name = main.name or "main.proto"
    given = {path: _read(each) for path, each in references.items()}
    for path, each in given.items():
        each.name = path
    wanted = (path for each in (main, *given.values()) for path in each.dependency)
    imports = {file.name: file for file in known_files(wanted)} | given
    made = ProtoFile(main, tuple(imports.values()))
    for file in (*imports.values(), main):
        for name, message in _messages(file.message_type, file.package):
            made.messages[name] = message
            made.enums |= {f"{name}.{each.name}" for each in message.enum_type}
        made.enums |= {_qualified(file.package, each.name) for each in file.enum_type}
    _check_names(made.enums)
    made.own = tuple(name for name, _ in _messages(main.message_type, main.package))
    for file in (*given.values(), main):
        _resolve(file, made, is_open=any(path not in imports for path in file.dependency))
        messages = dict(_messages(file.message_type, file.package))
        check_entries(messages, file.extension)
        if file.syntax == "editions":
            check_presence(file, messages)
    return made


def is_text(text: str) -> bool:
    """Whether it is no descriptor in base64."""
    return _descriptor(text) is None


def _read(text: str) -> FileDescriptorProto:
    found = _descriptor(text)
    return parse_text(text) if found is None else found


def _descriptor(text: str) -> FileDescriptorProto | None:
    if any(mark in text for mark in "{;"):
        return None
    try:
        found = FileDescriptorProto.FromString(base64.b64decode(text, validate=True))
    except (binascii.Error, DecodeError, ValueError):
        return None
    check_descriptor(found)
    return found


def _check_names(names: Iterable[str]) -> None:
    if too_long := next((each for each in names if len(each) > _MOST_NAME), None):
        raise SchemaError(f"a name of more than {_MOST_NAME} characters: {too_long[:40]!r}")


def _messages(listed: object, space: str) -> Iterator[tuple[str, DescriptorProto]]:
    stack = [(space, each) for each in reversed(list(listed))]  # type: ignore[call-overload]  # a list of messages
    while stack:
        around, message = stack.pop()
        name = _qualified(around, message.name)
        _check_names([name])
        yield name, message
        stack += [(name, each) for each in reversed(message.nested_type)]


def _resolve(file: FileDescriptorProto, known: ProtoFile, *, is_open: bool) -> None:
    for name, message in list(_messages(file.message_type, file.package)):
        for each in (*message.field, *message.extension):
            _resolve_field(each, name, known, is_open=is_open)
    for each in file.extension:
        _resolve_field(each, file.package, known, is_open=is_open)
    for service in file.service:
        for method in service.method:
            method.input_type = _found(method.input_type, file.package, known, is_open=is_open)
            method.output_type = _found(method.output_type, file.package, known, is_open=is_open)


def _resolve_field(field: FieldDescriptorProto, scope: str, known: ProtoFile, *, is_open: bool) -> None:
    if field.extendee:
        field.extendee = _found(field.extendee, scope, known, is_open=is_open)
    if field.type_name:
        field.type_name = _found(field.type_name, scope, known, is_open=is_open)
        if field.type != FieldDescriptorProto.TYPE_GROUP:
            is_enum = field.type_name[1:] in known.enums
            field.type = FieldDescriptorProto.TYPE_ENUM if is_enum else FieldDescriptorProto.TYPE_MESSAGE


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
