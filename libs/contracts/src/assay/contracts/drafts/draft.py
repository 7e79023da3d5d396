"""A contract in the making: what is known, what is guessed, and what could not be said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from assay.contracts.document import Pointer

__all__ = ["Draft", "DraftField", "draft_of"]


@dataclass(slots=True)
class DraftField:
    """One property of a draft, in the words of the standard; `notes` become comments above it."""

    source: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    inside: dict[Pointer, list[str]] = field(default_factory=dict)
    """Notes on what is in it, by their place in `source`."""

    def at(self, *place: str | int) -> DraftField:
        """The field with the place of another in front of its notes: it becomes a part of that one."""
        inside = {(*place, *at): notes for at, notes in self.inside.items()}
        return DraftField(self.source, [], inside | ({place: self.notes} if self.notes else {}))


@dataclass(slots=True)
class Draft:
    """A contract as plain values, with comments by place, and what was left out of it."""

    value: dict[str, Any]
    notes: dict[Pointer, list[str]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def draft_of(
    contract: str,
    record: str,
    fields: Iterable[DraftField],
    *,
    custom: dict[str, object] | None = None,
    left_out: Iterable[str] = (),
) -> Draft:
    """The draft of a contract whose records have these fields; `custom` are its properties of `assay.*`."""
    listed = list(fields)
    body = {"name": record, "logicalType": "object", "properties": [each.source for each in listed]}
    value: dict[str, Any] = {
        "apiVersion": "v3.2.0",
        "kind": "DataContract",
        "id": contract,
        "version": "0.1.0",
        "status": "draft",
        "schema": [body],
    }
    if custom:
        value["customProperties"] = [{"property": name, "value": each} for name, each in custom.items()]
    notes: dict[Pointer, list[str]] = {}
    for place, each in enumerate(listed):
        notes |= each.at("schema", 0, "properties", place).inside
    return Draft(value, notes, list(left_out))
