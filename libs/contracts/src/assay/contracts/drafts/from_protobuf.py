"""A Protobuf message as a draft (https://protobuf.dev/programming-guides/proto3/)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FieldOptions
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet

from assay.contracts.compatibility.protobuf import ProtoFile, read_file
from assay.contracts.drafts.draft import Draft, DraftField, LeftOut, draft_of
from assay.contracts.errors import SchemaError
from assay.contracts.protobuf_rules import FIELD_RULES, REQUIRED

__all__ = ["from_protobuf"]

Schema = dict[str, Any]

_OF = FieldDescriptorProto
_I32: Schema = {"logicalType": "integer", "logicalTypeOptions": {"format": "i32"}}
_U32: Schema = {"logicalType": "integer", "logicalTypeOptions": {"format": "u32"}}
_U64: Schema = {"logicalType": "integer", "logicalTypeOptions": {"format": "u64"}}
_I64: Schema = {"logicalType": "integer"}
_SCALARS: dict[int, Schema] = {
    _OF.TYPE_BOOL: {"logicalType": "boolean"},
    _OF.TYPE_STRING: {"logicalType": "string"},
    _OF.TYPE_BYTES: {"logicalType": "string", "logicalTypeOptions": {"format": "byte"}},
    _OF.TYPE_FLOAT: {"logicalType": "number", "logicalTypeOptions": {"format": "f32"}},
    _OF.TYPE_DOUBLE: {"logicalType": "number"},
    **dict.fromkeys((_OF.TYPE_INT32, _OF.TYPE_SINT32, _OF.TYPE_SFIXED32), _I32),
    **dict.fromkeys((_OF.TYPE_INT64, _OF.TYPE_SINT64, _OF.TYPE_SFIXED64), _I64),
    **dict.fromkeys((_OF.TYPE_UINT32, _OF.TYPE_FIXED32), _U32),
    **dict.fromkeys((_OF.TYPE_UINT64, _OF.TYPE_FIXED64), _U64),
}
_SAME_WIRE = (
    _OF.TYPE_BOOL, _OF.TYPE_STRING, _OF.TYPE_BYTES, _OF.TYPE_FLOAT, _OF.TYPE_DOUBLE, _OF.TYPE_INT32, _OF.TYPE_INT64,
    _OF.TYPE_UINT32, _OF.TYPE_UINT64,
)  # fmt: skip
_WELL_KNOWN: dict[str, Schema] = {
    "Timestamp": {"logicalType": "timestamp"},
    "Struct": {"logicalType": "object"},
    "ListValue": {"logicalType": "array"},
}
_WRAPPED: dict[str, Schema] = {
    "StringValue": _SCALARS[_OF.TYPE_STRING], "BytesValue": _SCALARS[_OF.TYPE_BYTES], "BoolValue": _SCALARS[_OF.TYPE_BOOL],
    "Int32Value": _I32, "Int64Value": _I64, "UInt32Value": _U32, "UInt64Value": _U64,
    "FloatValue": _SCALARS[_OF.TYPE_FLOAT], "DoubleValue": _SCALARS[_OF.TYPE_DOUBLE],
}  # fmt: skip


def from_protobuf(
    text: str, contract: str = "", references: Mapping[str, str] | None = None, message: str | None = None
) -> Draft:
    """The draft of a contract for a message of a .proto text, or of a descriptor in base64; without `message` the first.

    Raises:
        SchemaError: it is no such file, or has no such message.
    """
    file = read_file(text, references or {})
    found = [each for each in file.main.message_type if message in (None, each.name)]
    if not found:
        names = ", ".join(each.name for each in file.main.message_type) or "none"
        raise SchemaError(f"the file has no message {message!r}; it has {names}")
    reader = _Reader(file)
    fields = list(reader.fields(found[0], ""))
    reader.note_presence()
    if others := ", ".join(each.name for each in found[1:]):
        reader.left_out.add(f"other messages of the file: {others}; name one to import it")
    custom: dict[str, object] = {"assay.topics": {"kind": "direct", "format": "protobuf"}}
    name = found[0].name
    return draft_of(contract or file.main.package or name, name, fields, custom=custom, left_out=reader.left_out.lines)


class UnknownField(Protocol):
    """A field that a message holds and does not know."""

    field_number: int
    data: object


class _Reader:
    def __init__(self, file: ProtoFile) -> None:
        self.left_out = LeftOut()
        self._file = file
        self._open: list[str] = []
        self._zeros: list[str] = []

    def note_presence(self) -> None:
        """Note the fields of which zero and absent were the same."""
        if shown := ", ".join(self._zeros[:8]):
            more = f" and {len(self._zeros) - 8} more" if len(self._zeros) > 8 else ""
            self.left_out.add(f"zero and absent are the same in {shown}{more}; in a contract, absent is null")

    def fields(self, message: DescriptorProto, path: str) -> Iterator[DraftField]:
        """The fields in the order of their numbers, which a contract counts from 1 on."""
        self._note_rest(message, path or message.name)
        place = 0
        for each in sorted(message.field, key=lambda field: field.number):
            where = f"{path}/{each.name}"
            self.left_out.count(where)
            made = self._field(each, where)
            if made is None:
                continue
            place += 1
            if each.number != place:
                made.notes.append(f"number {each.number} before; the schema of a contract counts its fields: {place}")
            if _is_required(each):
                made.source["required"] = True
            yield DraftField({"name": each.name, **made.source}, made.notes, made.inside)

    def _field(self, field: FieldDescriptorProto, path: str) -> DraftField | None:
        if field.label != _OF.LABEL_REPEATED:
            if self._file.main.syntax == "proto3" and field.type in _SCALARS and not field.HasField("oneof_index"):
                self._zeros.append(path)
            return self._value(field, path)
        if entry := self._entry(field):
            key, value = entry.field
            inner = self._value(value, f"{path}/*")
            if inner is None:
                return None
            source = {"logicalType": "map", "map": {"key": {"logicalType": "string"}, "value": inner.source}}
            notes = [] if key.type == _OF.TYPE_STRING else ["its keys were no text before; in a contract they are"]
            return DraftField(source, notes + inner.notes, inner.at("map", "value").inside)
        inner = self._value(field, f"{path}/*")
        if inner is None:
            return None
        return DraftField({"logicalType": "array", "items": inner.source}, inner.notes, inner.at("items").inside)

    def _entry(self, field: FieldDescriptorProto) -> DescriptorProto | None:
        found = self._file.messages.get(field.type_name.removeprefix("."))
        return found if found and found.options.map_entry else None

    def _value(self, field: FieldDescriptorProto, path: str) -> DraftField | None:
        if field.type in _SCALARS:
            notes = (
                [] if field.type in _SAME_WIRE else [f"{_word(field)} before; the schema of a contract writes varints"]
            )
            return DraftField(dict(_SCALARS[field.type]), notes)
        name = field.type_name.removeprefix(".")
        if field.type == _OF.TYPE_ENUM or name in self._file.enums:
            return self._enum(name)
        space, _, local = name.rpartition(".")
        if space == "google.protobuf" and (plain := _WELL_KNOWN.get(local) or _WRAPPED.get(local)):
            wrapped = f"{local} before; in the schema of a contract it is optional" if local in _WRAPPED else ""
            return DraftField(dict(plain), [wrapped] if wrapped else [])
        return self._message(name, field, path)

    def _message(self, name: str, field: FieldDescriptorProto, path: str) -> DraftField | None:
        found = self._file.messages.get(name)
        if found is None or field.type == _OF.TYPE_GROUP or name.startswith("google.protobuf."):
            self.left_out.add(f"{path}: a value of type {name}")
            return None
        if name in self._open:
            self.left_out.add(f"{path}: {name} inside itself; a contract has no types that hold themselves")
            return None
        self._open.append(name)
        listed = list(self.fields(found, path))
        self._open.pop()
        made = DraftField({"logicalType": "object", "properties": [each.source for each in listed]})
        for place, each in enumerate(listed):
            made.inside |= each.at("properties", place).inside
        return made

    def _enum(self, name: str) -> DraftField:
        values = [{"value": each} for each in self._values(name)]
        source: Schema = {"logicalType": "string"} | ({"enum": values} if values else {})
        return DraftField(source, ["an enum of Protobuf before; in the schema of a contract its values are text"])

    def _values(self, name: str) -> list[str]:
        space, _, local = name.rpartition(".")
        holder = self._file.messages.get(space)
        enums = (
            [*holder.enum_type]
            if holder
            else [
                each
                for file in (self._file.main, *self._file.imports)
                if file.package == space
                for each in file.enum_type
            ]
        )
        return [value.name for each in enums if each.name == local for value in each.value]

    def _note_rest(self, message: DescriptorProto, path: str) -> None:
        for place, oneof in enumerate(message.oneof_decl):
            members = [
                each.name
                for each in message.field
                if each.HasField("oneof_index") and each.oneof_index == place and not each.proto3_optional
            ]
            if members:
                rule = "a rule can say it"
                self.left_out.add(f"{path}: oneof {oneof.name}, at most one of {', '.join(members)}; {rule}")
        if message.reserved_range or message.reserved_name:
            self.left_out.add(f"{path}: reserved numbers and names")


def _is_required(field: FieldDescriptorProto) -> bool:
    """Whether the label says so, or an option of buf.validate, where the descriptor still has it."""
    if field.label == _OF.LABEL_REQUIRED:
        return True
    return any(_says(part, REQUIRED) for part in _parts(field.options, FIELD_RULES))


def _parts(options: FieldOptions, number: int) -> list[bytes]:
    return [data for data in _unknown(options, number) if isinstance(data, bytes)]


def _says(part: bytes, number: int) -> bool:
    return 1 in _unknown(Empty.FromString(part), number)


def _unknown(message: Message, number: int) -> list[object]:
    """What stands under a number that the message itself does not know."""
    found: Sequence[UnknownField] = UnknownFieldSet(message)  # type: ignore[assignment]  # it is one; the stubs lack it
    return [each.data for each in found if each.field_number == number]


def _word(field: FieldDescriptorProto) -> str:
    return _OF.Type.Name(field.type).removeprefix("TYPE_").lower()
