"""Where the parts of a contract are in its document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from assay.contracts.document import Document, Pointer
from assay.contracts.vocabulary import custom

__all__ = ["body_of", "custom_at", "custom_place", "field_names", "repeated"]


def body_of(document: Document) -> dict[str, Any]:
    """The one schema object of a contract."""
    body: dict[str, Any] = document.value["schema"][0]
    return body


def field_names(document: Document) -> list[str]:
    """The names of the top-level properties, in order."""
    return [each["name"] for each in body_of(document)["properties"]]


def custom_at(document: Document, name: str) -> tuple[Any, Pointer]:
    """The value of a custom property of the contract and where it is; None if it is absent."""
    listing = document.value.get("customProperties", [])
    place = next((index for index, each in enumerate(listing) if each["property"] == name), None)
    if place is None:
        return None, ()
    return custom(document.value)[name], ("customProperties", place, "value")


def custom_place(holder: dict[str, Any], name: str) -> Pointer:
    """Where a custom property of some part is in it, or its list if it is absent."""
    listing = holder.get("customProperties", [])
    place = next((index for index, each in enumerate(listing) if each["property"] == name), None)
    return ("customProperties",) if place is None else ("customProperties", place, "value")


def repeated(items: list[dict[str, Any]], name: str) -> Iterator[tuple[int, str]]:
    """The items whose value under a name was there before, with their place."""
    seen: set[str] = set()
    for index, item in enumerate(items):
        value = item.get(name)
        if value in seen:
            yield index, str(value)
        elif value is not None:
            seen.add(value)
