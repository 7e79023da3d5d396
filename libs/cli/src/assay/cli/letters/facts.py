"""Messages of recovery for programs: plain objects, in which a number is a number and an enum a word."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

from google.protobuf.descriptor import EnumDescriptor
from google.protobuf.message import Message

__all__ = ["Facts", "as_json", "facts", "word"]

Facts = dict[str, object]


def facts(message: Message) -> Facts:
    """Return every field by its name on the wire; None for what is absent, base64 for bytes.

    Not protobuf's own JSON: that writes numbers of 64 bits as text and leaves zeros out. Of a choice, what was not
    chosen is left out.
    """
    chosen = {each.name: message.WhichOneof(each.name) for each in message.DESCRIPTOR.oneofs}
    found: Facts = {}
    for field in message.DESCRIPTOR.fields:
        choice = field.containing_oneof
        if choice is not None and len(choice.fields) > 1 and chosen[choice.name] != field.name:
            continue
        found[field.name] = _value(message, field.name)
    return found


def as_json(value: Mapping[str, object]) -> str:
    """Return one line of JSON."""
    return json.dumps(value, ensure_ascii=False)


def word(enum: EnumDescriptor, number: int) -> str:
    """Return the word of an enum's value: FAILURE_STATUS_NEW is `new`; a number where this release has none."""
    return _words({number: each.name for number, each in enum.values_by_number.items()}).get(number, str(number))


def _words(names: Mapping[int, str]) -> dict[int, str]:
    prefix = names[0].removesuffix("UNSPECIFIED")
    return {number: name.removeprefix(prefix).lower() for number, name in names.items()}


def _value(message: Message, name: str) -> object:
    field, value = message.DESCRIPTOR.fields_by_name[name], getattr(message, name)
    enum = field.enum_type
    names = None if enum is None else _words({number: each.name for number, each in enum.values_by_number.items()})
    if field.is_repeated:
        return [_one(each, names) for each in value]
    if field.has_presence and not message.HasField(name):
        return None
    return _one(value, names)


def _one(value: object, names: Mapping[int, str] | None) -> object:
    if isinstance(value, Message):
        return facts(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if names is not None and isinstance(value, int):
        return names.get(value, str(value))
    return value
