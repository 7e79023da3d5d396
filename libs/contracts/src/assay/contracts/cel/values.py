"""The values of CEL in Python, and how they compare.

JSON's values stand for themselves; integers are of 64 bits. What JSON lacks has a class of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from assay.contracts.cel.errors import EvaluationError

__all__ = [
    "MAX",
    "MIN",
    "ORDERED",
    "Duration",
    "Timestamp",
    "UInt",
    "Value",
    "contains",
    "equal",
    "lifted",
    "ordered",
    "within",
]

Value = Any
"""What an expression takes and gives; its class says what it is."""


class UInt(int):
    """An unsigned integer."""

    __slots__ = ()


class Timestamp(int):
    """Nanoseconds since 1970."""

    __slots__ = ()


class Duration(int):
    """Nanoseconds."""

    __slots__ = ()


MIN, MAX, _UMAX = -(2**63), 2**63 - 1, 2**64 - 1
_NUMBERS = frozenset([int, UInt, float])
_KEYS = frozenset([*_NUMBERS, str, bool])
ORDERED = frozenset([*_KEYS, Timestamp, Duration])


def lifted(value: Value) -> Value:
    """A value of a record as CEL has it: an integer above 63 bits is unsigned, above 64 it is none."""
    if value.__class__ is int and not MIN <= value <= MAX:
        return UInt(within(value, 0, _UMAX))
    return value


def within(value: int, least: int = MIN, most: int = MAX) -> int:
    """The integer, if it is in the range.

    Raises:
        EvaluationError: it is not.
    """
    if least <= value <= most:
        return value
    raise EvaluationError("out of range")


def equal(left: Value, right: Value) -> bool:
    """`==`, which compares numbers of all types and finds values of different types unequal."""
    kind, other = left.__class__, right.__class__
    if kind is other:
        if kind is list:
            return len(left) == len(right) and all(map(_equal_items, left, right))
        if kind is dict:
            return left.keys() == right.keys() and all(_equal_items(left[key], right[key]) for key in left)
        return bool(left == right)
    if kind in _NUMBERS and other in _NUMBERS:
        return float(left) == float(right) if float in (kind, other) else int(left) == int(right)
    return False


def _equal_items(left: Value, right: Value) -> bool:
    return equal(lifted(left), lifted(right))


def ordered(compare: Callable[[Value, Value], bool], left: Value, right: Value) -> bool:
    """`<` and its kin: within a type that has an order, and between numbers.

    Raises:
        EvaluationError: the values have no order.
    """
    kind, other = left.__class__, right.__class__
    if kind is other and kind in ORDERED:
        return compare(left, right)
    if kind in _NUMBERS and other in _NUMBERS:
        return compare(float(left), float(right)) if float in (kind, other) else compare(int(left), int(right))
    raise EvaluationError("no order")


def contains(value: Value, container: Value) -> bool:
    """`in`: an item of a list, or a key of a map; no key of a record's map is a number.

    Raises:
        EvaluationError: it is neither list nor map, or the value can be no key.
    """
    if container.__class__ is list:
        return any(equal(value, item) for item in container)
    if container.__class__ is dict and value.__class__ in _KEYS:
        return value.__class__ is str and value in container
    raise EvaluationError("nothing to be in")
