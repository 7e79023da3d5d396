"""What the numbers of a slice count, by name: slices of different versions are told apart by it. Pure."""

from __future__ import annotations

import hashlib
import json
from typing import NamedTuple

__all__ = ["Layout"]

DIGEST_BYTES = 8


class Layout(NamedTuple):
    """Fields by which nulls are counted, promises by which values are, and upper bounds of the buckets of lateness.

    A tuple, because one is made for each slice of each pane.
    """

    fields: tuple[str, ...] = ()
    promises: tuple[str, ...] = ()
    bounds_ms: tuple[int, ...] = ()

    @property
    def digest(self) -> bytes:
        """A short name, the same in every process."""
        return hashlib.sha256(self.names.encode()).digest()[:DIGEST_BYTES]

    @property
    def names(self) -> str:
        """The same as text, from which `read` returns it."""
        return json.dumps([self.fields, self.promises, self.bounds_ms])

    @classmethod
    def read(cls, names: str) -> Layout:
        """Return the layout of a text that `names` returned."""
        return cls(*(tuple(part) for part in json.loads(names)))
