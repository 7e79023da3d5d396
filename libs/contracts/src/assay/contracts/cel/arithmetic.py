"""The operators `+ - * / %`: exact within their ranges, and an error outside them or between types of no overload."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable

from assay.contracts.cel.errors import EvaluationError, WorkError
from assay.contracts.cel.values import MAX, MIN, Duration, Timestamp, UInt, Value, within

__all__ = ["ARITHMETIC", "OVERLOADS", "Overloads", "negative"]

_FIRST_NS, _LAST_NS = -62_135_596_800 * 10**9, 253_402_300_800 * 10**9 - 1
_LONGEST_NS = 315_576_000_000 * 10**9
_MAX_LENGTH = 4 * 1024 * 1024
"""Characters of a string, or items of a list, that an expression may put together."""

_Integers = Callable[[int, int], int]


def _signed(operate: _Integers) -> _Integers:
    def run(left: int, right: int) -> int:
        found = operate(left, right)
        return found if MIN <= found <= MAX else within(found)

    return run


def _unsigned(operate: _Integers) -> _Integers:
    return lambda left, right: UInt(within(operate(int(left), int(right)), 0, 2**64 - 1))


def _moment(operate: _Integers) -> _Integers:
    return lambda left, right: Timestamp(within(operate(int(left), int(right)), _FIRST_NS, _LAST_NS))


def _span(operate: _Integers) -> _Integers:
    return lambda left, right: Duration(within(operate(int(left), int(right)), -_LONGEST_NS, _LONGEST_NS))


def _quotient(left: int, right: int) -> int:
    """Towards zero."""
    if right == 0:
        raise EvaluationError("divided by zero")
    whole = abs(left) // abs(right)
    return whole if (left < 0) == (right < 0) else -whole


def _remainder(left: int, right: int) -> int:
    """With the sign of `left`; the one quotient that is out of range has no remainder either."""
    return left - right * within(_quotient(left, right), most=2**63 - 1 if left < 0 else 2**64 - 1)


def _ratio(left: float, right: float) -> float:
    if right:
        return left / right
    if not left or math.isnan(left):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1, right)


def _joined(left: Value, right: Value) -> Value:
    whole = left + right
    if len(whole) > _MAX_LENGTH:
        raise WorkError("too long")
    return whole


Overloads = dict[tuple[type, type], Callable[[Value, Value], Value]]

OVERLOADS: dict[str, Overloads] = {
    "_+_": {
        (int, int): _signed(operator.add),
        (UInt, UInt): _unsigned(operator.add),
        (float, float): operator.add,
        (str, str): _joined,
        (list, list): _joined,
        (Timestamp, Duration): _moment(operator.add),
        (Duration, Timestamp): _moment(operator.add),
        (Duration, Duration): _span(operator.add),
    },
    "_-_": {
        (int, int): _signed(operator.sub),
        (UInt, UInt): _unsigned(operator.sub),
        (float, float): operator.sub,
        (Timestamp, Duration): _moment(operator.sub),
        (Timestamp, Timestamp): _span(operator.sub),
        (Duration, Duration): _span(operator.sub),
    },
    "_*_": {
        (int, int): _signed(operator.mul),
        (UInt, UInt): _unsigned(operator.mul),
        (float, float): operator.mul,
    },
    "_/_": {(int, int): _signed(_quotient), (UInt, UInt): _unsigned(_quotient), (float, float): _ratio},
    "_%_": {(int, int): _signed(_remainder), (UInt, UInt): _unsigned(_remainder)},
}
"""By operator, and by the classes of its operands."""


def _operator(name: str) -> Callable[[Value, Value], Value]:
    overloads = OVERLOADS[name]

    def operate(left: Value, right: Value) -> Value:
        overload = overloads.get((left.__class__, right.__class__))
        if overload is None:
            raise EvaluationError("no such overload")
        return overload(left, right)

    return operate


ARITHMETIC = {name: _operator(name) for name in OVERLOADS}


def negative(value: Value) -> Value:
    """The unary `-`, of signed numbers."""
    if value.__class__ is float:
        return -value
    if value.__class__ is int:
        return within(-value)
    raise EvaluationError("no such overload")
