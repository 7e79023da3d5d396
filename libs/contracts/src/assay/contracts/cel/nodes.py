"""The syntax tree of an expression."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Call", "Const", "Ident", "ListOf", "Loop", "MapOf", "Node", "Select", "free_names", "has_loop"]


@dataclass(frozen=True, slots=True)
class Const:
    """A literal."""

    value: bool | int | float | str | bytes | None


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
    """A map literal, or a message if it has a name."""

    name: str
    keys: tuple[Node, ...]
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Loop:
    """A macro over a list or the keys of a map: `all`, `exists`, `exists_one`, `map` (`filter` is a map of itself).

    `where` is the condition; a `map` has also what it makes of an item.
    """

    kind: str
    variable: str
    items: Node
    where: Node
    made: Node = Const(None)


Node = Const | Ident | Select | Call | ListOf | MapOf | Loop


def has_loop(node: Node) -> bool:
    """Whether there is a loop at the node or below."""
    return isinstance(node, Loop) or any(map(has_loop, _children(node)))


def free_names(node: Node) -> frozenset[str]:
    """The names that stand for something outside the expression."""
    match node:
        case Ident(name):
            return frozenset([name])
        case Loop(_, variable, items, where, made):
            return free_names(items) | (free_names(where) | free_names(made)) - {variable}
    return frozenset[str]().union(*map(free_names, _children(node)))


def _children(node: Node) -> Iterator[Node]:
    match node:
        case Select(operand):
            yield operand
        case Call(_, parts) | ListOf(parts):
            yield from parts
        case MapOf(_, keys, items):
            yield from (*keys, *items)
        case Loop(_, _, items, where, made):
            yield from (items, where, made)
