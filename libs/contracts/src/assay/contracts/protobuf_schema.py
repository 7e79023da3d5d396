"""A contract's fields as a Protobuf file, syntax proto3 (https://protobuf.dev/programming-guides/proto3/).

A value of an enum is a string: the contract says which, so that a new value changes no schema on the wire. Numbers
follow the order of the properties: a new property goes to the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto

from assay.contracts.formats import DATE, LOCAL_DATE_TIME, LOCAL_TIME, TIME, decimal_pattern
from assay.contracts.model import Contract, Field
from assay.contracts.protobuf_rules import options
from assay.contracts.schema import field_schema
from assay.contracts.types import digits, type_of
from assay.contracts.wire_names import message_name, namespace

__all__ = ["protobuf_file"]

_TIMESTAMP = "google.protobuf.Timestamp"
_RESERVED_FROM, _RESERVED = 19_000, 1_000
_TEXTS = {"date": DATE, "local timestamp": LOCAL_DATE_TIME, "time": LOCAL_TIME, "offset time": TIME}
"""What the text of a type looks like that Protobuf has no type for."""

_KINDS = {
    name: getattr(FieldDescriptorProto, f"TYPE_{name.upper()}")
    for name in ("bool", "bytes", "double", "float", "int32", "int64", "string", "uint32", "uint64")
}


def protobuf_file(contract: Contract) -> FileDescriptorProto:
    """The file of one record: one message named after the schema object, with every scalar `optional`.

    What is not there is absent, never zero. Dates, times and timestamps without an offset are ISO 8601 text, whatever
    spelling `format` asks of JSON. Constraints are options of buf.validate.
    """
    space = namespace(contract.id)
    message = DescriptorProto(name=message_name(contract.record))
    _fill(message, contract.fields, f".{space}.{message.name}")
    file = FileDescriptorProto(name=f"{contract.id}.proto", package=space, syntax="proto3", message_type=[message])
    if _uses_timestamp(message):
        file.dependency.append("google/protobuf/timestamp.proto")
    return file


def _fill(message: DescriptorProto, fields: Sequence[Field], path: str) -> None:
    taken = {field.name for field in fields}
    for number, field in enumerate(fields, start=1):
        _add(message, field, number + _RESERVED * (number >= _RESERVED_FROM), (path, taken))
    for place, made in enumerate(each for each in message.field if each.proto3_optional):
        made.oneof_index = place  # what makes presence of a scalar is a oneof of its own
        message.oneof_decl.add(name=_free(f"_{made.name}", taken, "X{}"))


def _add(message: DescriptorProto, field: Field, number: int, within: tuple[str, set[str]]) -> None:
    made = message.field.add(name=field.name, number=number, json_name=field.name)
    made.label = FieldDescriptorProto.LABEL_OPTIONAL
    if field.items:
        made.label = FieldDescriptorProto.LABEL_REPEATED
        _typed(message, made, field.items, within)
        asked = options("repeated", _asked(field), of=(_kind(field.items), _asked(field.items)))
    elif field.values:
        _map(message, made, field.values, within)
        asked = options("map", _asked(field), of=(_kind(field.values), _asked(field.values)))
    else:
        _typed(message, made, field, within)
        if made.type != FieldDescriptorProto.TYPE_MESSAGE:
            made.proto3_optional = True
        asked = options(_kind(field), _asked(field), required=field.required)
    if asked.ByteSize():
        made.options.CopyFrom(asked)


def _typed(message: DescriptorProto, made: FieldDescriptorProto, field: Field, within: tuple[str, set[str]]) -> None:
    kind, (path, taken) = type_of(field).protobuf, within
    if kind in _KINDS:
        made.type = _KINDS[kind]
        return
    made.type = FieldDescriptorProto.TYPE_MESSAGE
    made.type_name = f".{_TIMESTAMP}"
    if kind == "message":
        inner = message.nested_type.add(name=_free(message_name(made.name), taken, "{}_"))
        made.type_name = f"{path}.{inner.name}"
        _fill(inner, field.properties, made.type_name)


def _map(message: DescriptorProto, made: FieldDescriptorProto, values: Field, within: tuple[str, set[str]]) -> None:
    """A map as Protobuf has it: a list of entries, each a message of its own."""
    path, taken = within
    entry = DescriptorProto(name=f"{message_name(made.name)}Entry")
    taken.add(entry.name)
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, label=FieldDescriptorProto.LABEL_OPTIONAL, type=_KINDS["string"])
    value = FieldDescriptorProto(name=made.name, number=2, label=FieldDescriptorProto.LABEL_OPTIONAL)
    _typed(message, value, values, within)
    value.name = "value"
    entry.field.append(value)
    message.nested_type.append(entry)
    made.label = FieldDescriptorProto.LABEL_REPEATED
    made.type, made.type_name = FieldDescriptorProto.TYPE_MESSAGE, f"{path}.{entry.name}"


def _free(name: str, taken: set[str], longer: str) -> str:
    """The name, or the first longer one that nothing else in the message has."""
    while name in taken:
        name = longer.format(name)
    taken.add(name)
    return name


def _kind(field: Field) -> str:
    return type_of(field).protobuf


def _asked(field: Field) -> dict[str, Any]:
    """The JSON Schema of a field, with the pattern of the ISO text where Protobuf has no type of its own."""
    name, size = type_of(field).name, digits(field)
    if name in _TEXTS:
        return {"pattern": _TEXTS[name]}
    return {"pattern": decimal_pattern(*size)} if size else field_schema(field)


def _uses_timestamp(message: DescriptorProto) -> bool:
    inside = any(map(_uses_timestamp, message.nested_type))
    return inside or any(field.type_name == f".{_TIMESTAMP}" for field in message.field)
