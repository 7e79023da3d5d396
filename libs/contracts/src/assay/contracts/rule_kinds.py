"""Which kinds of value a rule may see in the fields of a valid record."""

from __future__ import annotations

from collections.abc import Iterable

from assay.contracts.cel.kinds import ANYTHING, Kinds, kinds
from assay.contracts.cel.values import UInt
from assay.contracts.model import Field
from assay.contracts.types import NATIVE_DIGITS, digits

__all__ = ["rule_kinds"]


def rule_kinds(fields: Iterable[Field], *, is_closed: bool) -> dict[str, Kinds]:
    """The kinds by name, as the view of the rules shows the fields; where the contract is open, objects have others."""
    return {field.name: _kinds(field, is_closed) for field in fields}


_WHOLE = kinds(int, UInt)
_PLAIN = {
    **dict.fromkeys(("string", "date", "timestamp", "time"), kinds(str)),
    "boolean": kinds(bool),
    "integer": _WHOLE,
    "number": kinds(float),
    "array": kinds(list),
    **dict.fromkeys(("map", "object"), kinds(dict)),
}


def _kinds(field: Field, is_closed: bool) -> Kinds:
    return _present(field, is_closed) if field.required else _present(field, is_closed) | kinds(type(None))


def _present(field: Field, is_closed: bool) -> Kinds:
    size, part = digits(field), field.items or field.values
    if size and size.precision > NATIVE_DIGITS[field.type]:
        return kinds(str)
    if field.type == "object" and is_closed and field.properties:
        return kinds(dict, fields=rule_kinds(field.properties, is_closed=is_closed))
    if part:
        return kinds(list if field.items else dict, inside=_kinds(part, is_closed))
    return _PLAIN.get(field.type, ANYTHING)
