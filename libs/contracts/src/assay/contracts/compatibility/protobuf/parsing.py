"""Reads a .proto text into the descriptor that protoc would make of it, as far as readers and writers need it.

Options are read where they change the wire; names of types are left as they are written, for `naming.py` to resolve.
What the parser does not know it refuses, so a schema is never half read.
"""

from __future__ import annotations

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    ServiceDescriptorProto,
)

from assay.contracts.compatibility.protobuf.tokens import Tokens

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
                    tokens.text()
                    self._file.syntax = "editions"
                    tokens.take(";")
                case "package":
                    self._file.package = tokens.name()
                    tokens.take(";")
                case "import":
                    self._import()
                case "message":
                    self._message(self._file.message_type.add(), 0)
                case "enum":
                    self._enum(self._file.enum_type.add())
                case "service":
                    self._service(self._file.service.add())
                case word:
                    self._rest(word)
        return self._file

    def _rest(self, word: str) -> None:
        match word:
            case "option":
                self._tokens.skip(";")
                self._tokens.take(";")
            case "extend":
                self._extend()
            case ";":
                pass
            case _:
                raise self._tokens.error(f"{word[:40]!r} begins nothing that a file may hold")

    def _import(self) -> None:
        tokens = self._tokens
        is_public = tokens.takes("public")
        _ = tokens.takes("weak") or tokens.takes("option")
        if is_public:
            self._file.public_dependency.append(len(self._file.dependency))
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
                        self._enum(message.enum_type.add())
                case "oneof" if self._is_declaration():
                    self._oneof(message, depth)
                case "extend" if self._is_declaration():
                    self._extend()
                case "reserved" | "extensions" | "option" if tokens.next != "=":
                    tokens.skip(";")
                    tokens.take(";")
                case ";":
                    pass
                case _:
                    self._field(message, word, depth)
        self._presence(message)

    def _is_declaration(self) -> bool:
        """Whether a name follows, as after a keyword; a field may have the type `message`, though nobody's does."""
        return self._tokens.next[:1].isalpha() or self._tokens.next[:1] == "_"

    def _oneof(self, message: DescriptorProto, depth: int) -> None:
        tokens = self._tokens
        place = len(message.oneof_decl)
        message.oneof_decl.add(name=tokens.name())
        tokens.take("{")
        while not tokens.takes("}"):
            word = tokens.take()
            if word == "option" and tokens.next != "=":
                tokens.skip(";")
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
        if not 0 <= number < 2**29:
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
        """What stands in brackets: of it, what an edition says about presence and encoding changes the wire."""
        tokens = self._tokens
        if not tokens.takes("["):
            return
        words = tokens.skip("]")
        tokens.take("]")
        said = dict(zip(words, words[2:], strict=False))
        if said.get("features.field_presence") == "LEGACY_REQUIRED":
            field.label = _LABELS["required"]
        if said.get("features.message_encoding") == "DELIMITED":
            field.type = FieldDescriptorProto.TYPE_GROUP
        if said.get("packed") in ("true", "false") and field.label == _LABELS["repeated"]:
            field.options.packed = said["packed"] == "true"

    def _presence(self, message: DescriptorProto) -> None:
        """What makes presence of a proto3 scalar is a oneof of its own, after all others."""
        for field in message.field:
            if field.proto3_optional:
                field.oneof_index = len(message.oneof_decl)
                message.oneof_decl.add(name=f"_{field.name}")

    def _enum(self, enum: EnumDescriptorProto) -> None:
        tokens = self._tokens
        enum.name = tokens.name()
        tokens.take("{")
        while not tokens.takes("}"):
            word = tokens.take()
            if word in ("option", "reserved") and tokens.next != "=":
                said = tokens.skip(";")
                if word == "option" and said[:1] == ["allow_alias"]:
                    enum.options.allow_alias = said[-1:] == ["true"]
            elif word != ";":
                tokens.take("=")
                number = tokens.number()
                if not -(2**31) <= number < 2**31:
                    raise tokens.error(f"{number} has more than 32 bits")
                enum.value.add(name=word, number=number)
                if tokens.takes("["):
                    tokens.skip("]")
                    tokens.take("]")
            if word != ";":
                tokens.take(";")

    def _service(self, service: ServiceDescriptorProto) -> None:
        tokens = self._tokens
        service.name = tokens.name()
        tokens.take("{")
        while not tokens.takes("}"):
            word = tokens.take()
            if word == "option":
                tokens.skip(";")
                tokens.take(";")
            elif word == "rpc":
                self._rpc(service)
            elif word != ";":
                raise tokens.error(f"{word[:40]!r} begins nothing that a service may hold")

    def _rpc(self, service: ServiceDescriptorProto) -> None:
        tokens = self._tokens
        method = service.method.add(name=tokens.name())
        tokens.take("(")
        method.client_streaming = tokens.takes("stream")
        method.input_type = tokens.name()
        tokens.take(")")
        tokens.take("returns")
        tokens.take("(")
        method.server_streaming = tokens.takes("stream")
        method.output_type = tokens.name()
        tokens.take(")")
        if tokens.takes("{"):
            tokens.skip("}")
            tokens.take("}")
        else:
            tokens.take(";")

    def _extend(self) -> None:
        """Extensions are read over: a reader that does not know one keeps it as it came."""
        self._tokens.name()
        self._body(DescriptorProto(), 0)
