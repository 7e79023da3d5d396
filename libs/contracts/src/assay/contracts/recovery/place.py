"""One place in a record that is being repaired."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from assay.contracts.recovery.errors import RepairError

__all__ = ["Bound", "Holder", "Node", "Place", "every", "place_of"]

Holder = dict[str, Any] | list[Any]
"""An object or array that somebody looked into: it holds nodes."""

Node = msgspec.Raw | Holder
"""Bytes that nobody looked into, or a holder."""

Bound = tuple[str | int, ...]
"""What the `*` of a pointer stand for at one place."""


class Place(NamedTuple):
    """One place of a tree, whether there is something or not; `bound` is what the `*` that led there stand for."""

    holder: Holder
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


def every(holder: Holder, bound: Bound) -> list[Place]:
    """Every place of a holder, the last first, so that taking one out moves none that is still to come."""
    keys: Iterable[Any] = list(holder) if isinstance(holder, dict) else range(len(holder))
    return [Place(holder, key, (*bound, key)) for key in reversed([*keys])]


def place_of(holder: Holder, part: str, bound: Bound = ()) -> Place | None:
    """The place of a holder that has this name or number, if it can have one."""
    if isinstance(holder, dict):
        return Place(holder, part, bound)
    is_number = part.isascii() and part.isdigit() and str(int(part[:9])) == part
    return Place(holder, int(part), bound) if is_number else None
