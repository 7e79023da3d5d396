"""Reads a .proto text into the descriptor that protoc would make of it.

Names of types are left as they are written, for `naming.py` to resolve, and so are options that Protobuf does not know.
What the parser does not know it refuses, so a schema is never half read.
"""

from __future__ import annotations

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    Edition,
    FieldDescriptorProto,
    FileDescriptorProto,
)
from google.protobuf.text_encoding import CEscape

from assay.contracts.compatibility.protobuf.declarations import (
    MOST_NUMBER,
    read_enum,
    read_extensions,
    read_reserved,
    read_service,
)
from assay.contracts.compatibility.protobuf.options import FLOATS, number_of, read_option, spelt, take_option
from assay.contracts.compatibility.protobuf.tokens import Tokens
from assay.contracts.errors import SchemaError

__all__ = ["SCALARS", "parse_text"]

_MAX_DEPTH = 64

SCALARS = {
    name: getattr(FieldDescriptorProto, f"TYPE_{name.upper()}")
    for name in (
        "bool", "bytes", "double", "fixed32", "fixed64", "float", "int32", "int64", "sfixed32", "sfixed64", "sint32",
        "sint64", "string", "uint32", "uint64",
    )
}  # fmt: skip
_LABELS = {
    "optional": FieldDescriptorProto.LABEL_OPTIONAL,
    "repeated": FieldDescriptorProto.LABEL_REPEATED,
    "required": FieldDescriptorProto.LABEL_REQUIRED,
}


def parse_text(text: str) -> FileDescriptorProto:
    """The file that a text is.

    Raises:
        SchemaError: it is no .proto text; the message says in which line.
    """
    return _Parser(Tokens(text)).file()


class _Parser:
    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._file = FileDescriptorProto()

    def file(self) -> FileDescriptorProto:
        tokens = self._tokens
        while tokens.next:
            match tokens.take():
                case "syntax":
                    tokens.take("=")
                    self._file.syntax = tokens.text()
                    tokens.take(";")
                case "edition":
                    tokens.take("=")
                    self._file.syntax, self._file.edition = "editions", self._edition()
                    tokens.take(";")
                case "package":
                    self._file.package = tokens.name()
                    tokens.take(";")
                case "import":
                    self._import()
                case "message":
                    self._message(self._file.message_type.add(), 0)
                case "enum":
                    read_enum(tokens, self._file.enum_type.add())
                case "service":
                    read_service(tokens, self._file.service.add())
                case word:
                    self._rest(word)
        return self._file

    def _edition(self) -> Edition.ValueType:
        name = f"EDITION_{self._tokens.text()}"
        if name not in Edition.keys():  # noqa: SIM118 -- an enum of Protobuf is no mapping
            raise self._tokens.error(f"{name[8:40]!r} is no edition")
        return Edition.Value(name)

    def _rest(self, word: str) -> None:
        match word:
            case "option":
                take_option(self._tokens, self._file.options)
                self._tokens.take(";")
            case "extend":
                self._extend(self._file, 0)
            case ";":
                pass
            case _:
                raise self._tokens.error(f"{word[:40]!r} begins nothing that a file may hold")

    def _import(self) -> None:
        tokens = self._tokens
        if tokens.takes("public"):
            self._file.public_dependency.append(len(self._file.dependency))
        elif tokens.takes("weak"):
            self._file.weak_dependency.append(len(self._file.dependency))
        self._file.dependency.append(tokens.text())
        tokens.take(";")

    def _message(self, message: DescriptorProto, depth: int) -> None:
        message.name = self._tokens.name()
        self._body(message, depth)

    def _body(self, message: DescriptorProto, depth: int) -> None:
        tokens = self._tokens
        if depth > _MAX_DEPTH:
            raise tokens.error(f"more than {_MAX_DEPTH} messages within one another")
        tokens.take("{")
        while not tokens.takes("}"):
            match word := tokens.take():
                case "message" | "enum" if self._is_declaration():
                    if word == "message":
                        self._message(message.nested_type.add(), depth + 1)
                    else:
                        read_enum(tokens, message.enum_type.add())
                case "oneof" if self._is_declaration():
                    self._oneof(message, depth)
                case "extend" if self._is_declaration() or tokens.next[:1] == ".":
                    self._extend(message, depth + 1)
                case "reserved" | "extensions" | "option" if tokens.next != "=":
                    self._said(message, word)
                    tokens.take(";")
                case ";":
                    pass
                case _:
                    self._field(message, word, depth)
        self._presence(message)

    def _said(self, message: DescriptorProto, word: str) -> None:
        match word:
            case "reserved":
                read_reserved(self._tokens, message)
            case "extensions":
                read_extensions(self._tokens, message)
            case _:
                take_option(self._tokens, message.options)

    def _is_declaration(self) -> bool:
        """Whether a name follows, as after a keyword; a field may have the type `message`, though nobody's does."""
        return self._tokens.next[:1].isalpha() or self._tokens.next[:1] == "_"

    def _oneof(self, message: DescriptorProto, depth: int) -> None:
        tokens = self._tokens
        place = len(message.oneof_decl)
        made = message.oneof_decl.add(name=tokens.name())
        tokens.take("{")
        while not tokens.takes("}"):
            word = tokens.take()
            if word == "option" and tokens.next != "=":
                take_option(tokens, made.options)
                tokens.take(";")
            elif word != ";":
                self._field(message, word, depth).oneof_index = place

    def _field(self, message: DescriptorProto, word: str, depth: int) -> FieldDescriptorProto:
        tokens = self._tokens
        label = _LABELS.get(word)
        if label is not None:
            word = tokens.take()
        field = message.field.add(label=label or _LABELS["optional"])
        if word == "map" and tokens.next == "<":
            self._map(message, field)
        elif word == "group":
            self._group(message, field, depth)
            return field
        else:
            self._typed(field, word)
            field.name = tokens.name()
            tokens.take("=")
            field.number = self._number()
        if word != "map" and label == _LABELS["optional"] and self._file.syntax == "proto3":
            field.proto3_optional = True
        self._options(field)
        tokens.take(";")
        return field

    def _number(self) -> int:
        number = self._tokens.number()
        if not 0 <= number <= MOST_NUMBER:
            raise self._tokens.error(f"{number} is no number of a field")
        return number

    def _typed(self, field: FieldDescriptorProto, word: str) -> None:
        if word in SCALARS:
            field.type = SCALARS[word]
        elif word[:1].isalpha() or word[:1] in "._":
            field.type_name = word
        else:
            raise self._tokens.error(f"expected a type, found {word[:40]}")

    def _map(self, message: DescriptorProto, field: FieldDescriptorProto) -> None:
        tokens = self._tokens
        tokens.take("<")
        key = FieldDescriptorProto(name="key", number=1, label=_LABELS["optional"])
        self._typed(key, tokens.take())
        tokens.take(",")
        value = FieldDescriptorProto(name="value", number=2, label=_LABELS["optional"])
        self._typed(value, tokens.take())
        tokens.take(">")
        field.name = tokens.name()
        tokens.take("=")
        field.number = self._number()
        field.label = _LABELS["repeated"]
        entry = message.nested_type.add(
            name=f"{''.join(each[:1].upper() + each[1:] for each in field.name.split('_'))}Entry"
        )
        entry.options.map_entry = True
        entry.field.extend([key, value])
        field.type, field.type_name = FieldDescriptorProto.TYPE_MESSAGE, entry.name

    def _group(self, message: DescriptorProto, field: FieldDescriptorProto, depth: int) -> None:
        tokens = self._tokens
        inner = message.nested_type.add(name=tokens.name())
        tokens.take("=")
        field.number = self._number()
        field.name, field.type, field.type_name = inner.name.lower(), FieldDescriptorProto.TYPE_GROUP, inner.name
        self._options(field)
        self._body(inner, depth + 1)

    def _options(self, field: FieldDescriptorProto) -> None:
        """What stands in brackets; two of them are part of the field itself."""
        tokens = self._tokens
        if not tokens.takes("["):
            return
        while True:
            if tokens.next == "default":
                self._default(field)
            elif tokens.next == "json_name":
                tokens.take()
                tokens.take("=")
                field.json_name = tokens.text()
            else:
                take_option(tokens, field.options)
            if not tokens.takes(","):
                break
        tokens.take("]")

    def _default(self, field: FieldDescriptorProto) -> None:
        said = read_option(self._tokens)
        if said.HasField("string_value"):
            is_bytes = field.type == FieldDescriptorProto.TYPE_BYTES
            field.default_value = CEscape(said.string_value, as_utf8=False) if is_bytes else _decoded(said.string_value)
        elif said.HasField("identifier_value"):
            field.default_value = said.identifier_value
        elif field.type in FLOATS:
            field.default_value = spelt(number_of(said) or 0.0, field.type)
        else:
            field.default_value = str(number_of(said))

    def _presence(self, message: DescriptorProto) -> None:
        """What makes presence of a proto3 scalar is a oneof of its own, after all others."""
        made = [field for field in message.field if field.proto3_optional]
        taken = {each.name for each in message.field} | {each.name for each in message.oneof_decl} if made else set()
        for field in made:
            name = f"_{field.name}"
            while name in taken:
                name = f"X{name}"
            taken.add(name)
            field.oneof_index = len(message.oneof_decl)
            message.oneof_decl.add(name=name)

    def _extend(self, target: FileDescriptorProto | DescriptorProto, depth: int) -> None:
        """Fields for another message, which a reader that does not know them keeps as they came."""
        extendee = self._tokens.name()
        holder = DescriptorProto()
        self._tokens.take("{")
        while not self._tokens.takes("}"):
            word = self._tokens.take()
            if word != ";":
                self._field(holder, word, depth)
        for field in holder.field:
            field.extendee = extendee
            field.ClearField("oneof_index")
        target.extension.extend(holder.field)
        nested = target.message_type if isinstance(target, FileDescriptorProto) else target.nested_type
        nested.extend(holder.nested_type)


def _decoded(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise SchemaError("the default of a string is no UTF-8") from None
