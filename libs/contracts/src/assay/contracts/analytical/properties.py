"""Properties of ODCS, as the analytical logs need them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from assay.contracts.model_log import Feature

__all__ = [
    "MAX_ID",
    "MAX_ITEMS",
    "MAX_WORD",
    "PROPORTION",
    "Source",
    "bits",
    "classified",
    "flag",
    "hashed",
    "listing",
    "nested",
    "one_of",
    "part_of_key",
    "prediction_id",
    "real",
    "text",
    "time",
    "whole",
    "word",
]

Source = dict[str, Any]
"""A property in the words of the standard."""

MAX_ID, MAX_WORD = 128, 256
MAX_ITEMS = 1_000
"""Items of a ranked list."""

PROPORTION: dict[str, Any] = {"minimum": 0, "maximum": 1}


def text(
    name: str, description: str = "", *, enum: Sequence[str] = (), required: bool = False, **options: Any
) -> Source:
    """A text; with `enum` one of these."""
    return _property(name, "string", description, enum=enum, required=required, **options)


def word(name: str) -> Source:
    """A short text that says for itself what it is."""
    return text(name, maxLength=MAX_WORD)


def hashed(name: str) -> Source:
    """An id that must be nobody's name."""
    return text(name, "A hash, or an id that is nobody's name.", maxLength=MAX_WORD)


def real(name: str, description: str = "", *, unit: str = "", **options: Any) -> Source:
    """A double."""
    made = _property(name, "number", description, **options)
    return made | ({"customProperties": [{"property": "assay.unit", "value": unit}]} if unit else {})


def whole(name: str, form: str = "", description: str = "", *, required: bool = False, **options: Any) -> Source:
    """A whole number of 64 bits, or of the format given."""
    return _property(name, "integer", description, required=required, **({"format": form} if form else {}), **options)


def flag(name: str, description: str = "") -> Source:
    """A boolean."""
    return _property(name, "boolean", description)


def bits(name: str, description: str) -> Source:
    """Bytes with a bit for each of something, lowest bit first."""
    return _property(name, "string", description, format="byte")


def time(name: str, description: str, *, required: bool = True) -> Source:
    """An instant."""
    return _property(name, "timestamp", description, required=required)


def listing(
    name: str, items: Source, least: int, most: int, *, required: bool = False, description: str = ""
) -> Source:
    """A list of so many items."""
    bounds: dict[str, Any] = {"minItems": least, "maxItems": most} if least else {"maxItems": most}
    return _property(name, "array", description, required=required, **bounds) | {"items": items}


def nested(name: str, properties: list[Source], *, required: bool = False) -> Source:
    """An object of these properties."""
    return _property(name, "object", "", required=required) | {"properties": properties}


def prediction_id(description: str = "What everything about a prediction is joined by.") -> Source:
    """The key that the logs of a model share."""
    return part_of_key("prediction_id", 1, description)


def part_of_key(name: str, position: int = 2, description: str = "") -> Source:
    """An id that is part of the key."""
    made = text(name, description, required=True, minLength=1, maxLength=MAX_ID)
    return made | {"primaryKey": True, "primaryKeyPosition": position}


def one_of(source: Source, values: Iterable[str]) -> Source:
    """The property, held to these values where there are any."""
    listed = [{"value": each} for each in values]
    return source | ({"enum": listed} if listed else {})


def classified(source: Source, features: Iterable[Feature]) -> Source:
    """The property, classified like the first feature that is and whose values it may hold.

    Classifications have no order: whatever is not public is sealed alike.
    """
    levels = [each.classification for each in features if each.classification.lower() not in ("", "public")]
    return source | ({"classification": levels[0]} if levels else {})


def _property(
    name: str, kind: str, description: str, *, enum: Sequence[str] = (), required: bool = False, **options: Any
) -> Source:
    made: Source = {"name": name} if name else {}
    made |= {"description": description} if description else {}
    made["logicalType"] = kind
    made |= {"required": True} if required else {}
    made |= {"logicalTypeOptions": options} if options else {}
    return one_of(made, enum)
