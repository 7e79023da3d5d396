"""The functions of CEL over values of Python; those that read or write text in rare ways ask the reference."""

from __future__ import annotations

import operator
from collections.abc import Callable

from assay.contracts.cel.arithmetic import ARITHMETIC, negative
from assay.contracts.cel.errors import EvaluationError
from assay.contracts.cel.reference import asked
from assay.contracts.cel.times import GETTERS, as_duration, as_text, as_timestamp
from assay.contracts.cel.values import Duration, Timestamp, UInt, Value, contains, equal, lifted, ordered, within

__all__ = ["CHEAP", "FUNCTIONS", "ORDERINGS", "truth"]

CHEAP = frozenset(["size", "dyn", "_[_]", "!_"])
"""Functions that take the same time whatever the size of their arguments."""


def truth(value: Value) -> bool:
    """The value, if it is true or false.

    Raises:
        EvaluationError: it is neither.
    """
    if isinstance(value, bool):
        return value
    raise EvaluationError("neither true nor false")


def _of(value: Value, *kinds: type) -> Value:
    if value.__class__ in kinds:
        return value
    raise EvaluationError("no such overload")


def _text(value: Value) -> str:
    return str(_of(value, str))


def _index(container: Value, key: Value) -> Value:
    if container.__class__ is dict and key.__class__ is str and key in container:
        return lifted(container[key])
    if container.__class__ is list and key.__class__ in (int, UInt, float) and 0 <= key < len(container):
        at = int(key)
        if at == key:
            return lifted(container[at])
    raise EvaluationError("no such item")


def _int(value: Value) -> int:
    if value.__class__ is Timestamp:
        return int(value) // 10**9
    if value.__class__ in (int, UInt):
        return within(int(value))
    return int(asked("int(a)", _of(value, float, str, bool)))


def _uint(value: Value) -> Value:
    return value if value.__class__ is UInt else asked("uint(a)", _of(value, int, float, str))


def _double(value: Value) -> float:
    return float(value) if value.__class__ in (int, UInt, float) else float(asked("double(a)", _of(value, str)))


def _string(value: Value) -> str:
    if value.__class__ in (str, int, UInt):
        return str(value)
    if value.__class__ in (Timestamp, Duration):
        return as_text(value)
    return str(asked("string(a)", _of(value, float, bool)))


def _bool(value: Value) -> bool:
    return value if isinstance(value, bool) else bool(asked("bool(a)", _of(value, str)))


def _order(compare: Callable[[Value, Value], bool]) -> Callable[[Value, Value], bool]:
    return lambda left, right: ordered(compare, left, right)


ORDERINGS: dict[str, Callable[[Value, Value], bool]] = {
    "_<_": operator.lt,
    "_<=_": operator.le,
    "_>_": operator.gt,
    "_>=_": operator.ge,
}

FUNCTIONS: dict[str, Callable[..., Value]] = {
    **ARITHMETIC,
    **GETTERS,
    "_==_": equal,
    "_!=_": lambda left, right: not equal(left, right),
    **{name: _order(compare) for name, compare in ORDERINGS.items()},
    "@in": contains,
    "_[_]": _index,
    "!_": lambda value: not truth(value),
    "-_": negative,
    "size": lambda value: len(_of(value, str, list, dict)),
    "startsWith": lambda value, part: _text(value).startswith(_text(part)),
    "endsWith": lambda value, part: _text(value).endswith(_text(part)),
    "contains": lambda value, part: _text(part) in _text(value),
    "matches": lambda value, pattern: asked("a.matches(b)", _of(value, str), _of(pattern, str)),
    "dyn": lambda value: value,
    "int": _int,
    "uint": _uint,
    "double": _double,
    "string": _string,
    "bool": _bool,
    "timestamp": as_timestamp,
    "duration": as_duration,
}
"""By name; of a method the object is the first argument."""
