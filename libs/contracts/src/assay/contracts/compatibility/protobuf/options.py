"""Options of a .proto text: read as they are said, and set where Protobuf itself has a field for them."""

from __future__ import annotations

import math
import re
import struct
from typing import Any

from google.protobuf import message_factory, text_format
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.descriptor_pb2 import UninterpretedOption
from google.protobuf.message import DecodeError, EncodeError, Message

from assay.contracts.compatibility.protobuf.tokens import Tokens

__all__ = ["FLOATS", "number_of", "read_option", "set_at", "set_field", "spelt", "take_option", "take_options"]

_INTEGERS = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63),
    FieldDescriptor.CPPTYPE_UINT32: (0, 2**32),
    FieldDescriptor.CPPTYPE_UINT64: (0, 2**64),
}
_FLOATS = (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT)
FLOATS = (FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT)
_FLOAT_32 = struct.Struct("<f")
_NUMBER = re.compile(r"[+-]?(?:\d|\.\d)")


def read_option(tokens: Tokens) -> UninterpretedOption:
    """The option that comes, with its value, up to what ends it.

    Raises:
        SchemaError: there is none.
    """
    said = UninterpretedOption()
    while True:
        if tokens.takes("("):
            said.name.add(name_part=tokens.name(), is_extension=True)
            tokens.take(")")
        else:
            for part in tokens.name().strip(".").split("."):
                said.name.add(name_part=part, is_extension=False)
        if tokens.next[:1] not in (".", "("):
            break
    tokens.take("=")
    _read_value(tokens, said)
    return said


def _read_value(tokens: Tokens, said: UninterpretedOption) -> None:
    word = tokens.next
    if word[:1] in ('"', "'"):
        said.string_value = tokens.bytes()
    elif word == "{":
        words = [*tokens.skip_braces()]
        said.aggregate_value = " ".join(words[1:-1])
    elif _NUMBER.match(word):
        _read_number(tokens, said)
    elif tokens.takes("-"):
        said.double_value = -float("inf" if tokens.takes("inf") else "nan" if tokens.takes("nan") else tokens.value())
    else:
        said.identifier_value = tokens.name()


def _read_number(tokens: Tokens, said: UninterpretedOption) -> None:
    value = tokens.value()
    if not isinstance(value, int):
        said.double_value = value
    elif value < 0:
        said.negative_int_value = value
    else:
        said.positive_int_value = value


def take_options(tokens: Tokens, options: Message) -> None:
    """Set the options that stand in brackets, if any do."""
    if tokens.takes("["):
        while True:
            take_option(tokens, options)
            if not tokens.takes(","):
                break
        tokens.take("]")


def take_option(tokens: Tokens, options: Message) -> None:
    """Set the option that comes; one that Protobuf does not know is kept as it is said."""
    _put(options, read_option(tokens))


def _put(options: Any, said: UninterpretedOption) -> None:
    """Set an option where there is a field for it, else keep it as it is said."""
    path = [part.name_part for part in said.name]
    if any(part.is_extension for part in said.name) or not set_at(options, path, said):
        options.uninterpreted_option.append(said)


def set_at(message: Message, path: list[str], said: UninterpretedOption) -> bool:
    """Set the field at a path of names to what is said; whether there is one that takes it."""
    field = message.DESCRIPTOR.fields_by_name.get(path[0])
    if field is None or field.name == "uninterpreted_option":
        return False
    if path[1:]:
        if field.message_type is None or field.is_repeated:
            return False
        return set_at(getattr(message, field.name), path[1:], said)
    return set_field(message, field, said)


def set_field(message: Any, field: Any, said: UninterpretedOption) -> bool:
    """Set a field, or add to it if it is a list, if what is said is of its type."""
    if field.message_type is not None:
        if not said.HasField("aggregate_value"):
            return False
        return _merge(message, field, said.aggregate_value)
    value = _value_of(field, said)
    if value is None:
        return False
    if field.is_repeated:
        _slot(message, field).append(value)
    elif field.is_extension:
        message.Extensions[field] = value
    else:
        setattr(message, field.name, value)
    return True


def _merge(message: Any, field: Any, text: str) -> bool:
    made = message_factory.GetMessageClass(field.message_type)()
    try:
        row = text_format.Merge(text, made).SerializePartialToString()
        type(made).FromString(row)
    except (text_format.ParseError, ValueError, RecursionError, EncodeError, DecodeError):
        return False
    target = _slot(message, field)
    (target.add() if field.is_repeated else target).MergeFromString(row)
    return True


def _slot(message: Any, field: Any) -> Any:
    return message.Extensions[field] if field.is_extension else getattr(message, field.name)


def _value_of(field: Any, said: UninterpretedOption) -> Any:
    """What is said as a value of a scalar field; none if it is no such value."""
    word = said.identifier_value
    if field.enum_type is not None:
        found = field.enum_type.values_by_name.get(word)
        return None if found is None else found.number
    match field.cpp_type:
        case FieldDescriptor.CPPTYPE_BOOL:
            return {"true": True, "false": False}.get(word)
        case FieldDescriptor.CPPTYPE_STRING:
            return _string(field, said)
    number = number_of(said)
    if field.cpp_type in _FLOATS:
        return number if number is not None else {"inf": math.inf, "nan": math.nan}.get(word)
    low, high = _INTEGERS[field.cpp_type]
    return number if isinstance(number, int) and low <= number < high else None


def _string(field: Any, said: UninterpretedOption) -> Any:
    if not said.HasField("string_value"):
        return None
    if field.type == FieldDescriptor.TYPE_BYTES:
        return said.string_value
    try:
        return said.string_value.decode()
    except UnicodeDecodeError:
        return None


def number_of(said: UninterpretedOption) -> int | float | None:
    """The number that is said, if one is."""
    if said.HasField("positive_int_value"):
        return said.positive_int_value
    if said.HasField("negative_int_value"):
        return said.negative_int_value
    return said.double_value if said.HasField("double_value") else None


def spelt(number: float, of: int) -> str:
    """A number of a floating type with as few digits as tell it from any other, as protoc spells it."""
    if not math.isfinite(number):
        return str(number)
    short, long = (".6g", ".9g") if of == FieldDescriptor.TYPE_FLOAT else (".15g", ".17g")
    text = format(number, short)
    return text if _held(float(text), of) == _held(number, of) else format(number, long)


def _held(number: float, of: int) -> float:
    """The number as the type holds it."""
    try:
        held: float = _FLOAT_32.unpack(_FLOAT_32.pack(number))[0] if of == FieldDescriptor.TYPE_FLOAT else number
    except OverflowError:
        return math.inf
    return held
