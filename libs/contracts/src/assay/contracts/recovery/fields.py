"""The field of a contract that a pointer leads to."""

from __future__ import annotations

from collections.abc import Sequence

from assay.contracts.model import Field
from assay.contracts.recovery.pointers import Pointer

__all__ = ["field_at"]


def field_at(fields: Sequence[Field], pointer: Pointer) -> Field | None:
    """The field; None where the contract names none there."""
    if not pointer:
        return None
    first, rest = pointer[0], pointer[1:]
    found = next((field for field in fields if field.name == first), None)
    while found is not None and rest:
        inner, rest = rest[0], rest[1:]
        found = found.items or found.values or next((each for each in found.properties if each.name == inner), None)
    return found
