"""An Avro schema as a graph of types, read strictly (https://avro.apache.org/docs/1.12.0/specification/)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["ABSENT", "NAMED", "PRIMITIVES", "AvroField", "AvroType", "local"]

PRIMITIVES = ("null", "boolean", "int", "long", "float", "double", "bytes", "string")
NAMED = ("record", "enum", "fixed")

ABSENT = object()
"""No default; null is one."""


@dataclass(slots=True, eq=False)
class AvroType:
    """One type. A named type that refers to itself is a circle of these, so they are compared by identity."""

    kind: str
    name: str = ""
    aliases: tuple[str, ...] = ()
    logical: str = ""
    fields: Sequence[AvroField] = ()
    symbols: tuple[str, ...] = ()
    default: object = ABSENT
    size: int = 0
    items: AvroType | None = None
    branches: Sequence[AvroType] = field(default_factory=tuple)

    def __str__(self) -> str:
        """What a message calls it."""
        if self.name:
            return f"{self.kind} {self.name}"
        return f"a union of {len(self.branches)}" if self.kind == "union" else self.kind


@dataclass(frozen=True, slots=True)
class AvroField:
    """A field of a record; `default` is as the schema has it, in JSON."""

    name: str
    type: AvroType
    aliases: tuple[str, ...] = ()
    default: Any = ABSENT

    @property
    def has_default(self) -> bool:
        return self.default is not ABSENT


def local(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition(".")[2]
