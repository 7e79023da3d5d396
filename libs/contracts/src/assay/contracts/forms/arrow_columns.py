"""Columns of Arrow held to a contract: a range by its least and greatest value, the rest by the judge of JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from assay.contracts.forms.avro_values import spell
from assay.contracts.forms.columns import Leaf
from assay.contracts.model import Field
from assay.contracts.schema import field_schema
from assay.contracts.types import type_of

__all__ = ["Column", "Struct", "column"]

_MICRO, _DAY_S = 1_000_000, 86_400
_YEARS_S = (-62_135_596_800, 253_402_300_799)
_RANGES = {
    "date": (_YEARS_S[0] // _DAY_S, _YEARS_S[1] // _DAY_S),
    "timestamp": (_YEARS_S[0] * _MICRO, _YEARS_S[1] * _MICRO),
    "local timestamp": (_YEARS_S[0] * _MICRO, _YEARS_S[1] * _MICRO),
    "time": (0, _DAY_S * _MICRO - 1),
}
"""What may be counted so that its spelling is sure to be a moment of the calendar."""

_NO_TEXT: list[object] = []
_COMPARED = {"type", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}


class Column(Protocol):
    """What a contract asks of a field, over an array of its values."""

    def refused(self, array: pa.Array) -> Iterator[int]:
        """The places of the values that the contract refuses, some perhaps twice."""
        ...

    def values(self, array: pa.Array) -> list[Any]:
        """The values as JSON has them."""
        ...


def column(field: Field) -> Column:
    """The column of a field without bytes, all of whose constraints are on values or on the length of a list."""
    if field.type == "object":
        return Struct(field.properties)
    return _List(field) if field.items else _Single(field)


class _Single:
    def __init__(self, field: Field) -> None:
        self._leaf = Leaf(field)
        self._is_double = type_of(field).avro == "double"
        self._spell = spell(field)
        self._is_compared = _is_compared(field, self._leaf.schema)
        low, high = _RANGES.get(type_of(field).name, (-math.inf, math.inf))
        self._least, self._most = self._leaf.schema.get("minimum", low), self._leaf.schema.get("maximum", high)
        self._above = self._leaf.schema.get("exclusiveMinimum", -math.inf)
        self._below = self._leaf.schema.get("exclusiveMaximum", math.inf)

    def refused(self, array: pa.Array) -> Iterator[int]:
        if not (self._is_compared and self._is_within(array)):
            yield from self._leaf.refused(self.values(array))

    def _is_within(self, array: pa.Array) -> bool:
        """Whether every value is in its range; NaN is in none."""
        numbers = (array.drop_null() if array.null_count else array).to_numpy(zero_copy_only=False)
        if not len(numbers):
            return True
        low, high = numbers.min().item(), numbers.max().item()
        return bool(self._least <= low > self._above and self._most >= high < self._below)

    def values(self, array: pa.Array) -> list[Any]:
        raw = _plain(array)
        if self._spell is None or (self._is_double and math.isfinite(pc.sum(array).as_py() or 0)):
            return raw
        return [None if value is None else self._spell(value) for value in raw]


def _plain(array: pa.Array) -> list[Any]:
    """The values as they are; what is not UTF-8, which nothing has checked so far, as what no text can be."""
    try:
        return list(array.to_pylist())
    except UnicodeDecodeError:
        return [None if value is None else _text(value) for value in array.cast(pa.binary()).to_pylist()]


def _text(value: bytes) -> str | list[object]:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return _NO_TEXT


def _is_compared(field: Field, schema: dict[str, Any]) -> bool:
    """Whether the least and the greatest value say all of a column."""
    name = type_of(field).name
    if name in _RANGES:
        return not field.enum and not field.options.keys() - {"timezone"}
    return type_of(field).avro in ("int", "long", "double") and not schema.keys() - _COMPARED


class Struct:
    """An object, or a record, with its fields."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self._names = [field.name for field in fields]
        self._columns = [column(field) for field in fields]

    def refused(self, array: pa.StructArray) -> Iterator[int]:
        places = _present(array)
        for each, inside in zip(self._columns, _inside(array), strict=True):
            yield from (places[place] if places else place for place in each.refused(inside))

    def values(self, array: pa.StructArray) -> list[Any]:
        parts = [each.values(inside) for each, inside in zip(self._columns, _inside(array), strict=True)]
        records = (dict(zip(self._names, row, strict=True)) for row in zip(*parts, strict=True))
        return [next(records) if there else None for there in array.is_valid().to_pylist()]

    def of(self, name: str, array: pa.StructArray) -> list[Any]:
        """The values of one field of objects that are all there."""
        place = self._names.index(name)
        return self._columns[place].values(array.field(place))


class _List:
    def __init__(self, field: Field) -> None:
        assert field.items
        schema = field_schema(field)
        self._least, self._most = schema.get("minItems", 0), schema["maxItems"]
        self._items = column(field.items)

    def refused(self, array: pa.ListArray) -> Iterator[int]:
        lengths = pc.list_value_length(array)
        of_wrong_length = pc.or_(pc.less(lengths, self._least), pc.greater(lengths, self._most))
        yield from pc.indices_nonzero(of_wrong_length).to_pylist()
        places = pc.list_parent_indices(array)
        yield from (places[place].as_py() for place in self._items.refused(array.flatten()))

    def values(self, array: pa.ListArray) -> list[Any]:
        items = iter(self._items.values(array.flatten()))
        lengths = pc.list_value_length(array).to_pylist()
        return [None if length is None else [next(items) for _ in range(length)] for length in lengths]


def _present(array: pa.Array) -> list[int] | None:
    """The places of what is there, None when all of it is."""
    return pc.indices_nonzero(array.is_valid()).to_pylist() if array.null_count else None


def _inside(array: pa.StructArray) -> list[pa.Array]:
    return (array.drop_null() if array.null_count else array).flatten()  # type: ignore[no-any-return]  # untyped
