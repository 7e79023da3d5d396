"""The fields of a record as a table: what each is, what it may be, and what it means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from assay.contracts.model import Contract, Field
from assay.contracts.pages.html import badge, shown, table, text

__all__ = ["fields_table"]

_MOST_VALUES = 24


def fields_table(contract: Contract, said: Mapping[str, Any]) -> str:
    """The table; `said` is the schema object as its file has it, for what is written about each field."""
    return table(
        ("Field", "Type", "Present", "May be", "Means"), _rows(contract.fields, said.get("properties", []), "")
    )


def _rows(fields: tuple[Field, ...], said: list[Mapping[str, Any]], path: str) -> Iterator[tuple[str, ...]]:
    for field, each in zip(fields, said, strict=True):
        yield from _row(field, each, f"{path}{field.name}")


def _row(field: Field, said: Mapping[str, Any], path: str) -> Iterator[tuple[str, ...]]:
    present = "always" if field.required else "optional"
    yield text(path), _type(field), present, _limits(field), _meaning(field, said)
    yield from _rows(field.properties, said.get("properties", []), f"{path}.")
    entry = said.get("map", {})
    if field.items and (field.items.properties or field.items.items):
        yield from _row(field.items, said["items"], f"{path}[]")
    if field.values and (field.values.properties or field.values.items):
        yield from _row(field.values, entry["value"], f"{path}.*")


def _type(field: Field) -> str:
    if field.items:
        return f"array of {text(field.items.type)}"
    if field.values:
        return f"map to {text(field.values.type)}"
    size = f"<small>{text(field.physical)}</small>" if field.physical else ""
    return text(field.type) + size


def _limits(field: Field) -> str:
    parts = [f"{text(name)} {shown(value)}" for name, value in field.options.items()]
    if field.enum:
        values = [shown(value, 40) for value in field.enum[:_MOST_VALUES]]
        more = f" and {len(field.enum) - _MOST_VALUES} more" if len(field.enum) > _MOST_VALUES else ""
        parts.insert(0, f"one of {' '.join(values)}{more}")
    return "<br>".join(parts)


def _meaning(field: Field, said: Mapping[str, Any]) -> str:
    key = badge("key") if said.get("primaryKey") else ""
    secret = badge(field.classification) if field.classification else ""
    unit = f"<small>in {text(field.unit)}</small>" if field.unit else ""
    name = f"<strong>{text(said['businessName'])}</strong> " if said.get("businessName") else ""
    return " ".join(filter(None, (name, text(said.get("description", "")), key, secret))) + unit
