"""The parts of a contract in which versions of the standard differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["elements", "mappings", "properties"]

Part = dict[str, Any]


def elements(value: Part) -> Iterator[Part]:
    """Every object and every property of it, however deep."""
    for body in value.get("schema", []):
        yield body
        yield from properties(body)


def properties(element: Part) -> Iterator[Part]:
    """Every property in an element, however deep: items of arrays, keys and values of maps too."""
    entry = element.get("map", {})
    for inside in (*element.get("properties", []), element.get("items"), entry.get("key"), entry.get("value")):
        if isinstance(inside, dict):
            yield inside
            yield from properties(inside)


def mappings(value: Any) -> Iterator[Part]:
    """Every mapping in a value, however deep."""
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from mappings(part)
