"""JSON that a client sent, read part by part with an error for each that has another type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import orjson

from assay.registry.subjects.errors import RequestMalformedError

__all__ = ["Json", "JsonObject", "Parts", "canonical", "parse", "parse_object"]

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = "dict[str, Json]"


def parse(text: bytes | str) -> Json:
    """Read JSON.

    Raises:
        RequestMalformedError: it is none, or not UTF-8, or nested deeper than anyone means.
    """
    try:
        found: Json = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise RequestMalformedError(f"the body is no JSON: {error}") from error
    return found


def parse_object(text: bytes | str) -> JsonObject:
    """Read a JSON object; raises as `parse` does, and where it is none."""
    found = parse(text)
    if not isinstance(found, dict):
        raise RequestMalformedError("the body must be a JSON object")
    return found


def canonical(value: Json) -> str:
    """One text for equal values: keys sorted, no space.

    Raises:
        RequestMalformedError: it is nested deeper than 254.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError as error:
        raise RequestMalformedError(f"the body can't be kept: {error}") from error


class Parts:
    """The parts of an object, by type. An absent part and null are the same; keys that nobody knows are let be."""

    def __init__(self, found: Mapping[str, Json], where: str = "") -> None:
        self._found = found
        self._where = where

    def has(self, key: str) -> bool:
        """Whether the key is there, be it with null."""
        return key in self._found

    def any(self, key: str) -> Json:
        """The part, of whatever type."""
        return self._found.get(key)

    def text(self, key: str) -> str | None:
        found = self._found.get(key)
        if found is None or isinstance(found, str):
            return found
        raise self._wrong(key, "a string")

    def number(self, key: str) -> int | None:
        found = self._found.get(key)
        if found is None:
            return None
        if isinstance(found, int) and not isinstance(found, bool) and abs(found) < 2**63:
            return found
        raise self._wrong(key, "an integer")

    def flag(self, key: str) -> bool | None:
        found = self._found.get(key)
        if found is None or isinstance(found, bool):
            return found
        if isinstance(found, str) and found.lower() in ("true", "false"):
            return found.lower() == "true"
        raise self._wrong(key, "true or false")

    def object(self, key: str) -> JsonObject | None:
        found = self._found.get(key)
        if found is None or isinstance(found, dict):
            return found
        raise self._wrong(key, "an object")

    def objects(self, key: str) -> list[JsonObject]:
        found = self._found.get(key)
        if found is None:
            return []
        if isinstance(found, list):
            items = [item for item in found if isinstance(item, dict)]
            if len(items) == len(found):
                return items
        raise self._wrong(key, "an array of objects")

    def texts(self, key: str) -> list[str]:
        found = self._found.get(key)
        if found is None:
            return []
        if isinstance(found, list):
            items = [item for item in found if isinstance(item, str)]
            if len(items) == len(found):
                return items
        raise self._wrong(key, "an array of strings")

    def _wrong(self, key: str, expected: str) -> RequestMalformedError:
        return RequestMalformedError(f"{self._where}{key} must be {expected}")
