"""Protobuf read in batches: a field of many messages at a time, each list of values judged by the judge of JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any, Protocol

from google.protobuf.message import Message

from assay.contracts.errors import MalformedRecordError
from assay.contracts.forms.columns import Leaf
from assay.contracts.forms.protobuf_reader import MessageReader, getter, spell
from assay.contracts.model import Contract, Field
from assay.contracts.schema import field_schema
from assay.contracts.types import type_of

__all__ = ["ProtobufColumns"]


class ProtobufColumns:
    """The rows of one contract all of whose constraints are on values, or on the length of a list."""

    def __init__(self, contract: Contract, reader: MessageReader) -> None:
        self._read = reader.message
        self._fields = [_field(field) for field in contract.fields]
        self._getters = {field.name: getter(field) for field in contract.fields}

    def screen(self, rows: Sequence[bytes]) -> tuple[list[bool], ProtobufRows]:
        found = [self._message(row) for row in rows]
        places = [place for place, message in enumerate(found) if message is not None]
        messages = [message for message in found if message is not None]
        accepted = [message is not None for message in found]
        for refused in _refused(self._fields, messages):
            accepted[places[refused]] = False
        return accepted, ProtobufRows(found, self._getters)

    def _message(self, row: bytes) -> Message | None:
        try:
            return self._read(row)
        except MalformedRecordError:
            return None


class ProtobufRows:
    """Rows that were read together."""

    def __init__(self, messages: Sequence[Message | None], getters: dict[str, Any]) -> None:
        self._messages = messages
        self._getters = getters

    def look(self, names: Sequence[str], places: Sequence[int]) -> list[dict[str, Any]]:
        columns = [list(map(self._getters[name], map(self._messages.__getitem__, places))) for name in names]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


class _Field(Protocol):
    def refused(self, messages: Sequence[Any]) -> Iterator[int]:
        """The places of the messages that the contract refuses for this field, some perhaps twice."""
        ...


def _refused(fields: Sequence[_Field], messages: Sequence[Any]) -> Iterator[int]:
    return chain.from_iterable(field.refused(messages) for field in fields)


def _field(field: Field) -> _Field:
    if field.items:
        return _List(field, field.items)
    return _Object(field) if field.properties else _Single(field)


class _Single:
    def __init__(self, field: Field) -> None:
        self._name, self._value = field.name, attrgetter(field.name)
        self._leaf = Leaf(field)
        self._spell = spell(field)
        self._is_message = type_of(field).name == "timestamp"

    def refused(self, messages: Sequence[Any]) -> Iterator[int]:
        name, value_of = self._name, self._spell
        values = map(self._value, messages)
        if self._is_message:  # one that is not there is read as an empty one
            found = [value if each.HasField(name) else None for each, value in zip(messages, values, strict=True)]
        else:
            found = [
                value or (value if each.HasField(name) else None) for each, value in zip(messages, values, strict=True)
            ]
        return self._leaf.refused(
            [None if value is None else value_of(value) for value in found] if value_of else found
        )


class _Object:
    def __init__(self, field: Field) -> None:
        self._name = field.name
        self._is_required = field.required
        self._fields = [_field(each) for each in field.properties]

    def refused(self, messages: Sequence[Any]) -> Iterator[int]:
        name = self._name
        places = [place for place, each in enumerate(messages) if each.HasField(name)]
        if self._is_required and len(places) < len(messages):
            yield from set(range(len(messages))).difference(places)
        inside = [getattr(messages[place], name) for place in places]
        yield from (places[place] for place in _refused(self._fields, inside))


class _List:
    def __init__(self, field: Field, items: Field) -> None:
        schema = field_schema(field)
        self._values = attrgetter(field.name)
        self._least, self._most = schema.get("minItems", 0), schema["maxItems"]
        self._is_required = field.required
        self._fields = [_field(each) for each in items.properties]
        self._leaf = None if items.properties else Leaf(items)
        self._spell = None if items.properties else spell(items)

    def refused(self, messages: Sequence[Any]) -> Iterator[int]:
        lists = list(map(self._values, messages))
        lengths = list(map(len, lists))
        for place, length in enumerate(lengths):
            if not self._least <= length <= self._most and (length or self._is_required):
                yield place
        parents = [place for place, length in enumerate(lengths) for _ in range(length)]
        yield from (parents[place] for place in self._of_items(list(chain.from_iterable(lists))))

    def _of_items(self, items: list[Any]) -> Iterator[int]:
        if self._leaf is None:
            return _refused(self._fields, items)
        return self._leaf.refused([self._spell(item) for item in items] if self._spell else items)
