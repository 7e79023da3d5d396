"""What is told of a change in a sealed dead letter: shapes, and no name that only the record knows. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from assay.contracts import Contract, Field, FieldChange, Violation
from assay.contracts.explain import shape

__all__ = ["sealed_change"]

HIDDEN = "*"


def sealed_change(change: FieldChange, contract: Contract, violations: Iterable[Violation]) -> FieldChange:
    """Return a change with shapes in place of values, and `*` for names that neither contract nor verdict tells.

    The keys of an object may be values: those of a map are, and a flow may make more of them.
    """
    told = {place for violation in violations for place in _above(violation.path)}
    return FieldChange(_place(change.path, contract.fields, told), _shape(change.before), _shape(change.after))


def _place(path: str, fields: Sequence[Field], told: Iterable[str]) -> str:
    place, field = "", Field(name="", type="object", properties=tuple(fields))
    found: Field | None = field
    for at in _above(path):
        part = at.rpartition("/")[2]
        found, is_known = _inside(found, part)
        place += f"/{part if is_known or at in told else HIDDEN}"
    return place


def _inside(field: Field | None, part: str) -> tuple[Field | None, bool]:
    """What stands at a part of a field, and whether the contract tells the part."""
    if field is None:
        return None, False
    if field.items is not None:
        return field.items, part.isdecimal()
    if field.values is not None:
        return field.values, False
    name = part.replace("~1", "/").replace("~0", "~")
    found = next((each for each in field.properties if each.name == name), None)
    return found, found is not None


def _above(path: str) -> Iterable[str]:
    """A place, and those that it is in, the outermost first."""
    parts = path.split("/")
    return ("/".join(parts[: depth + 1]) for depth in range(1, len(parts)))


def _shape(text: str | None) -> str | None:
    return None if text is None else json.dumps(shape(json.loads(text)))
