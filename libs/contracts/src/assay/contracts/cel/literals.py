"""Operators whose second operand is written out, as it mostly is: what is known of it need not be asked each time."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import partial

from assay.contracts.cel.loops import Closure
from assay.contracts.cel.nodes import Const, ListOf, Node
from assay.contracts.cel.values import ORDERED, Value, contains, equal, ordered

__all__ = ["AGAINST", "literal"]


def literal(node: Node) -> tuple[Value] | None:
    """The value of a literal, or of a list of literals; None for all else."""
    match node:
        case Const(value) if value.__class__ is not bytes:
            return (value,)
        case ListOf(items) if all(isinstance(item, Const) and item.value.__class__ is not bytes for item in items):
            return ([item.value for item in items if isinstance(item, Const)],)
    return None


def _compare(compare: Callable[[Value, Value], bool], operand: Closure, known: Value) -> Closure:
    kind = _kind(known)

    def run(scope: Mapping[str, Value]) -> bool:
        value = operand(scope)
        return compare(value, known) if value.__class__ is kind else ordered(compare, value, known)

    return run


def _equal(operand: Closure, known: Value) -> Closure:
    if known is None:
        return lambda scope: operand(scope) is None
    kind = _kind(known)

    def run(scope: Mapping[str, Value]) -> bool:
        value = operand(scope)
        return bool(value == known) if value.__class__ is kind else equal(value, known)

    return run


def _unequal(operand: Closure, known: Value) -> Closure:
    if known is None:
        return lambda scope: operand(scope) is not None
    is_equal = _equal(operand, known)
    return lambda scope: not is_equal(scope)


def _one_of(operand: Closure, known: Value) -> Closure:
    texts = frozenset(item for item in known if item.__class__ is str) if known.__class__ is list else frozenset()

    def run(scope: Mapping[str, Value]) -> bool:
        value = operand(scope)
        return value in texts if texts and value.__class__ is str else contains(value, known)

    return run


def _kind(known: Value) -> type | None:
    """The class of the values that compare with it directly."""
    return known.__class__ if known.__class__ in ORDERED else None


AGAINST: dict[str, Callable[[Closure, Value], Closure]] = {
    "_==_": _equal,
    "_!=_": _unequal,
    "_<_": partial(_compare, operator.lt),
    "_<=_": partial(_compare, operator.le),
    "_>_": partial(_compare, operator.gt),
    "_>=_": partial(_compare, operator.ge),
    "@in": _one_of,
}
"""By operator; none of these costs more than its literal is long."""
