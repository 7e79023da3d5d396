"""What a field is on the wire: its kind, its type among those that are written alike, its label."""

from __future__ import annotations

from google.protobuf.descriptor_pb2 import DescriptorProto, FeatureSet, FieldDescriptorProto

from assay.contracts.compatibility.protobuf.naming import ProtoFile

__all__ = ["GROUPS", "entry_of", "has_written_label", "kind_of", "label_of", "type_of"]

GROUPS = {
    **dict.fromkeys(("int32", "int64", "uint32", "uint64", "bool", "enum"), 1),
    **dict.fromkeys(("sint32", "sint64"), 2),
    **dict.fromkeys(("string", "bytes"), 3),
    **dict.fromkeys(("fixed32", "sfixed32"), 4),
    **dict.fromkeys(("fixed64", "sfixed64"), 5),
    "float": 6,
    "double": 7,
}
"""Scalars of one number are read for each other."""

_LABELS = {
    FieldDescriptorProto.LABEL_OPTIONAL: "optional",
    FieldDescriptorProto.LABEL_REPEATED: "repeated",
    FieldDescriptorProto.LABEL_REQUIRED: "required",
}


def type_of(field: FieldDescriptorProto) -> str:
    """The name of a field's type, as .proto has it."""
    return FieldDescriptorProto.Type.Name(field.type).removeprefix("TYPE_").lower()


def kind_of(field: FieldDescriptorProto) -> str:
    """Scalar, message or group, which is a message that an edition writes between two marks."""
    name = type_of(field)
    if name == "message" and field.options.features.message_encoding == FeatureSet.DELIMITED:
        return "group"
    return name if name in ("message", "group") else "scalar"


def entry_of(field: FieldDescriptorProto, file: ProtoFile) -> DescriptorProto | None:
    """The entry of a map, if the field is one."""
    message = file.messages.get(field.type_name[1:]) if kind_of(field) == "message" else None
    return message if message is not None and message.options.map_entry else None


def label_of(field: FieldDescriptorProto) -> str:
    """Optional, repeated or required, as the label or an edition has it."""
    if field.options.features.field_presence == FeatureSet.LEGACY_REQUIRED:
        return "required"
    return _LABELS[field.label]


def has_written_label(field: FieldDescriptorProto, file: ProtoFile) -> bool:
    """Whether the label stands in the text: a plain field of proto3, or one of a oneof, has none."""
    if field.HasField("oneof_index") and not field.proto3_optional:
        return False
    is_plain = label_of(field) == "optional" and not field.proto3_optional
    return not (is_plain and file.main.syntax in ("proto3", "editions"))
