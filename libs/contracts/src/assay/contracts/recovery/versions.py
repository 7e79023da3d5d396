"""Versions of a contract: which is older, and what a record of one is in the spelling of another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assay.contracts.model import Field
from assay.contracts.moments import moment_of

__all__ = ["covers", "number_of", "respelled"]


def number_of(version: str) -> tuple[int, ...]:
    """A version, or the beginning of one, as numbers; empty for what is none."""
    parts = version.split(".")
    return tuple(map(int, parts)) if all(part.isascii() and part.isdigit() for part in parts) else ()


def covers(beginning: str, version: str) -> bool:
    """Whether a version begins so: `1` covers 1.0.0 and 1.7.2, but not 10.0.0."""
    parts = beginning.split(".")
    return version.split(".")[: len(parts)] == parts


def respelled(record: Mapping[str, Any], source: Sequence[Field], target: Sequence[Field]) -> dict[str, Any]:
    """The record, with every date and time as the fields of the target spell it; what is none of them is left."""
    made = dict(record)
    known = {field.name: field for field in source}
    for field in target:
        if field.name in known and made.get(field.name) is not None:
            made[field.name] = _respelled(made[field.name], known[field.name], field)
    return made


def _respelled(value: Any, source: Field, target: Field) -> Any:
    if source.properties and isinstance(value, dict):
        return respelled(value, source.properties, target.properties)
    if source.items and target.items and isinstance(value, list):
        return [_respelled(item, source.items, target.items) for item in value]
    if source.values and target.values and isinstance(value, dict):
        return {key: _respelled(item, source.values, target.values) for key, item in value.items()}
    was, now = moment_of(source), moment_of(target)
    if was is None or now is None or was.kind != now.kind or was.form == now.form or not isinstance(value, str):
        return value
    read = was.read(value)
    return value if read is None else now.write(read) or value
