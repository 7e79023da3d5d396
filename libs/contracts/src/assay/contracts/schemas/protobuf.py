"""A Protobuf schema as one text, whether it came as .proto text or as a descriptor in base64."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto

from assay.contracts.compatibility.protobuf import ProtoFile, is_known, is_text, read_file
from assay.contracts.errors import SchemaError
from assay.contracts.schemas.proto_options import Options
from assay.contracts.schemas.proto_text import printed

__all__ = ["Protobuf", "plain"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


class Protobuf:
    """One schema of this kind, read."""

    def __init__(self, text: str, references: Mapping[str, str]) -> None:
        """Read it.

        Raises:
            SchemaError: it is none, or imports what is not given.
        """
        self._file = read_file(text, references)
        _check(self._file, references)
        self._main = plain(self._file.main)
        self.exact = self._printed(self._main)
        self.text = text if is_text(text) else self._readable(references)
        if not any((types := _types_of(self._main), self._main.extension, self._main.service, self._main.dependency)):
            raise SchemaError("the file defines nothing")
        self.name = ".".join((self._main.package, *types[:1])).lstrip(".")

    def _readable(self, references: Mapping[str, str]) -> str:
        """The text of a descriptor, which may hold what no text can say."""
        try:
            if Protobuf(self.exact, references).exact == self.exact:
                return self.exact
        except SchemaError as error:
            raise SchemaError(f"the descriptor can't be written as .proto text: {error}") from error
        raise SchemaError("the descriptor can't be written as .proto text that says the same")

    @property
    def normalized(self) -> str:
        """The text with sorted imports; names are in full, and options sorted, in every text that is printed here."""
        main = FileDescriptorProto()
        main.CopyFrom(self._main)
        public = {main.dependency[place] for place in main.public_dependency}
        weak = {main.dependency[place] for place in main.weak_dependency}
        listed = sorted(set(main.dependency))
        if listed == list(main.dependency):
            return self.exact
        del main.dependency[:], main.public_dependency[:], main.weak_dependency[:]
        main.dependency.extend(listed)
        main.public_dependency.extend(place for place, path in enumerate(listed) if path in public)
        main.weak_dependency.extend(place for place, path in enumerate(listed) if path in weak)
        return self._printed(main)

    def formatted(self, form: str) -> str | None:
        """The schema in a form that Protobuf has; none of another."""
        match form:
            case "serialized":
                whole = FileDescriptorProto()
                whole.CopyFrom(self._main)
                Options(self._file).settle(whole)
                return base64.b64encode(whole.SerializePartialToString(deterministic=True)).decode()
            case "ignore_extensions":
                return printed(self._main, Options(self._file, with_extensions=False).said)
        return None

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """Names and paths of the fields of the first message."""
        first = self._main.message_type[0] if self._main.message_type else DescriptorProto()
        return tuple((field.name, f"{first.name}.{field.name}") for field in first.field)

    def _printed(self, main: FileDescriptorProto) -> str:
        return printed(main, Options(self._file).said)


def plain(file: FileDescriptorProto) -> FileDescriptorProto:
    """The file without what may be left out of it and means nothing."""
    made = FileDescriptorProto()
    made.CopyFrom(file)
    made.ClearField("source_code_info")
    made.ClearField("name")
    made.syntax = made.syntax or "proto2"
    for field in _fields(made):
        field.label = field.label or FieldDescriptorProto.LABEL_OPTIONAL
        if field.json_name == _camel(field.name):
            field.ClearField("json_name")
        if field.HasField("options") and not field.options.ByteSize():
            field.ClearField("options")
    for method in (each for service in made.service for each in service.method):
        if not method.options.ByteSize():
            method.ClearField("options")
    return made


def _fields(file: FileDescriptorProto) -> Iterator[FieldDescriptorProto]:
    yield from file.extension
    for message in _messages(file):
        yield from message.field
        yield from message.extension


def _messages(file: FileDescriptorProto) -> Iterator[DescriptorProto]:
    stack = list(file.message_type)
    while stack:
        message = stack.pop()
        yield message
        stack += message.nested_type


def _camel(name: str) -> str:
    """The name that a field has in JSON if nobody says another."""
    first, *rest = name.split("_")
    return first + "".join(each[:1].upper() + each[1:] for each in rest)


def _types_of(of: FileDescriptorProto) -> list[str]:
    return [*(each.name for each in of.message_type), *(each.name for each in of.enum_type)]


def _check(file: ProtoFile, references: Mapping[str, str]) -> None:
    for each in (*(one for one in file.imports if one.name in references), file.main):
        for path in each.dependency:
            if path not in references and not is_known(path):
                raise SchemaError(f"the import {path[:120]!r} is not given: add a reference of that name")
    _check_circles(file)
    _check_once(_types_of(file.main), file.main.package or "the file")
    for message in _messages(file.main):
        _check_message(message)
    for enum in file.main.enum_type:
        _check_names([enum.name, *(value.name for value in enum.value)])


def _check_circles(file: ProtoFile) -> None:
    """Refuse files that import each other."""
    left = {each.name: set(each.dependency) for each in (*file.imports, file.main)}
    left = {name: wanted & left.keys() for name, wanted in left.items()}
    while free := [name for name, wanted in left.items() if not wanted]:
        for name in free:
            del left[name]
        for wanted in left.values():
            wanted.difference_update(free)
    if left:
        raise SchemaError(f"files that import each other: {', '.join(sorted(left))[:200]}")


def _check_message(message: DescriptorProto) -> None:
    fields, oneofs = [each.name for each in message.field], [each.name for each in message.oneof_decl]
    types = [*(each.name for each in message.nested_type), *(each.name for each in message.enum_type)]
    _check_names([message.name, *fields, *types, *oneofs])
    for listed in (fields, types, oneofs):
        _check_once(listed, f"message {message.name}")
    _check_once([each.number for each in message.field], f"message {message.name}")


def _check_names(names: list[str]) -> None:
    wrong = next((each for each in names if not _NAME.fullmatch(each)), None)
    if wrong is not None:
        raise SchemaError(f"{wrong[:80]!r} is no name")


def _check_once(listed: list[str] | list[int], where: str) -> None:
    seen: set[str | int] = set()
    for each in listed:
        if each in seen:
            raise SchemaError(f"{where} has {str(each)[:80]} twice")
        seen.add(each)
