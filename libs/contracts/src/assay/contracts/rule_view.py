"""What a rule sees of a record: values of the types that the contract gives them, whatever the wire form spells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from assay.contracts.model import Field
from assay.contracts.types import NATIVE_DIGITS, digits

__all__ = ["RuleView", "rule_view"]

RuleView = Callable[[dict[str, Any]], dict[str, Any]]
"""Gives the values of a row in place, and the row; what is inside them is left as it was."""

_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
_WHOLE = re.compile(r"-?[0-9]{1,18}")

_See = Callable[[Any], Any]


def rule_view(fields: Iterable[Field], names: Iterable[str]) -> RuleView | None:
    """The view of the fields of these names; None where each is seen as it is.

    CEL has no sum of an integer and a double, but JSON writes 2.0 as 2: a number is a double, an integer an integer,
    and a decimal that a JSON number may hold is one of the two. A property of an object that is absent is null, as a
    field of the record is.
    """
    looked_at = {*names}
    parts = [(field.name, see) for field in fields if field.name in looked_at and (see := _seen(field))]
    if not parts:
        return None

    def view(row: dict[str, Any]) -> dict[str, Any]:
        for name, see in parts:
            value = row.get(name)
            if value is not None:
                row[name] = see(value)
        return row

    return view


def _seen(field: Field) -> _See | None:
    size = digits(field)
    if size and size.precision <= NATIVE_DIGITS[field.type]:
        return _decimal_as_double if field.type == "number" else _decimal_as_integer
    match field.type:
        case "number" if not size:
            return _double
        case "integer" if not size:
            return _integer
        case "object" if field.properties:
            return _object(field.properties)
        case "array" if field.items and (see := _seen(field.items)):
            return _array(see)
        case "map" if field.values and (see := _seen(field.values)):
            return _map(see)
    return None


def _double(value: Any) -> Any:
    return float(value) if value.__class__ is int else value


def _integer(value: Any) -> Any:
    return int(value) if value.__class__ is float and value.is_integer() else value


def _decimal_as_double(value: Any) -> Any:
    return _double(value) if value.__class__ is not str else float(value) if _DECIMAL.fullmatch(value) else value


def _decimal_as_integer(value: Any) -> Any:
    return _integer(value) if value.__class__ is not str else int(value) if _WHOLE.fullmatch(value) else value


def _object(fields: Iterable[Field]) -> _See:
    absent: dict[str, Any] = {field.name: None for field in fields}
    view = rule_view(fields, absent)

    def see(value: Any) -> Any:
        if value.__class__ is not dict:
            return value
        whole = absent | value
        return view(whole) if view else whole

    return see


def _array(of: _See) -> _See:
    return lambda value: [item if item is None else of(item) for item in value] if value.__class__ is list else value


def _map(of: _See) -> _See:
    def see(value: Any) -> Any:
        if value.__class__ is not dict:
            return value
        return {key: item if item is None else of(item) for key, item in value.items()}

    return see
