"""What the versions of a contract say of one place: the field there, and what changed from one to the other. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice

from assay.contracts import Contract, ContractError, Field
from assay.contracts.diff import Change, diff

__all__ = ["changes_at", "field_at", "fits"]

MAX_CHANGES = 3
MAX_SHOWN = 60

_SHAPES = {
    "string": ("string",),
    "date": ("string",),
    "timestamp": ("string",),
    "time": ("string",),
    "integer": ("integer",),
    "number": ("integer", "number"),
    "boolean": ("boolean",),
    "object": ("object",),
    "map": ("object",),
    "array": ("array",),
}
_LOOKS = {"date": "a date", "timestamp": "a timestamp"}


def field_at(contract: Contract, path: str) -> Field | None:
    """The field at a JSON Pointer, `*` or a number for the places of an array; None where the contract names none."""
    fields: Sequence[Field] = contract.fields
    found: Field | None = None
    for part in path.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if found is not None and (found.items or found.values):
            found = found.items or found.values
        else:
            found = next((field for field in fields if field.name == name), None)
        if found is None:
            return None
        fields = found.properties
    return found


def fits(field: Field, found: str) -> bool:
    """Whether a value of the shape that was found may be one of this field."""
    shape, _, look = found.partition(", ")
    if shape.split(" ")[0] not in _SHAPES.get(field.type, ()):
        return False
    wanted = _LOOKS.get(field.type)
    return wanted is None or look.startswith(wanted)


def changes_at(before: Contract, after: Contract, path: str) -> str:
    """What changed at a path from one version to the other, in words; empty for nothing."""
    stem = _stem(before, path) or _stem(after, path)
    if not stem:
        return ""
    said = islice(_said(_changes(before, after), stem), MAX_CHANGES)
    words = ", ".join(dict.fromkeys(said))
    return f"{before.version} to {after.version}: {words}" if words else ""


@lru_cache(maxsize=32)
def _changes(before: Contract, after: Contract) -> Sequence[Change]:
    """What changed, known for a while: a storm of failures asks for the same two versions thousands of times."""
    try:
        return diff(before, after)
    except ContractError:
        return ()


def _said(changes: Sequence[Change], stem: str) -> Iterator[str]:
    for change in changes:
        if change.path == stem:
            yield change.did
        elif change.path.startswith(f"{stem}/"):
            yield f"{change.path.removeprefix(f'{stem}/')} {_shown(change.before)} → {_shown(change.after)}"


def _shown(value: object) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


def _stem(contract: Contract, path: str) -> str:
    """The path of a field as changes name it: `schema/properties/place/properties/zip`."""
    stem, holder = "schema", None
    for depth, part in enumerate(path.split("/")[1:], start=2):
        if holder is not None and (holder.items or holder.values):
            stem += "/items" if holder.items else "/map/value"
        else:
            stem += f"/properties/{part}"
        holder = field_at(contract, "/".join(path.split("/")[:depth]))
        if holder is None:
            return ""
    return stem if holder else ""
