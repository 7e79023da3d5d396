"""The syntax tree of an expression, read from what the reference engine has parsed and checked.

`Expression.serialize()` gives a `google.protobuf.Any` with a `cel.expr.CheckedExpr` of
https://github.com/google/cel-spec (proto/cel/expr/syntax.proto); of its wire form only the expression is read here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from assay.contracts.cel.errors import UnsupportedError
from assay.contracts.cel.values import UInt

__all__ = ["Call", "Const", "Ident", "ListOf", "Loop", "MapOf", "Node", "Select", "free_names", "nodes", "parse"]


@dataclass(frozen=True, slots=True)
class Const:
    """A literal."""

    value: bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class Ident:
    """A field of the record, the variable of a loop, or the name of a type."""

    name: str


@dataclass(frozen=True, slots=True)
class Select:
    """`operand.field`, or `has(operand.field)`."""

    operand: Node
    field: str
    is_test: bool


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or a function; of a method the object comes first."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list literal."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class MapOf:
    """A map literal whose keys are strings."""

    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Loop:
    """A macro over a list or the keys of a map: `all`, `exists`, `exists_one`, `map` (`filter` is a map of itself).

    `where` is the condition; a `map` has also what it makes of an item, and may have no condition.
    """

    kind: str
    variable: str
    items: Node
    where: Node | None
    made: Node | None = None


Node = Const | Ident | Select | Call | ListOf | MapOf | Loop
_Fields = dict[int, list[int | bytes]]


def parse(serialized: bytes) -> Node:
    """The tree of a serialized expression.

    Raises:
        UnsupportedError: it has a part that no closure is made for.
    """
    return _node(_one(_message(_one(_message(serialized), 2)), 4))


def nodes(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    yield node
    for child in _children(node):
        yield from nodes(child)


def free_names(node: Node) -> frozenset[str]:
    """The names that stand for something outside the expression."""
    if isinstance(node, Ident):
        return frozenset([node.name])
    if isinstance(node, Loop):
        inside = [free_names(part) for part in (node.where, node.made) if part is not None]
        return free_names(node.items) | (frozenset[str]().union(*inside) - {node.variable})
    return frozenset[str]().union(*map(free_names, _children(node)))


def _children(node: Node) -> tuple[Node, ...]:
    match node:
        case Select(operand):
            return (operand,)
        case Call(_, arguments):
            return arguments
        case ListOf(items):
            return items
        case MapOf(entries):
            return tuple(value for _, value in entries)
        case Loop(_, _, items, where, made):
            return tuple(part for part in (items, where, made) if part is not None)
    return ()


def _node(body: bytes) -> Node:
    fields = _message(body)
    for number, read in _KINDS.items():
        if number in fields:
            return read(_message(_one(fields, number)))
    raise UnsupportedError("an expression of another kind")


def _const(fields: _Fields) -> Node:
    ((number, (value, *_)),) = fields.items()
    match number, value:
        case 1, _:
            return Const(None)
        case 2, int():
            return Const(bool(value))
        case 3, int():
            return Const(value - 2**64 if value >= 2**63 else value)
        case 4, int():
            return Const(UInt(value))
        case 5, bytes():
            return Const(struct.unpack("<d", value)[0])
        case 6, bytes():
            return Const(value.decode())
    raise UnsupportedError("a literal of bytes")


def _ident(fields: _Fields) -> Node:
    return Ident(_text(fields, 1))


def _select(fields: _Fields) -> Node:
    return Select(_node(_one(fields, 1)), _text(fields, 2), 3 in fields)


def _call(fields: _Fields) -> Node:
    return Call(_text(fields, 2), tuple(_node(body) for body in (*_all(fields, 1), *_all(fields, 3))))


def _list(fields: _Fields) -> Node:
    return ListOf(tuple(map(_node, _all(fields, 1))))


def _struct(fields: _Fields) -> Node:
    entries = []
    for entry in map(_message, _all(fields, 2)):
        key = _node(_one(entry, 3)) if 1 not in fields and 3 in entry else None
        if not isinstance(key, Const) or not isinstance(key.value, str):
            raise UnsupportedError("a message, or a map whose keys are no strings")
        entries.append((key.value, _node(_one(entry, 4))))
    if 1 in fields or len(dict(entries)) < len(entries):
        raise UnsupportedError("a message, or a map with a key twice")
    return MapOf(tuple(entries))


def _loop(fields: _Fields) -> Node:
    """The macro that a comprehension was expanded from."""
    variable, items = _text(fields, 1), _node(_one(fields, 2))
    start, step = _node(_one(fields, 4)), _node(_one(fields, 6))
    match start, step:
        case Const(True), Call("_&&_", (_, where)):
            return Loop("all", variable, items, where)
        case Const(False), Call("_||_", (_, where)):
            return Loop("exists", variable, items, where)
        case Const(0), Call("_?_:_", (where, _, _)):
            return Loop("exists_one", variable, items, where)
        case ListOf(()), Call("_?_:_", (where, Call("_+_", (_, ListOf((made,)))), _)):
            return Loop("map", variable, items, where, made)
        case ListOf(()), Call("_+_", (_, ListOf((made,)))):
            return Loop("map", variable, items, None, made)
    raise UnsupportedError("a loop of another kind")


_KINDS = {3: _const, 4: _ident, 5: _select, 6: _call, 7: _list, 8: _struct, 9: _loop}


def _text(fields: _Fields, number: int) -> str:
    return _one(fields, number).decode()


def _one(fields: _Fields, number: int) -> bytes:
    return _all(fields, number)[-1]


def _all(fields: _Fields, number: int) -> list[bytes]:
    return [value for value in fields.get(number, ()) if isinstance(value, bytes)]


def _message(body: bytes) -> _Fields:
    """The fields of a message by number: integers, and the bytes of all that is longer."""
    fields: _Fields = {}
    at = 0
    while at < len(body):
        tag, at = _varint(body, at)
        value: int | bytes
        match tag & 7:
            case 0:
                value, at = _varint(body, at)
            case 1:
                value, at = body[at : at + 8], at + 8
            case _:
                size, at = _varint(body, at)
                value, at = body[at : at + size], at + size
        fields.setdefault(tag >> 3, []).append(value)
    return fields


def _varint(body: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = body[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
