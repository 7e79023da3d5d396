"""A record while it is repaired: read only where a step looks, so that all the rest keeps its bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson

from assay.contracts.recovery.budget import Budget
from assay.contracts.recovery.errors import RepairError
from assay.contracts.recovery.pointers import EVERY, Pointer

__all__ = ["Json", "Node", "Place", "Tree", "written"]

Json = Any
"""A value of JSON: its class says what it is."""

Node = msgspec.Raw | dict[str, Any] | list[Any]
"""Bytes that nobody looked into, or an object or array of such."""

Bound = tuple[str | int, ...]
"""What the `*` of a pointer stand for at one place."""

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])


def written(value: Json) -> msgspec.Raw:
    """A value as the bytes that stand for it.

    Raises:
        RepairError: no reader of JSON would take it.
    """
    try:
        return msgspec.Raw(orjson.dumps(value))
    except orjson.JSONEncodeError:
        raise RepairError(
            "a value that JSON cannot say: an integer of more than 64 bits, or half a character"
        ) from None


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a tree, whether there is something or not; `bound` is what the `*` that led there stand for."""

    holder: dict[str, Any] | list[Any]
    key: Any
    bound: Bound = ()

    @property
    def is_there(self) -> bool:
        """Whether something is there, be it null."""
        if isinstance(self.holder, dict):
            return self.key in self.holder
        return isinstance(self.key, int) and self.key < len(self.holder)

    @property
    def node(self) -> Node:
        """What is there; nothing is asked of a place where nothing is."""
        return self.holder[self.key]  # type: ignore[no-any-return]  # a holder holds nodes

    def put(self, node: Node) -> None:
        """Put something there in place of what was.

        Raises:
            RepairError: an array has no such place.
        """
        if isinstance(self.holder, list) and not self.is_there:
            raise RepairError("an array has no such place")
        self.holder[self.key] = node

    def take(self) -> Node:
        """Take what is there out."""
        return self.holder.pop(self.key)  # type: ignore[no-any-return]  # a holder holds nodes


class Tree:
    """One record of JSON, from its bytes and to its bytes again. Names keep their order."""

    def __init__(self, row: bytes, budget: Budget) -> None:
        self._top: dict[str, Any] = {"": msgspec.Raw(row)}
        self._budget = budget

    def row(self) -> bytes:
        """The record as it is now."""
        return self.encoded(self._top[""])

    def value(self, place: Place) -> Json:
        """What is at a place, as plain values."""
        return orjson.loads(self.encoded(place.node))

    def copied(self, place: Place) -> msgspec.Raw:
        """A copy of what is at a place, byte for byte."""
        return msgspec.Raw(self.encoded(place.node))

    def encoded(self, node: Node) -> bytes:
        """The bytes of a node."""
        found = bytes(node) if isinstance(node, msgspec.Raw) else msgspec.json.encode(node)
        self._budget.spend(len(found))
        return found

    def put(self, place: Place, node: Node) -> None:
        """Put something at a place. What may still change is not put at two places.

        Raises:
            RepairError: an array has no such place.
        """
        if isinstance(node, msgspec.Raw):
            self._budget.spend(len(bytes(node)))
        place.put(node)

    def write(self, place: Place, value: Json) -> None:
        """Put a plain value at a place."""
        self.put(place, written(value))

    def visit(self, places: int) -> None:
        """Pay for having gone through so many places."""
        self._budget.spend(places)

    def places(self, pointer: Pointer) -> Iterator[Place]:
        """The places that a pointer stands for, as far as there is something to hold them."""
        return self._places(self._top, ("", *pointer), ())

    def holding(self, pointer: Pointer) -> list[Place]:
        """The same, for a step that puts something there.

        Raises:
            RepairError: there is nothing to hold the one place that it stands for.
        """
        return list(self.places(pointer)) if EVERY in pointer else [self.at(pointer)]

    def at(self, pointer: Pointer, bound: Bound = ()) -> Place:
        """The one place of a pointer; its `*` stand for what those of another pointer stand for.

        Raises:
            RepairError: there is nothing to hold it.
        """
        keys = iter(bound)
        concrete = tuple(str(next(keys, part)) if part == EVERY else part for part in pointer)
        place = _place(self.holder(concrete), concrete[-1] if concrete else "")
        if place is None:
            raise RepairError("an array has no such place")
        return place

    def holder(self, pointer: Pointer) -> dict[str, Any] | list[Any]:
        """What holds the place of a pointer without `*`.

        Raises:
            RepairError: there is nothing that could.
        """
        holder: dict[str, Any] | list[Any] = self._top
        for part in ("", *pointer)[:-1]:
            self._budget.visit()
            place = _place(holder, part)
            inner = self._opened(place) if place and place.is_there else None
            if inner is None:
                raise RepairError("there is nothing to hold it")
            holder = inner
        return holder

    def _places(self, holder: dict[str, Any] | list[Any], parts: Pointer, bound: Bound) -> Iterator[Place]:
        first, rest = parts[0], parts[1:]
        for place in _every(holder, bound) if first == EVERY else filter(None, [_place(holder, first, bound)]):
            self._budget.visit()
            if not rest:
                yield place
            elif place.is_there and (inner := self._opened(place)) is not None:
                yield from self._places(inner, rest, place.bound)

    def _opened(self, place: Place) -> dict[str, Any] | list[Any] | None:
        """What is at a place as something that holds places; None if it is a single value."""
        node = place.node
        if not isinstance(node, msgspec.Raw):
            return node
        found = bytes(node)
        self._budget.spend(len(found))
        opened: dict[str, Any] | list[Any]
        if found.startswith(b"{"):
            opened = _OBJECT.decode(found)
        elif found.startswith(b"["):
            opened = _ARRAY.decode(found)
        else:
            return None
        place.put(opened)
        return opened


def _every(holder: dict[str, Any] | list[Any], bound: Bound) -> list[Place]:
    """Every place of a holder, the last first, so that taking one out moves none that is still to come."""
    keys: Iterable[Any] = list(holder) if isinstance(holder, dict) else range(len(holder))
    return [Place(holder, key, (*bound, key)) for key in reversed([*keys])]


def _place(holder: dict[str, Any] | list[Any], part: str, bound: Bound = ()) -> Place | None:
    """The place of a holder that has this name or number, if it can have one."""
    if isinstance(holder, dict):
        return Place(holder, part, bound)
    is_number = part.isascii() and part.isdigit() and str(int(part[:9])) == part
    return Place(holder, int(part), bound) if is_number else None
