"""Values of one field of many rows, judged together by the engine that judges them one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from assay.contracts.engine import validator
from assay.contracts.model import Field
from assay.contracts.schema import field_schema

__all__ = ["Columns", "Leaf", "Rows", "in_columns"]

_CHUNK = 32


class Rows(Protocol):
    """Rows that were read together."""

    def look(self, names: Sequence[str], places: Sequence[int]) -> list[dict[str, Any]]:
        """The fields of these names, as JSON has them, of the accepted rows at these places."""
        ...


class Columns(Protocol):
    """Reads the rows of one contract together, as columns."""

    def screen(self, rows: Sequence[bytes]) -> tuple[list[bool], Rows | None]:
        """Which rows the contract accepts, and what they hold. May only err by saying no."""
        ...


class Leaf:
    """A field that holds one value: what the contract asks of it."""

    def __init__(self, field: Field) -> None:
        self.schema = field_schema(field)
        self._one = validator(self.schema)
        self._all = validator({"type": "array", "items": self.schema})

    def refused(self, values: list[Any]) -> Iterator[int]:
        """The places of the values that the schema refuses."""
        if self._all.is_valid(values):
            return
        for start in range(0, len(values), _CHUNK):
            chunk = values[start : start + _CHUNK]
            if not self._all.is_valid(chunk):
                yield from (start + place for place, value in enumerate(chunk) if not self._one.is_valid(value))


def in_columns(fields: Sequence[Field]) -> bool:
    """Whether every constraint of the fields is on a value, or on the length of a list."""
    return all(map(_in_columns, fields))


def _in_columns(field: Field) -> bool:
    options = field.options.keys()
    if field.type == "object":
        return bool(field.properties) and not options & _OF_OBJECTS and in_columns(field.properties)
    if field.type == "array":
        return field.items is not None and not field.options.get("uniqueItems") and _in_columns(field.items)
    return field.type != "map" and not (field.enum and field.type in ("object", "array"))


_OF_OBJECTS = {"required", "minProperties", "maxProperties"}
