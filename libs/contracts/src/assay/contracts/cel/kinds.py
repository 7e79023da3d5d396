"""Which kinds of value an expression may have, from those of its fields; and why it has none, where it never has one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

from assay.contracts.cel.arithmetic import OVERLOADS
from assay.contracts.cel.errors import EvaluationError
from assay.contracts.cel.functions import FUNCTIONS, ORDERINGS
from assay.contracts.cel.nodes import Call, Const, Ident, ListOf, Loop, MapOf, Node, Select
from assay.contracts.cel.reference import asked
from assay.contracts.cel.times import GETTERS
from assay.contracts.cel.values import ORDERED, Duration, Timestamp, UInt

__all__ = ["ANYTHING", "Kinds", "given", "kinds", "undecided"]

Mark = type | bool
"""The class of a value; of a boolean, the value itself."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """What a value may be; no marks at all is no value.

    `fields` are those of a map that has no others, `inside` is what each item of a list or value of a map may be.
    """

    marks: frozenset[Mark]
    fields: Mapping[str, Kinds] | None = None
    inside: Kinds | None = None

    @property
    def classes(self) -> frozenset[type]:
        """The classes of the marks."""
        return frozenset(bool if isinstance(mark, bool) else mark for mark in self.marks)

    @property
    def comparable(self) -> frozenset[type]:
        """The classes, with one for all numbers, which may be equal to each other."""
        return frozenset(float if each in _NUMBERS else each for each in self.classes)

    def has(self, *classes: type) -> bool:
        """Whether it may be of one of the classes."""
        return not self.classes.isdisjoint(classes)

    def __or__(self, other: Kinds) -> Kinds:
        """What the one or the other may be."""
        held = [(each.fields, each.inside) for each in (self, other) if each.has(list, dict)]
        return Kinds(self.marks | other.marks, *(held[0] if held and held[0] == held[-1] else ()))

    def __bool__(self) -> bool:
        return bool(self.marks)

    def __str__(self) -> str:
        names = sorted(_NAMES[each] for each in self.classes if each is not _NULL) or ["null"]
        return "value" if self.marks == ANYTHING.marks else " or ".join(names)


def kinds(*marks: Mark, fields: Mapping[str, Kinds] | None = None, inside: Kinds | None = None) -> Kinds:
    """The kinds of these marks; `bool` is both of its values."""
    return Kinds(frozenset(marks) - {bool} | ({True, False} if bool in marks else set()), fields, inside)


_NULL = type(None)
_NUMBERS = frozenset([int, UInt, float])
_NOTHING, _TRUTH = kinds(), kinds(bool)
ANYTHING = kinds(_NULL, bool, int, UInt, float, str, list, dict, Timestamp, Duration)
_NAMES = {
    _NULL: "null", bool: "bool", int: "int", UInt: "uint", float: "double", str: "string", list: "list", dict: "map",
    Timestamp: "timestamp", Duration: "duration",
}  # fmt: skip

_TAKEN: dict[str, tuple[tuple[type, ...], Kinds]] = {
    "-_": ((int, float), kinds(int, float)),
    "size": ((str, list, dict), kinds(int)),
    "int": ((Timestamp, int, UInt, float, str, bool), kinds(int)),
    "uint": ((UInt, int, float, str), kinds(UInt)),
    "double": ((int, UInt, float, str), kinds(float)),
    "string": ((str, int, UInt, float, bool, Timestamp, Duration), kinds(str)),
    "bool": ((bool, str), _TRUTH),
    "timestamp": ((Timestamp, int, str), kinds(Timestamp)),
    "duration": ((Duration, str), kinds(Duration)),
    **dict.fromkeys(("startsWith", "endsWith", "contains", "matches"), ((str,), _TRUTH)),
    **dict.fromkeys(GETTERS, ((Timestamp, Duration), kinds(int))),
}
"""What functions take as their first argument, and give."""


def undecided(node: Node, fields: Mapping[str, Kinds]) -> str | None:
    """Why an expression is true or false of no record whose fields are of these kinds; None where it may be.

    It errs by None only: what depends on more than kinds may be.
    """
    reader = _Reader(fields)
    found = reader.of(node)
    if found.has(bool):
        return None
    return f"it gives {found}, not true or false" if found else reader.reason


def given(node: Node, fields: Mapping[str, Kinds]) -> tuple[Kinds, str]:
    """What an expression may give, and why it gives nothing where it never does."""
    reader = _Reader(fields)
    found = reader.of(node)
    return found, "" if found else reader.reason


class _Reader:
    """Finds the kinds of each part of an expression; `reason` is why the first that has none has none."""

    def __init__(self, fields: Mapping[str, Kinds]) -> None:
        self._fields = fields
        self.reason = ""

    def of(self, node: Node) -> Kinds:
        match node:
            case Const(bool() as value):
                return kinds(value)
            case Const(value) if value.__class__ in _NAMES:
                return kinds(value.__class__)
            case Ident(name):
                return self._fields.get(name, ANYTHING)
            case Select():
                return self._select(node)
            case ListOf(items):
                return kinds(list) if all(self.of(item) for item in items) else _NOTHING
            case MapOf(_, _, items):
                return kinds(dict) if all(self.of(item) for item in items) else _NOTHING
            case Loop(kind, _, items):
                through = self.of(items)
                found = kinds(list) if kind == "map" else _TRUTH
                return found if through.has(list, dict) else self._none(f"`{kind}` cannot go through {through}")
            case Call("_&&_" | "_||_" | "_?_:_"):
                return self._logic(node)
            case Call():
                return self._call(node)
        return ANYTHING

    def _select(self, node: Select) -> Kinds:
        of = self.of(node.operand)
        if not of.has(dict):
            return self._none(f"{of} has no property {node.field!r}")
        if node.is_test:
            return _TRUTH
        if of.fields is None:
            return of.inside or ANYTHING
        return of.fields.get(node.field) or self._none(f"there is no property {node.field!r}")

    def _logic(self, node: Call) -> Kinds:
        """What may make up for a part without a value."""
        first, *rest = map(self.of, node.arguments)
        if node.function != "_?_:_":
            both = _joined(first, rest[0], decisive=node.function == "_||_")
            return both or self._none(f"neither {first} nor {rest[0]} is true or false")
        chosen = [each for truth, each in zip((True, False), rest, strict=True) if truth in first.marks]
        return chosen[0] | chosen[-1] if chosen else self._none(f"a condition is {first}, not true or false")

    def _call(self, node: Call) -> Kinds:
        arguments = [self.of(argument) for argument in node.arguments]
        if not all(each.marks for each in arguments):
            return _NOTHING
        if why := _literally_none(node):
            return self._none(why)
        match node.function, arguments:
            case "dyn", (same,):
                return same
            case "!_", (truth,):
                return kinds(*(not mark for mark in truth.marks if isinstance(mark, bool))) or self._none(
                    f"{truth} is not true or false"
                )
            case "_==_" | "_!=_" as function, (left, right):
                return _compared(left, right, is_equal=function == "_==_")
            case "@in" | "_[_]" as function, parts:
                container = parts[function == "@in"]
                found = _TRUTH if function == "@in" else container.inside or ANYTHING
                return found if container.has(list, dict) else self._none(f"{container} has no items")
            case function, (left, right) if function in ORDERINGS or function in OVERLOADS:
                return _operated(function, left, right) or self._none(_no_operator(node, left, right))
            case function, (first, *_) if function in _TAKEN:
                takes, gives = _TAKEN[function]
                return gives if first.has(*takes) else self._none(_not_taken(function, first))
        return ANYTHING

    def _none(self, why: str) -> Kinds:
        self.reason = self.reason or why
        return _NOTHING


def _literally_none(node: Call) -> str:
    """Why literals leave a call without a value; nothing where they do not."""
    literals = [each.value for each in node.arguments if isinstance(each, Const)]
    if node.function in ("_/_", "_%_") and node.arguments[1] == Const(0) and literals[-1].__class__ is int:
        return "it divides by zero"
    try:
        if bytes in map(type, literals):
            return ""  # only the reference has bytes
        if node.function in FUNCTIONS and len(literals) == len(node.arguments):
            FUNCTIONS[node.function](*literals)
        elif node.function == "matches" and literals and literals[-1].__class__ is str:
            asked("a.matches(b)", "", literals[-1])
    except EvaluationError as error:
        return f"{_symbol(node.function)} of {literals[-1]!r} has no value: {str(error).removeprefix('INVALID_ARGUMENT: ')}"
    return ""


def _joined(left: Kinds, right: Kinds, *, decisive: bool) -> Kinds:
    """`&&` or `||`: an operand that decides makes up for the other."""
    either, both = left.marks | right.marks, left.marks & right.marks
    return kinds(*({decisive} & either), *({not decisive} & both))


def _compared(left: Kinds, right: Kinds, *, is_equal: bool) -> Kinds:
    """What has no class in common is never equal; null is always null."""
    one, other = left.comparable, right.comparable
    if one.isdisjoint(other):
        return kinds(not is_equal)
    return kinds(is_equal) if one == other == {_NULL} else _TRUTH


def _operated(function: str, left: Kinds, right: Kinds) -> Kinds:
    pairs = set(product(left.classes, right.classes))
    if function in ORDERINGS:
        ordered = any((one is other and one in ORDERED) or {one, other} <= _NUMBERS for one, other in pairs)
        return _TRUTH if ordered else _NOTHING
    return kinds(*(_result(*pair) for pair in pairs & OVERLOADS[function].keys()))


def _result(left: type, right: type) -> type:
    if Timestamp in (left, right):
        return Duration if left is right else Timestamp
    return left


def _no_operator(node: Call, left: Kinds, right: Kinds) -> str:
    hint = ""
    if {int, float} <= left.classes | right.classes:
        whole = [each.value for each in node.arguments if isinstance(each, Const) and each.value.__class__ is int]
        hint = f"; write {whole[0]}.0" if whole else "; write double(…) around the integer"
    return f"there is no {left} {_symbol(node.function)} {right}{hint}"


def _not_taken(function: str, first: Kinds) -> str:
    hint = "; write timestamp(…) around it" if function in GETTERS and first.has(str) else ""
    return f"{_symbol(function)} takes no {first}{hint}"


def _symbol(function: str) -> str:
    return function.strip("_")
