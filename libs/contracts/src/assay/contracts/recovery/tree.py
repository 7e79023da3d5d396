"""A record while it is repaired: read only where a step looks, so that all the rest keeps its bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import orjson

from assay.contracts.recovery.budget import Budget
from assay.contracts.recovery.errors import RepairError
from assay.contracts.recovery.place import Bound, Holder, Node, Place, every, place_of
from assay.contracts.recovery.pointers import EVERY, Pointer

__all__ = ["Json", "Tree", "written"]

Json = Any
"""A value of JSON: its class says what it is."""

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


class Tree:
    """One record of JSON, from its bytes and to its bytes again. Names keep their order."""

    def __init__(self, row: bytes, budget: Budget) -> None:
        budget.spend(len(row))
        self._top: dict[str, Any] = {"": _OBJECT.decode(row)}
        self._budget = budget

    def row(self) -> bytes:
        """The record as it is now."""
        return self.encoded(self._top[""])

    def value(self, place: Place) -> Json:
        """What is at a place, as plain values."""
        return self.plain(place.node)

    def plain(self, node: Node) -> Json:
        """A node as plain values."""
        return orjson.loads(self.encoded(node))

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
            self._budget.spend(len(node))
        place.put(node)

    def write(self, place: Place, value: Json) -> None:
        """Put a plain value at a place."""
        place.put(self.made(value))

    def made(self, value: Json) -> msgspec.Raw:
        """A plain value as a node."""
        node = written(value)
        self._budget.spend(len(node))
        return node

    def visit(self, places: int) -> None:
        """Pay for having gone through so many places."""
        self._budget.spend(places)

    def object(self) -> dict[str, Node]:
        """The record as something that holds its fields.

        Raises:
            RepairError: it is none.
        """
        root = self._top[""]
        if isinstance(root, dict):
            return root
        opened = self._opened(Place(self._top, ""))
        if not isinstance(opened, dict):
            raise RepairError("the record is not a JSON object")
        return opened

    def places(self, pointer: Pointer) -> Iterable[Place]:
        """The places that a pointer stands for, as far as there is something to hold them."""
        if len(pointer) == 1 and pointer[0] != EVERY:
            return (self.at(pointer),)
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
        if len(pointer) == 1 and not bound:
            self._budget.visit()
            return Place(self.object(), pointer[0])
        keys = iter(bound)
        concrete = tuple(str(next(keys, part)) if part == EVERY else part for part in pointer)
        place = place_of(self.holder(concrete), concrete[-1] if concrete else "")
        if place is None:
            raise RepairError("an array has no such place")
        return place

    def holder(self, pointer: Pointer) -> Holder:
        """What holds the place of a pointer without `*`.

        Raises:
            RepairError: there is nothing that could.
        """
        holder: Holder = self._top
        for part in ("", *pointer)[:-1]:
            self._budget.visit()
            place = place_of(holder, part)
            inner = self._opened(place) if place and place.is_there else None
            if inner is None:
                raise RepairError("there is nothing to hold it")
            holder = inner
        return holder

    def _places(self, holder: Holder, parts: Pointer, bound: Bound) -> Iterator[Place]:
        first, rest = parts[0], parts[1:]
        for place in every(holder, bound) if first == EVERY else filter(None, [place_of(holder, first, bound)]):
            self._budget.visit()
            if not rest:
                yield place
            elif place.is_there and (inner := self._opened(place)) is not None:
                yield from self._places(inner, rest, place.bound)

    def _opened(self, place: Place) -> Holder | None:
        """What is at a place as something that holds places; None if it is a single value."""
        node = place.node
        if not isinstance(node, msgspec.Raw):
            return node
        found = bytes(node)
        self._budget.spend(len(found))
        opened: Holder
        if found.startswith(b"{"):
            opened = _OBJECT.decode(found)
        elif found.startswith(b"["):
            opened = _ARRAY.decode(found)
        else:
            return None
        place.put(opened)
        return opened
