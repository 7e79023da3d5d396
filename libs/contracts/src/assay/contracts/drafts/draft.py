"""A contract in the making: what is known, what is guessed, and what could not be said."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from assay.contracts.document import Pointer
from assay.contracts.errors import SchemaError

__all__ = ["Draft", "DraftField", "LeftOut", "draft_of"]

_MOST_FIELDS, _MOST_LINES, _MOST_LEVELS = 5_000, 200, 64


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
    about: dict[str, str] | None = None,
) -> Draft:
    """The draft of a contract whose records have these fields.

    `custom` are its properties of `assay.*`, `about` is what the schema object says of itself besides.
    """
    listed = list(fields)
    properties = [_ordered(each.source) for each in listed]
    body = {"name": record, **(about or {}), "logicalType": "object", "properties": properties}
    value: dict[str, Any] = {
        "apiVersion": "v3.2.0",
        "kind": "DataContract",
        "id": _id(contract),
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


class LeftOut:
    """Lines about what a contract cannot say, and a bound on the fields of a schema that grows as it is read."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._fields = 0

    def add(self, line: str) -> None:
        """Note it; of very many the rest is one line."""
        if line not in self.lines and len(self.lines) <= _MOST_LINES:
            self.lines.append(line if len(self.lines) < _MOST_LINES else "and more of the like")

    def count(self, path: str) -> None:
        """Count a value at a path.

        Raises:
            SchemaError: there are more than a contract may have, or it is deeper than a record may be.
        """
        self._fields += 1
        if path.count("/") > _MOST_LEVELS:
            raise SchemaError(f"{path[:80]}…: more than {_MOST_LEVELS} levels deep")
        if self._fields > _MOST_FIELDS:
            raise SchemaError(f"{path[:80]}: more than {_MOST_FIELDS} fields, with those of types that are used again")


def _id(name: str) -> str:
    """A name as the id of a contract: what becomes part of the names of topics."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("._-")[:150] or "records"


_ORDER = (
    "name", "description", "logicalType", "physicalType", "required", "primaryKey", "primaryKeyPosition", "classification",
    "enum", "logicalTypeOptions", "items", "map", "properties",
)  # fmt: skip


def _ordered(source: Any) -> Any:
    """A property with its keys in the order in which people write them, and so all in it."""
    if isinstance(source, list):
        return [_ordered(each) for each in source]
    if not isinstance(source, dict) or ("logicalType" not in source and "key" not in source):
        return source
    known = {key: source[key] for key in _ORDER if key in source}
    return {key: _ordered(each) for key, each in {**known, **source}.items()}
