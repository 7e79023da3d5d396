"""From a syntax tree to one Python closure that gives the expression's value on a record."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from assay.contracts.cel.arithmetic import OVERLOADS, Overloads
from assay.contracts.cel.errors import EvaluationError, UnsupportedError
from assay.contracts.cel.functions import CHEAP, FUNCTIONS, ORDERINGS, truth
from assay.contracts.cel.literals import AGAINST, literal
from assay.contracts.cel.loops import Closure, charged, loop
from assay.contracts.cel.nodes import Call, Const, Ident, ListOf, Loop, MapOf, Node, Select, has_loop
from assay.contracts.cel.values import MAX, MIN, ORDERED, Value, lifted, ordered

__all__ = ["compiled"]


def compiled(node: Node, fields: Collection[str]) -> Closure:
    """The closure of an expression over these fields; an absent field is null.

    It raises EvaluationError where the expression has no value, and WorkError where its loops do too much to say.

    Raises:
        UnsupportedError: a part of it has no closure.
    """
    return _Compiler({name: name for name in fields}, has_loop(node)).closure(node)


class _Compiler:
    """Makes closures; `keys` says under which key of the scope a name is found."""

    def __init__(self, keys: Mapping[str, str], is_charged: bool, depth: int = 0) -> None:
        self._keys = keys
        self._is_charged = is_charged
        self._depth = depth

    def closure(self, node: Node) -> Closure:
        match node:
            case Const(value) if value.__class__ is not bytes:
                return _constant(value)
            case Ident(name) if name in self._keys:
                return _ident(self._keys[name])
            case Select(operand, field, is_test):
                return _select(self.closure(operand), field, is_test)
            case ListOf(items):
                parts = self._closures(items)
                return lambda scope: [part(scope) for part in parts]
            case MapOf("", keys, items):
                return _map(_texts(keys), self._closures(items))
            case Loop():
                return self._loop(node)
            case Call():
                return self._call(node)
        raise UnsupportedError(f"the name {node.name}" if isinstance(node, Ident) else "a literal of another kind")

    def _closures(self, nodes: Collection[Node]) -> tuple[Closure, ...]:
        return tuple(map(self.closure, nodes))

    def _loop(self, node: Loop) -> Closure:
        key = f"@{self._depth}"
        inside = _Compiler({**self._keys, node.variable: key}, self._is_charged, self._depth + 1)
        return loop(node.kind, key, self.closure(node.items), inside.closure(node.where), inside.closure(node.made))

    def _call(self, node: Call) -> Closure:
        match node:
            case Call("_&&_" | "_||_" as function):
                operands = self._closures([*_flat(function, node)])
                return (_either if len(operands) == 2 else _absorbing)(operands, function == "_||_")
            case Call("_?_:_", (condition, then, otherwise)):
                return _choice(self.closure(condition), self.closure(then), self.closure(otherwise))
            case Call("_==_" | "_!=_" as function, (Const() as known, operand)) if not isinstance(operand, Const):
                return self._call(Call(function, (operand, known)))
            case Call("matches", (_, pattern)) if not isinstance(pattern, Const):
                raise UnsupportedError("a pattern that the record gives")
        if node.function not in FUNCTIONS:
            raise UnsupportedError(f"the function {node.function}")
        operate, arguments = FUNCTIONS[node.function], self._closures(node.arguments)
        if all(isinstance(argument, Const) for argument in node.arguments):
            return _folded(_plain(operate, arguments))
        if node.function in AGAINST and (written := literal(node.arguments[1])):
            return AGAINST[node.function](arguments[0], *written)
        if self._is_charged and node.function not in CHEAP:
            return charged(operate, arguments)
        return _quick(node.function, arguments) or _plain(operate, arguments)


def _constant(value: Value) -> Closure:
    return lambda _: value


def _folded(closure: Closure) -> Closure:
    """What a closure over literals gives, found once, if it gives anything."""
    try:
        return _constant(closure({}))
    except EvaluationError:
        return closure


def _plain(operate: Callable[..., Value], arguments: tuple[Closure, ...]) -> Closure:
    match arguments:
        case (one,):
            return lambda scope: operate(one(scope))
        case (left, right):
            return lambda scope: operate(left(scope), right(scope))
    return lambda scope: operate(*[argument(scope) for argument in arguments])


def _quick(function: str, arguments: tuple[Closure, ...]) -> Closure | None:
    """A closure with fewer calls than `_plain` makes, for the operators that most rules are made of."""
    if function in ORDERINGS:
        return _ordering(ORDERINGS[function], *arguments)
    return _overloaded(OVERLOADS[function], *arguments) if function in OVERLOADS else None


def _ordering(compare: Callable[[Value, Value], bool], left: Closure, right: Closure) -> Closure:
    """`ordered` of two operands, without the calls that most do not need."""

    def run(scope: Mapping[str, Value]) -> bool:
        one, other = left(scope), right(scope)
        kind = one.__class__
        if kind is other.__class__ and kind in ORDERED:
            return compare(one, other)
        return ordered(compare, one, other)

    return run


def _overloaded(overloads: Overloads, left: Closure, right: Closure) -> Closure:
    """An operator of two operands, by their classes."""

    def run(scope: Mapping[str, Value]) -> Value:
        one, other = left(scope), right(scope)
        overload = overloads.get((one.__class__, other.__class__))
        if overload is None:
            raise EvaluationError("no such overload")
        return overload(one, other)

    return run


def _ident(key: str) -> Closure:
    def look_up(scope: Mapping[str, Value]) -> Value:
        value = scope.get(key)
        return value if value.__class__ is not int or MIN <= value <= MAX else lifted(value)

    return look_up


def _select(operand: Closure, field: str, is_test: bool) -> Closure:
    def select(scope: Mapping[str, Value]) -> Value:
        value = operand(scope)
        if value.__class__ is not dict or field not in value:
            raise EvaluationError("no such field")
        found = value[field]
        return found if found.__class__ is not int or MIN <= found <= MAX else lifted(found)

    def test(scope: Mapping[str, Value]) -> bool:
        value = operand(scope)
        if value.__class__ is dict:
            return value.get(field) is not None
        raise EvaluationError("nothing that has fields")

    return test if is_test else select


def _texts(keys: Collection[Node]) -> tuple[str, ...]:
    texts = tuple(key.value for key in keys if isinstance(key, Const) and isinstance(key.value, str))
    if len({*texts}) < len(keys):
        raise UnsupportedError("a map with keys that are no texts, or are there twice")
    return texts


def _map(keys: tuple[str, ...], items: tuple[Closure, ...]) -> Closure:
    return lambda scope: {key: item(scope) for key, item in zip(keys, items, strict=True)}


def _flat(function: str, node: Node) -> Iterator[Node]:
    """The operands of a chain of one logical operator."""
    if isinstance(node, Call) and node.function == function:
        for argument in node.arguments:
            yield from _flat(function, argument)
    else:
        yield node


def _either(operands: tuple[Closure, ...], decisive: bool) -> Closure:
    """`_absorbing` of two operands, which is what most have."""
    left, right = operands
    idle = not decisive

    def run(scope: Mapping[str, Value]) -> bool:
        one: Value
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

    def run(scope: Mapping[str, Value]) -> bool:
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
    return lambda scope: then(scope) if truth(condition(scope)) else otherwise(scope)
