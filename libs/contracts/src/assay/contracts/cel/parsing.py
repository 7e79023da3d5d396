"""The syntax tree of an expression, read from what the reference engine has parsed and checked.

`Expression.serialize()` gives a `google.protobuf.Any` with a `cel.expr.CheckedExpr` of
https://github.com/google/cel-spec (proto/cel/expr/syntax.proto); of its wire form only the expression is read here.
"""

from __future__ import annotations

import struct

from assay.contracts.cel.errors import UnsupportedError
from assay.contracts.cel.nodes import Call, Const, Ident, ListOf, Loop, MapOf, Node, Select
from assay.contracts.cel.values import UInt

__all__ = ["parse"]

_Fields = dict[int, list[int | bytes]]


def parse(serialized: bytes) -> Node:
    """The tree of a serialized expression.

    Raises:
        UnsupportedError: it has a part of a kind that standard CEL does not have.
    """
    return _node(_one(_message(_one(_message(serialized), 2)), 4))


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
        case 7, bytes():
            return Const(value)
    raise UnsupportedError("a literal of another kind")


def _ident(fields: _Fields) -> Node:
    return Ident(_text(fields, 1))


def _select(fields: _Fields) -> Node:
    return Select(_node(_one(fields, 1)), _text(fields, 2), 3 in fields)


def _call(fields: _Fields) -> Node:
    return Call(_text(fields, 2), tuple(_node(body) for body in (*_all(fields, 1), *_all(fields, 3))))


def _list(fields: _Fields) -> Node:
    return ListOf(tuple(map(_node, _all(fields, 1))))


def _map(fields: _Fields) -> Node:
    """A map, or a message: the keys of this are names."""
    entries = [_message(entry) for entry in _all(fields, 2)]
    keys = tuple(_node(_one(entry, 3)) if 3 in entry else Const(_text(entry, 2)) for entry in entries)
    return MapOf(_text(fields, 1) if 1 in fields else "", keys, tuple(_node(_one(entry, 4)) for entry in entries))


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
            return Loop("map", variable, items, Const(True), made)
    raise UnsupportedError("a loop of another kind")


_KINDS = {3: _const, 4: _ident, 5: _select, 6: _call, 7: _list, 8: _map, 9: _loop}


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
