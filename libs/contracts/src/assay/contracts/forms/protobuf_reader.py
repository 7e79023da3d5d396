"""Protobuf read by a contract: what is on the wire and in no field is found, and what is not there is left out."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from google.protobuf import timestamp_pb2
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.unknown_fields import UnknownFieldSet

from assay.contracts.errors import MalformedRecordError
from assay.contracts.forms import spelling
from assay.contracts.model import Contract, Field
from assay.contracts.moments import has_own_spelling, moment, respelled
from assay.contracts.protobuf_schema import protobuf_file
from assay.contracts.types import type_of

__all__ = ["Get", "MessageReader", "getter", "message_class", "spell"]

Get = Callable[[Any], Any]
"""Answers the value of a message's field as JSON has it, None where it is not there."""

_MAX_UNKNOWN = 32
_NANO_PLACES = 9
_VARINT, _BYTES, _GROUP = 0, 2, 3


def message_class(contract: Contract) -> type[Message]:
    """The class of the contract's message, which no other class of the process can collide with."""
    file, pool = protobuf_file(contract), DescriptorPool()
    pool.AddSerializedFile(timestamp_pb2.DESCRIPTOR.serialized_pb)
    pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName(f"{file.package}.{file.message_type[0].name}"))


class MessageReader:
    """Reads the rows of one contract."""

    def __init__(self, contract: Contract) -> None:
        self._class = message_class(contract)
        self._is_closed = contract.openness == "closed"
        self._fields = contract.fields
        self._getters = _getters(contract.fields)

    def record(self, row: bytes) -> dict[str, Any]:
        """The row as JSON has it. A field that the contract does not have is named by its number: `#17`.

        Raises:
            MalformedRecordError: it is no message, or has a field of the contract with another wire type.
        """
        message = self.message(row)
        if message is not None:
            return _read(self._getters, message)
        whole = self._class.FromString(row)
        record = _read(self._getters, whole)
        _add_unknown(self._fields, whole, record, self._is_closed)
        return record

    def message(self, row: bytes) -> Message | None:
        """The message of a row; None when it has something that is in no field.

        Raises:
            MalformedRecordError: it is no message.
        """
        try:
            message = self._class.FromString(row)
        except DecodeError:
            raise MalformedRecordError("bytes that are no message") from None
        size = message.ByteSize()
        message.DiscardUnknownFields()
        return message if message.ByteSize() == size else None


def getter(field: Field) -> Get:
    """What reads one field of a message."""
    name = field.name
    if field.items:
        return _list(field, field.items)
    if field.values:
        return _map(field, field.values)
    value_of = spell(field)

    def get(message: Any) -> Any:
        if not message.HasField(name):
            return None
        value = getattr(message, name)
        return value_of(value) if value_of else value

    return get


def spell(field: Field) -> Get | None:
    """What makes JSON of a single value; None where it is the same."""
    kind = type_of(field).name
    if kind == "object":
        getters = _getters(field.properties)
        return lambda message: _read(getters, message)
    if not has_own_spelling(field):
        return _SPELT.get(kind)
    own, is_plain = respelled(field), moment(kind).read
    if kind == "timestamp":
        return lambda stamp: own(_instant(stamp))
    return lambda text: "" if is_plain(text) is None else own(text)  # in its own spelling it is not as Protobuf has it


def _instant(stamp: timestamp_pb2.Timestamp) -> str:
    return spelling.instant(stamp.seconds, stamp.nanos, _NANO_PLACES)


_SPELT: dict[str, Get] = {
    "bytes": lambda value: base64.b64encode(value).decode(),
    "f32": spelling.single,
    "f64": spelling.finite,
    "timestamp": _instant,
}


def _getters(fields: Sequence[Field]) -> list[tuple[str, Get]]:
    return [(field.name, getter(field)) for field in fields]


def _read(getters: Sequence[tuple[str, Get]], message: Any) -> dict[str, Any]:
    found = ((name, get(message)) for name, get in getters)
    return {name: value for name, value in found if value is not None}


def _list(field: Field, items: Field) -> Get:
    """An empty list and none are the same on the wire: it is there when it is required."""
    name, value_of = field.name, spell(items)
    of_none: list[Any] | None = [] if field.required else None

    def get(message: Any) -> list[Any] | None:
        values = getattr(message, name)
        return [value_of(value) if value_of else value for value in values] if values else of_none

    return get


def _map(field: Field, items: Field) -> Get:
    name, value_of = field.name, spell(items)
    of_none: dict[str, Any] | None = {} if field.required else None

    def get(message: Any) -> Mapping[str, Any] | None:
        values = getattr(message, name)
        return {key: value_of(values[key]) if value_of else values[key] for key in values} if values else of_none

    return get


def _add_unknown(fields: Sequence[Field], message: Any, record: dict[str, Any], is_closed: bool) -> None:
    """Put what is in no field of a message into the record that it was read as, by its number."""
    known = {each.number: each.name for each in message.DESCRIPTOR.fields}
    for unknown in UnknownFieldSet(message):  # type: ignore[attr-defined]  # it is a sequence
        if unknown.field_number in known:
            raise MalformedRecordError(f"field {unknown.field_number} with another wire type")
        if is_closed and len(record) < len(fields) + _MAX_UNKNOWN:
            record[f"#{unknown.field_number}"] = _shaped(unknown.wire_type, unknown.data)
    for field in fields:
        _check_stamps(field, message)
        for inner, inside, into in _inside(field, message, record.get(field.name)):
            _add_unknown(inner.properties, inside, into, is_closed)


def _check_stamps(field: Field, message: Any) -> None:
    """Refuse a timestamp with more in it than seconds and nanoseconds."""
    each = field.items or field.values or field
    if type_of(each).name == "timestamp":
        own = getattr(message, field.name)
        stamps = own if field.items else own.values() if field.values else [own]
        if any(len(UnknownFieldSet(stamp)) for stamp in stamps):
            raise MalformedRecordError("a timestamp with a field of its own")


def _inside(field: Field, message: Any, value: Any) -> Iterator[tuple[Field, Any, dict[str, Any]]]:
    """The messages inside a field, each with what it was read as."""
    if value is None:
        return
    own = getattr(message, field.name)
    if field.properties:
        yield field, own, value
    elif field.items and field.items.properties:
        yield from ((field.items, *pair) for pair in zip(own, value, strict=True))
    elif field.values and field.values.properties:
        yield from ((field.values, own[key], value[key]) for key in value)


def _shaped(wire_type: int, data: Any) -> object:
    """Something of the same shape, for `found`: what it is cannot be known."""
    if wire_type == _BYTES:
        return data.decode("latin-1")
    return {} if wire_type == _GROUP else int(data) if wire_type == _VARINT else float(data)
