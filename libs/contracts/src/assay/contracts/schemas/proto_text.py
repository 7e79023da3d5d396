"""A file descriptor of Protobuf as .proto text, which reads as the same descriptor again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    Edition,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    MethodDescriptorProto,
    OneofDescriptorProto,
    ServiceDescriptorProto,
)
from google.protobuf.message import Message

from assay.contracts.compatibility.protobuf.options import FLOATS, spelt
from assay.contracts.compatibility.protobuf.tokens import quoted
from assay.contracts.errors import SchemaError

__all__ = ["SayOptions", "printed"]

SayOptions = Callable[[Message], Sequence[tuple[str, str]]]
"""What gives the options of a message of options, as names and values of a .proto text."""

_Lines = Iterator[str]
_Nested = Mapping[str, DescriptorProto]
_LABELS = {
    FieldDescriptorProto.LABEL_OPTIONAL: "optional ",
    FieldDescriptorProto.LABEL_REPEATED: "repeated ",
    FieldDescriptorProto.LABEL_REQUIRED: "required ",
}
_LONGEST = 4 * 1024 * 1024
_MOST_NUMBER, _MOST_CONSTANT = 2**29, 2**31 - 1


def printed(file: FileDescriptorProto, options: SayOptions) -> str:
    """The text of a file; messages keep their order, on which the indexes of framed records count.

    Raises:
        SchemaError: it is far longer than a schema may be, for its names are long.
    """
    text = _Printer(file.syntax or "proto2", options).file(file)
    if len(text) > _LONGEST:
        raise SchemaError(f"the schema with its names in full has more than {_LONGEST} characters")
    return text


class _Printer:
    def __init__(self, syntax: str, options: SayOptions) -> None:
        self._syntax, self._said = syntax, options

    def file(self, file: FileDescriptorProto) -> str:
        groups = {_local(each.type_name) for each in file.extension if _is_group(each)}
        parts = [
            list(self._head(file)),
            list(_imports(file)),
            list(self._options(file.options)),
            *(list(self._message(each)) for each in file.message_type if each.name not in groups),
            *(list(self._enum(each)) for each in file.enum_type),
            list(self._extensions(file.extension, file.message_type)),
            *([*self._service(each)] for each in file.service),
        ]
        return "\n".join("".join(f"{line}\n" for line in part) for part in parts if part)

    def _head(self, file: FileDescriptorProto) -> _Lines:
        if self._syntax == "editions":
            yield f'edition = "{Edition.Name(file.edition).removeprefix("EDITION_")}";'
        else:
            yield f'syntax = "{self._syntax}";'
        if file.package:
            yield f"package {file.package};"

    def _options(self, options: Message) -> _Lines:
        for name, value in self._said(options):
            yield f"option {name} = {value};"

    def _message(self, message: DescriptorProto) -> _Lines:
        yield from _block(f"message {message.name}", self._body(message))

    def _body(self, message: DescriptorProto) -> _Lines:
        yield from self._options(message.options)
        if message.reserved_range:
            ranges = (_range(each.start, each.end - 1, _MOST_NUMBER - 1) for each in message.reserved_range)
            yield f"reserved {', '.join(ranges)};"
        yield from self._reserved_names(message.reserved_name)
        for each in message.extension_range:
            yield f"extensions {_range(each.start, each.end - 1, _MOST_NUMBER - 1)}{self._brackets(each.options)};"
        yield from self._members(message)
        for enum in message.enum_type:
            yield from self._enum(enum)
        yield from self._extensions(message.extension, message.nested_type)

    def _members(self, message: DescriptorProto) -> _Lines:
        """Fields, with the messages that they make and those that are declared in the order of `nested_type`."""
        nested = {each.name: each for each in message.nested_type}
        places = {name: place for place, name in enumerate(nested)}
        made = {_local(each.type_name) for each in (*message.field, *message.extension) if _is_group(each)}
        made |= {name for name, each in nested.items() if each.options.map_entry}
        members: dict[int, list[FieldDescriptorProto]] = {}
        for field in filter(_is_member, message.field):
            members.setdefault(field.oneof_index, []).append(field)
        done = 0
        for field in message.field:
            name = _local(field.type_name)
            if name in made and (place := places.get(name, 0)) > done:
                yield from self._declared(message.nested_type[done:place], made)
                done = place
            if not _is_member(field):
                yield from self._field(field, nested)
            elif listed := members.pop(field.oneof_index, []):
                yield from self._oneof(message.oneof_decl[field.oneof_index], listed, nested)
        yield from self._declared(message.nested_type[done:], made)

    def _declared(self, messages: Iterable[DescriptorProto], made: set[str]) -> _Lines:
        for each in messages:
            if each.name not in made:
                yield from self._message(each)

    def _oneof(self, oneof: OneofDescriptorProto, members: Iterable[FieldDescriptorProto], nested: _Nested) -> _Lines:
        inside = [line for each in members for line in self._field(each, nested)]
        yield from _block(f"oneof {oneof.name}", [*self._options(oneof.options), *inside])

    def _field(self, field: FieldDescriptorProto, nested: _Nested) -> _Lines:
        inner = nested.get(_local(field.type_name))
        label = self._label(field)
        if inner is not None and inner.options.map_entry:
            key, value = (_type(each) for each in inner.field)
            kind, label = f"map<{key}, {value}>", ""
        elif inner is not None and _is_group(field):
            head = f"{label}group {inner.name} = {field.number}{self._brackets(field.options, self._own(field))}"
            yield from _block(head, self._body(inner))
            return
        else:
            kind = _type(field)
        yield f"{label}{kind} {field.name} = {field.number}{self._brackets(field.options, self._own(field))};"

    def _label(self, field: FieldDescriptorProto) -> str:
        if _is_member(field) or (
            field.label == FieldDescriptorProto.LABEL_OPTIONAL
            and not field.proto3_optional
            and self._syntax != "proto2"
        ):
            return ""
        return _LABELS[field.label]

    def _own(self, field: FieldDescriptorProto) -> _Lines:
        if field.HasField("default_value"):
            yield f"default = {_default(field)}"
        if field.HasField("json_name"):
            yield f"json_name = {quoted(field.json_name)}"

    def _brackets(self, options: Message, own: Iterable[str] = ()) -> str:
        said = [*own, *(f"{name} = {value}" for name, value in self._said(options))]
        return f" [{', '.join(said)}]" if said else ""

    def _enum(self, enum: EnumDescriptorProto) -> _Lines:
        yield from _block(f"enum {enum.name}", self._constants(enum))

    def _constants(self, enum: EnumDescriptorProto) -> _Lines:
        yield from self._options(enum.options)
        if enum.reserved_range:
            yield f"reserved {', '.join(_range(each.start, each.end, _MOST_CONSTANT) for each in enum.reserved_range)};"
        yield from self._reserved_names(enum.reserved_name)
        for value in enum.value:
            yield f"{value.name} = {value.number}{self._brackets(value.options)};"

    def _reserved_names(self, names: Sequence[str]) -> _Lines:
        """Names that no one may take; an edition writes them without quotes."""
        if names:
            listed = names if self._syntax == "editions" else map(quoted, names)
            yield f"reserved {', '.join(listed)};"

    def _extensions(self, fields: Iterable[FieldDescriptorProto], types: Iterable[DescriptorProto]) -> _Lines:
        nested = {each.name: each for each in types}
        for field in fields:
            yield from _block(f"extend {field.extendee}", self._field(field, nested))

    def _service(self, service: ServiceDescriptorProto) -> _Lines:
        calls = [line for each in service.method for line in self._call(each)]
        yield from _block(f"service {service.name}", [*self._options(service.options), *calls])

    def _call(self, method: MethodDescriptorProto) -> _Lines:
        taken = f"{'stream ' if method.client_streaming else ''}{method.input_type}"
        given = f"{'stream ' if method.server_streaming else ''}{method.output_type}"
        head = f"rpc {method.name}({taken}) returns ({given})"
        options = list(self._options(method.options))
        yield from _block(head, options) if options else [f"{head};"]


def _block(head: str, lines: Iterable[str]) -> _Lines:
    yield f"{head} {{"
    for line in lines:
        yield f"  {line}"
    yield "}"


def _imports(file: FileDescriptorProto) -> _Lines:
    public, weak = set(file.public_dependency), set(file.weak_dependency)
    for place, path in enumerate(file.dependency):
        word = "public " if place in public else "weak " if place in weak else ""
        yield f"import {word}{quoted(path)};"


def _range(first: int, last: int, most: int) -> str:
    return str(first) if first == last else f"{first} to {'max' if last == most else last}"


def _type(field: FieldDescriptorProto) -> str:
    return field.type_name or FieldDescriptorProto.Type.Name(field.type).removeprefix("TYPE_").lower()


def _default(field: FieldDescriptorProto) -> str:
    if field.type == FieldDescriptorProto.TYPE_STRING:
        return quoted(field.default_value)
    if field.type == FieldDescriptorProto.TYPE_BYTES:
        return f'"{field.default_value}"'
    if field.type in FLOATS:
        try:
            return spelt(float(field.default_value), field.type)
        except ValueError:
            raise SchemaError(f"the default {field.default_value[:40]!r} is no number") from None
    return field.default_value


def _is_member(field: FieldDescriptorProto) -> bool:
    """Whether a field stands in a oneof that is written."""
    return field.HasField("oneof_index") and not field.proto3_optional


def _is_group(field: FieldDescriptorProto) -> bool:
    return field.type == FieldDescriptorProto.TYPE_GROUP


def _local(name: str) -> str:
    return name.rpartition(".")[2]
