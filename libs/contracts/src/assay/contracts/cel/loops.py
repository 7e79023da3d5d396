"""Loops over a list or the keys of a map, and the bound on the work that they may do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from assay.contracts.cel.errors import EvaluationError, WorkError
from assay.contracts.cel.functions import truth
from assay.contracts.cel.values import Value

__all__ = ["BUDGET", "Budget", "Closure", "charged", "loop"]

Closure = Callable[[Mapping[str, Value]], Value]
"""Gives the value on a scope: fields of the record by name, items of the loops around, and the budget of these."""

BUDGET = "@budget"
_SIZED: frozenset[type[object]] = frozenset([str, list, dict])
_PASS = 100
_WORK = 10_000 * _PASS - 1
"""The reference ends after 9,999 passes through loops; so do we, or when that many items have been looked at hundredfold."""


class Budget:
    """What the loops of an expression may still do on this record."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = _WORK

    def spend(self, work: int) -> None:
        """Take so much away.

        Raises:
            WorkError: nothing is left.
        """
        self._left -= work
        if self._left < 0:
            raise WorkError("too much work")

    def look(self, value: Value) -> None:
        """Spend what it takes to go through a value: 1 for each item, and for each 64 characters."""
        if value.__class__ is str:
            self.spend(len(value) >> 6)
        elif value.__class__ in (list, dict):
            self.spend(len(value))
            for item in value.values() if value.__class__ is dict else value:
                self.look(item)


def charged(operate: Callable[..., Value], arguments: tuple[Closure, ...]) -> Closure:
    """The call, at the price of looking through its arguments."""

    def run(scope: Mapping[str, Value]) -> Value:
        values = [argument(scope) for argument in arguments]
        for value in values:
            if value.__class__ in _SIZED:
                scope[BUDGET].look(value)
        return operate(*values)

    return run


def loop(kind: str, key: str, items: Closure, where: Closure, made: Closure) -> Closure:
    """A loop of this kind whose variable is found under the key."""

    def each(scope: Mapping[str, Value]) -> Iterator[Mapping[str, Value]]:
        """The scope, once with each item."""
        container = items(scope)
        if container.__class__ not in (list, dict):
            raise EvaluationError("nothing to go through")
        inner, budget = dict(scope), scope[BUDGET]
        for item in container:
            budget.spend(_PASS)
            inner[key] = item
            yield inner

    match kind:
        case "all" | "exists":
            return _quantified(each, where, kind == "exists")
        case "exists_one":
            return lambda scope: [truth(where(inner)) for inner in each(scope)].count(True) == 1
    return lambda scope: [made(inner) for inner in each(scope) if truth(where(inner))]


def _quantified(
    each: Callable[[Mapping[str, Value]], Iterator[Mapping[str, Value]]], where: Closure, decisive: bool
) -> Closure:
    """`all` and `exists` are `&&` and `||` over the items."""

    def run(scope: Mapping[str, Value]) -> bool:
        has_failed = False
        for inner in each(scope):
            try:
                value = where(inner)
            except EvaluationError:
                has_failed = True
                continue
            if value is decisive:
                return bool(value)
            has_failed = has_failed or value.__class__ is not bool
        if has_failed:
            raise EvaluationError("an item has no truth")
        return not decisive

    return run
