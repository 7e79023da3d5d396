"""What a descriptor may hold that anyone may send: the runtime takes more, and fails or ends where it is used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FeatureSet,
    FieldDescriptorProto,
    FileDescriptorProto,
    UninterpretedOption,
)
from google.protobuf.message import Message

from assay.contracts.errors import SchemaError

__all__ = ["check_descriptor", "check_entries", "check_presence"]

_KEYS = frozenset(
    getattr(FieldDescriptorProto, f"TYPE_{name}")
    for name in (
        "BOOL", "FIXED32", "FIXED64", "INT32", "INT64", "SFIXED32", "SFIXED64", "SINT32", "SINT64", "STRING", "UINT32",
        "UINT64",
    )
)  # fmt: skip


def check_descriptor(file: FileDescriptorProto) -> None:
    """Hold a descriptor to what one says of itself.

    Raises:
        SchemaError: a part is missing, a string is no UTF-8, or a place is out of its list.
    """
    if not file.IsInitialized():
        raise SchemaError("the descriptor has an option without a name")
    places = (*file.public_dependency, *file.weak_dependency)
    if any(not 0 <= place < len(file.dependency) for place in places):
        raise SchemaError("the descriptor has an import that is not there")
    _check_parts(file)


def _check_parts(message: Message) -> None:
    if isinstance(message, UninterpretedOption) and not message.name:
        raise SchemaError("the descriptor has an option without a name")
    if isinstance(message, DescriptorProto):
        places = [each.oneof_index for each in message.field if each.HasField("oneof_index")]
        if any(not 0 <= place < len(message.oneof_decl) for place in places):
            raise SchemaError("the descriptor has a member of a oneof that is not there")
    for of, value in message.ListFields():
        listed = value if of.is_repeated else [value]
        if of.message_type is not None:
            for each in listed:
                _check_parts(each)
        elif of.type == FieldDescriptorProto.TYPE_STRING and any(isinstance(each, bytes) for each in listed):
            raise SchemaError(f"the descriptor has a {of.name} that is no UTF-8")


def check_presence(file: FileDescriptorProto, messages: Mapping[str, DescriptorProto]) -> None:
    """Hold what an edition says of presence to the fields that have one.

    Raises:
        SchemaError: a list, a member of a oneof, an extension or all of a file is said to be required or not.
    """
    wholes = (file.options.features, *(message.options.features for message in messages.values()))
    if any(each.field_presence == FeatureSet.LEGACY_REQUIRED for each in wholes):
        raise SchemaError("an edition says field by field what is required")
    extensions = (*file.extension, *(each for message in messages.values() for each in message.extension))
    for field in (*extensions, *(each for message in messages.values() for each in message.field)):
        is_repeated = field.label == FieldDescriptorProto.LABEL_REPEATED
        if field.options.features.field_presence and (is_repeated or field.extendee or field.HasField("oneof_index")):
            raise SchemaError(
                f"{field.name[:120]}: a list, a member of a oneof and an extension have no presence to say"
            )


def check_entries(messages: Mapping[str, DescriptorProto], extensions: Iterable[FieldDescriptorProto]) -> None:
    """Hold the messages of a file, whose names are resolved, to what a map may be.

    Raises:
        SchemaError: an entry is no entry of a map, or is used by anything but its map.
    """
    entries = {f".{name}" for name, each in messages.items() if each.options.map_entry}
    free = set(entries)
    for name, message in messages.items():
        if message.options.message_set_wire_format and message.field:
            raise SchemaError(f"message {name[:120]}: a message set has extensions only")
        for field in message.field:
            if field.type_name in entries:
                _check_map(field, f".{name}", free)
    for field in (*extensions, *(each for message in messages.values() for each in message.extension)):
        if field.type_name in entries:
            raise SchemaError(f"{field.name[:120]}: an extension is no map")
    if free:
        raise SchemaError(f"message {min(free)[1:121]}: an entry of a map, and there is no map")
    for name in entries:
        _check_entry(messages[name[1:]])


def _check_map(field: FieldDescriptorProto, around: str, free: set[str]) -> None:
    is_own = field.type_name in free and field.type_name.rpartition(".")[0] == around
    if field.label != FieldDescriptorProto.LABEL_REPEATED or not is_own or field.HasField("oneof_index"):
        raise SchemaError(f"{around[1:121]}.{field.name[:80]}: a map is written as map<key, value>")
    free.remove(field.type_name)


def _check_entry(entry: DescriptorProto) -> None:
    numbers = [(field.name, field.number, field.label) for field in entry.field]
    optional = FieldDescriptorProto.LABEL_OPTIONAL
    is_plain = not any((entry.nested_type, entry.enum_type, entry.oneof_decl, entry.extension, entry.extension_range))
    if numbers != [("key", 1, optional), ("value", 2, optional)] or not is_plain:
        raise SchemaError(f"message {entry.name[:120]}: an entry of a map has a key and a value, and nothing else")
    if entry.field[0].type not in _KEYS:
        raise SchemaError(f"message {entry.name[:120]}: a key of a map is a whole number, a string or a bool")
