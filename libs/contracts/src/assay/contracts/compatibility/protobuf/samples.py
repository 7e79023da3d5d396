"""A message with a value or two in it, and the proof that they don't arrive."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from google.protobuf import message_factory, text_format
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, EncodeError, Message

from assay.contracts.compatibility.findings import Sample
from assay.contracts.compatibility.protobuf.naming import ProtoFile

__all__ = ["Written", "class_of", "lost"]

_VALUES: dict[int, Any] = {
    FieldDescriptor.CPPTYPE_BOOL: True,
    FieldDescriptor.CPPTYPE_DOUBLE: 0.5,
    FieldDescriptor.CPPTYPE_FLOAT: 0.5,
    FieldDescriptor.CPPTYPE_INT32: 1,
    FieldDescriptor.CPPTYPE_INT64: 1,
    FieldDescriptor.CPPTYPE_UINT32: 1,
    FieldDescriptor.CPPTYPE_UINT64: 1,
}


@dataclass(frozen=True, slots=True)
class Written:
    """A message that was written with values in these fields, and what it is read as. A number that comes twice is a list."""

    writer: str
    reader: str
    fields: tuple[int, ...] = ()

    def with_fields(self, *numbers: int) -> Written:
        """The message with values in these fields and no other."""
        return replace(self, fields=numbers)


def lost(sample: Sample, reader: ProtoFile, writer: ProtoFile) -> str:
    """The message as text, if what the reader has of it is not what was written; else nothing."""
    written: Written = sample.value
    try:
        made = class_of(writer, written.writer)()
        for number in written.fields:
            _fill(made, _field(made, number))
        row = made.SerializeToString(deterministic=True)
        class_of(writer, written.writer).FromString(row)
        taken = class_of(reader, written.reader)
    except (TypeError, ValueError, KeyError, EncodeError, DecodeError, RecursionError):
        return ""  # the runtime takes no such file, or message
    shown = text_format.MessageToString(made, as_one_line=True, as_utf8=True) or "(an empty message)"
    try:
        read = taken.FromString(row)
        is_whole = read.IsInitialized()
    except DecodeError:
        return shown
    return "" if is_whole and all(_same(made, read, number) for number in written.fields) else shown


def class_of(file: ProtoFile, name: str) -> type[Message]:
    """The class of a message, in a pool of its file's own."""
    if file.pool is None:
        pool = DescriptorPool()
        known = {each.name: each for each in (*file.imports, file.main)}
        done: set[str] = set()
        for each in known.values():
            _add(pool, each, known, done)
        file.pool = pool
    return message_factory.GetMessageClass(file.pool.FindMessageTypeByName(name))


def _add(
    pool: DescriptorPool, file: FileDescriptorProto, known: dict[str, FileDescriptorProto], done: set[str]
) -> None:
    if file.name in done:
        return
    done.add(file.name)
    for path in file.dependency:
        if path in known:
            _add(pool, known[path], known, done)
    pool.Add(file)


def _fill(message: Message, field: FieldDescriptor, depth: int = 0) -> None:
    """Set a field to something that is not its default."""
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        entry = field.message_type.fields_by_name
        target = getattr(message, field.name)
        key = _value(entry["key"])
        if entry["value"].message_type is not None:
            target.get_or_create(key) if hasattr(target, "get_or_create") else target[key]
        else:
            target[key] = _value(entry["value"])
    elif field.message_type is not None:
        target = getattr(message, field.name)
        inner = target.add() if field.is_repeated else target
        inner.SetInParent()
        _fill_required(inner, depth)
    elif field.is_repeated:
        getattr(message, field.name).append(_value(field))
    else:
        setattr(message, field.name, _value(field))


def _fill_required(message: Message, depth: int) -> None:
    fields: list[FieldDescriptor] = list(message.DESCRIPTOR.fields)  # type: ignore[arg-type]  # upb's is one in all but name
    scalars = [each for each in fields if each.is_required or each.message_type is None]
    for each in scalars[:1] if not any(each.is_required for each in scalars) else scalars:
        if depth < 8:
            _fill(message, each, depth + 1)


def _field(message: Message, number: int) -> FieldDescriptor:
    return message.DESCRIPTOR.fields_by_number[number]  # type: ignore[return-value]  # upb's is one in all but name


def _value(field: FieldDescriptor) -> Any:
    if field.enum_type is not None:
        return next((each.number for each in field.enum_type.values if each.number), 0)
    if field.type in (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES):
        return "a" if field.type == FieldDescriptor.TYPE_STRING else b"a"
    if field.type in (FieldDescriptor.TYPE_SINT32, FieldDescriptor.TYPE_SINT64):
        return 2  # is 4 without the zigzag; 1 would be 2, which as a bool is 1 again
    return _VALUES[field.cpp_type]


def _same(written: Message, read: Message, number: int) -> bool:
    """Whether the value of a field is the same; of messages, whether they are written alike."""
    field = read.DESCRIPTOR.fields_by_number.get(number)
    if field is None:
        return False
    values = [_shown(getattr(each, each.DESCRIPTOR.fields_by_number[number].name)) for each in (written, read)]
    return bool(values[0] == values[1])


def _shown(value: Any) -> Any:
    if isinstance(value, Message):
        return value.SerializeToString(deterministic=True)
    if hasattr(value, "items"):
        return {key: _shown(each) for key, each in value.items()}
    if hasattr(value, "append"):  # a list of upb has no `__iter__`
        return [_shown(each) for each in value]
    return value.encode() if isinstance(value, str) else value
