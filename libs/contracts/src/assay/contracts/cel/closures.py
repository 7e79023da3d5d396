"""From a syntax tree to one Python closure that gives the expression's value on a record."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from assay.contracts.cel.errors import EvaluationError, UnsupportedError, WorkError
from assay.contracts.cel.functions import FUNCTIONS, TYPES
from assay.contracts.cel.tree import Call, Const, Ident, ListOf, Loop, MapOf, Node, Select, nodes
from assay.contracts.cel.values import MAX, MIN, OPERATORS, ORDERED, TypeName, contains, equal, lifted, ordered

__all__ = ["MAX_WORK", "WORK", "Closure", "compiled"]

Closure = Callable[[Any], Any]
"""Gives the value on a scope: the record's fields by name, and what is left to do under `WORK` if there are loops."""

WORK = "@work"
MAX_WORK = 1_000_000
"""Nodes that loops may visit, and 64ths of the values that these look at: 10,000 items with a small condition each."""

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "_<_": operator.lt,
    "_<=_": operator.le,
    "_>_": operator.gt,
    "_>=_": operator.ge,
}
_TYPE_NAMES = frozenset(TYPES.values())


def compiled(node: Node, fields: Collection[str]) -> Closure:
    """The closure of an expression over these fields; an absent field is null.

    It raises EvaluationError where the expression has no value, and WorkError where that takes too much work to say.

    Raises:
        UnsupportedError: a part of it has no closure.
    """
    return _compiled(node, {name: name for name in fields}, 0)


def _compiled(node: Node, names: dict[str, str], depth: int) -> Closure:  # noqa: C901 -- one case for each kind of node
    """`names` says under which key of the scope a name is found; `depth` counts the loops around the node."""
    compile_part = functools.partial(_compiled, names=names, depth=depth)
    match node:
        case Const(value):
            return _always(value)
        case Ident(name):
            return _ident(name, names)
        case Select(operand, field, is_test):
            return _select(compile_part(operand), field, is_test)
        case ListOf(items):
            parts = tuple(map(compile_part, items))
            known = _known(node)
            return _always(*known) if known else lambda scope: [part(scope) for part in parts]
        case MapOf(entries):
            pairs = tuple((key, compile_part(value)) for key, value in entries)
            return lambda scope: {key: part(scope) for key, part in pairs}
        case Loop():
            return _loop(node, names, depth, compile_part(node.items))
        case Call(("_&&_" | "_||_") as function, _):
            operands = tuple(map(compile_part, _flat(function, node)))
            return (_either if len(operands) == 2 else _absorbing)(operands, function == "_||_")
        case Call("_?_:_", (condition, then, otherwise)):
            return _choice(compile_part(condition), compile_part(then), compile_part(otherwise))
    arguments = tuple(map(compile_part, node.arguments))
    if all(isinstance(argument, Const) for argument in node.arguments):
        return _constant(_call(node.function, arguments))
    if len(arguments) == 2 and (known := _known(node.arguments[1])) and node.function in _AGAINST:
        return _AGAINST[node.function](arguments[0], *known)
    return _charged(_operation(node.function), arguments) if depth else _call(node.function, arguments)


def _known(node: Node) -> tuple[Any] | None:
    """The value of an operand that is written out: comparing with it costs no more than it is long."""
    match node:
        case Const(value):
            return (value,)
        case ListOf(items) if all(isinstance(item, Const) for item in items):
            return ([item.value for item in items if isinstance(item, Const)],)
    return None


def _constant(closure: Closure) -> Closure:
    """What it gives, found once, if it gives anything."""
    try:
        value = closure({})
    except EvaluationError:
        return closure
    return _always(value)


def _ident(name: str, names: dict[str, str]) -> Closure:
    if name in names:
        key = names[name]

        def look_up(scope: dict[str, Any]) -> Any:
            value = scope.get(key)
            if value.__class__ is int and not MIN <= value <= MAX:
                return lifted(value)
            return value

        return look_up
    if name in _TYPE_NAMES:
        kind = TypeName(name)
        return _always(kind)
    raise UnsupportedError(f"the name {name}")


def _select(operand: Closure, field: str, is_test: bool) -> Closure:
    def select(scope: dict[str, Any]) -> Any:
        value = operand(scope)
        if value.__class__ is not dict or field not in value:
            raise EvaluationError("no such field")
        found = value[field]
        if found.__class__ is int and not MIN <= found <= MAX:
            return lifted(found)
        return found

    def test(scope: dict[str, Any]) -> bool:
        value = operand(scope)
        if value.__class__ is dict:
            return field in value
        raise EvaluationError("nothing that has fields")

    return test if is_test else select


def _index(container: Any, key: Any) -> Any:
    if container.__class__ is dict and key.__class__ is str and key in container:
        return lifted(container[key])
    if container.__class__ is list and key.__class__ is not bool and isinstance(key, int | float):
        at = int(key) if key == key and abs(key) < 2**63 else -1
        if at == key and 0 <= at < len(container):
            return lifted(container[at])
    raise EvaluationError("no such item")


def _negated(value: Any) -> bool:
    if value.__class__ is bool:
        return not value
    raise EvaluationError("neither true nor false")


def _negative(value: Any) -> Any:
    if value.__class__ is float:
        return -value
    return OPERATORS["_-_"][int, int](0, value) if value.__class__ is int else _arithmetic("_-_")(value, None)


def _arithmetic(function: str) -> Callable[[Any, Any], Any]:
    overloads = OPERATORS[function]

    def operate(left: Any, right: Any) -> Any:
        overload = overloads.get((left.__class__, right.__class__))
        if overload is None:
            raise EvaluationError("no such overload")
        return overload(left, right)

    return operate


_OPERATIONS: dict[str, Callable[..., Any]] = {
    "_==_": equal,
    "_!=_": lambda left, right: not equal(left, right),
    "@in": contains,
    "_[_]": _index,
    "!_": _negated,
    "-_": _negative,
    **{name: functools.partial(ordered, compare) for name, compare in _ORDERS.items()},
    **{name: _arithmetic(name) for name in OPERATORS},
    **FUNCTIONS,
}


def _operation(function: str) -> Callable[..., Any]:
    if function not in _OPERATIONS:
        raise UnsupportedError(f"the function {function}")
    return _OPERATIONS[function]


def _call(function: str, arguments: tuple[Closure, ...]) -> Closure:
    operate = _operation(function)
    match arguments:
        case (left, right) if function in _ORDERS:
            return _comparison(_ORDERS[function], left, right)
        case (left, right) if function in _SUMS:
            return _sum(_SUMS[function], operate, left, right)
        case (one,):
            return lambda scope: operate(one(scope))
        case (left, right):
            return lambda scope: operate(left(scope), right(scope))
    return lambda scope: operate(*[argument(scope) for argument in arguments])


def _comparison(compare: Callable[[Any, Any], bool], left: Closure, right: Closure) -> Closure:
    def run(scope: dict[str, Any]) -> bool:
        one, other = left(scope), right(scope)
        if one.__class__ is other.__class__ and one.__class__ in ORDERED:
            return compare(one, other)
        return ordered(compare, one, other)

    return run


def _sum(
    compute: Callable[[int, int], int], operate: Callable[[Any, Any], Any], left: Closure, right: Closure
) -> Closure:
    def run(scope: dict[str, Any]) -> Any:
        one, other = left(scope), right(scope)
        if one.__class__ is int and other.__class__ is int and MIN <= (found := compute(one, other)) <= MAX:
            return found
        return operate(one, other)

    return run


def _order_against(compare: Callable[[Any, Any], bool], left: Closure, known: Any) -> Closure:
    kind = known.__class__ if known.__class__ in ORDERED else None

    def run(scope: dict[str, Any]) -> bool:
        one = left(scope)
        return compare(one, known) if one.__class__ is kind else ordered(compare, one, known)

    return run


def _equal_to(left: Closure, known: Any) -> Closure:
    if known is None:
        return lambda scope: left(scope) is None
    kind = known.__class__ if known.__class__ in ORDERED else None

    def run(scope: dict[str, Any]) -> bool:
        one = left(scope)
        return bool(one == known) if one.__class__ is kind else equal(one, known)

    return run


def _unequal_to(left: Closure, known: Any) -> Closure:
    is_equal = _equal_to(left, known)
    return (lambda scope: left(scope) is not None) if known is None else (lambda scope: not is_equal(scope))


def _one_of(left: Closure, known: Any) -> Closure:
    texts = frozenset(item for item in known if item.__class__ is str) if known.__class__ is list else frozenset()

    def run(scope: dict[str, Any]) -> bool:
        one = left(scope)
        return one in texts if one.__class__ is str and texts else contains(one, known)

    return run


_SUMS: dict[str, Callable[[int, int], int]] = {"_+_": operator.add, "_-_": operator.sub, "_*_": operator.mul}
_AGAINST: dict[str, Callable[[Closure, Any], Closure]] = {
    "_==_": _equal_to,
    "_!=_": _unequal_to,
    "@in": _one_of,
    **{name: functools.partial(_order_against, compare) for name, compare in _ORDERS.items()},
}
"""Operators of which the second operand is written out, as it mostly is."""


def _charged(operate: Callable[..., Any], arguments: tuple[Closure, ...]) -> Closure:
    """In a loop the size of what is looked at counts."""

    def run(scope: dict[str, Any]) -> Any:
        values = [argument(scope) for argument in arguments]
        for value in values:
            if isinstance(value, _SIZED):
                _charge(scope, _weight(value))
        return operate(*values)

    return run


_SIZED = (str, list, dict)


def _charge(scope: dict[str, Any], work: int) -> None:
    scope[WORK] -= work
    if scope[WORK] < 0:
        raise WorkError


def _weight(value: Any) -> int:
    if value.__class__ is str:
        return len(value) >> 6
    if value.__class__ is list:
        return len(value) + sum(map(_weight, value))
    if value.__class__ is dict:
        return len(value) + sum(map(_weight, value.values()))
    return 0


def _flat(function: str, node: Node) -> Iterable[Node]:
    """The operands of a chain of one logical operator."""
    if isinstance(node, Call) and node.function == function:
        for argument in node.arguments:
            yield from _flat(function, argument)
    else:
        yield node


def _either(operands: tuple[Closure, ...], decisive: bool) -> Closure:
    """`_absorbing` of two, which most are."""
    left, right = operands
    idle = not decisive

    def run(scope: dict[str, Any]) -> bool:
        try:
            one = left(scope)
        except EvaluationError:
            one = None
        if one is decisive:
            return bool(one)
        other = right(scope)
        if other is decisive or (other is idle and one is idle):
            return bool(other)
        raise EvaluationError("an operand has no truth")

    return run


def _absorbing(operands: tuple[Closure, ...], decisive: bool) -> Closure:
    """`&&` (false decides) or `||` (true decides): an operand that decides makes up for errors of the others."""

    def run(scope: dict[str, Any]) -> bool:
        has_failed = False
        for operand in operands:
            try:
                value = operand(scope)
            except EvaluationError:
                has_failed = True
                continue
            if value is decisive:
                return bool(value)
            has_failed = has_failed or value.__class__ is not bool
        if has_failed:
            raise EvaluationError("an operand has no truth")
        return not decisive

    return run


def _choice(condition: Closure, then: Closure, otherwise: Closure) -> Closure:
    def run(scope: dict[str, Any]) -> Any:
        chosen = condition(scope)
        if chosen.__class__ is not bool:
            raise EvaluationError("neither true nor false")
        return then(scope) if chosen else otherwise(scope)

    return run


def _loop(node: Loop, names: dict[str, str], depth: int, items: Closure) -> Closure:
    key = f"@{depth}"
    inside = names | {node.variable: key}
    where = _always(True) if node.where is None else _compiled(node.where, inside, depth + 1)
    made = _always(True) if node.made is None else _compiled(node.made, inside, depth + 1)
    cost = 1 + sum(1 for part in (node.where, node.made) if part is not None for _ in nodes(part))

    def each(scope: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The scope, once with each item."""
        container = items(scope)
        if container.__class__ is not list and container.__class__ is not dict:
            raise EvaluationError("nothing to go through")
        for item in container:
            left = scope[WORK] - cost
            if left < 0:
                raise WorkError
            scope[WORK] = left
            scope[key] = item
            yield scope

    match node.kind:
        case "all" | "exists" as kind:
            return _quantified(each, where, kind == "exists")
        case "exists_one":
            return lambda scope: [_truth(where(inner)) for inner in each(scope)].count(True) == 1
    return lambda scope: [made(inner) for inner in each(scope) if _truth(where(inner))]


def _quantified(each: Callable[[dict[str, Any]], Iterator[dict[str, Any]]], where: Closure, decisive: bool) -> Closure:
    """`all` and `exists`: `&&` and `||` over the items."""

    def run(scope: dict[str, Any]) -> bool:
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


def _always(value: Any) -> Closure:
    return lambda _: value


def _truth(value: Any) -> bool:
    if value.__class__ is bool:
        return bool(value)
    raise EvaluationError("neither true nor false")
