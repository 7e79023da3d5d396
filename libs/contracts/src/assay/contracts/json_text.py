"""JSON text read into values: strict, of a bounded depth."""

from __future__ import annotations

from typing import Any

import orjson

from assay.contracts.errors import MalformedRecordError
from assay.contracts.explain import shape
from assay.contracts.outline import bytes_look

__all__ = ["MAX_DEPTH", "may_be_deep", "no_json", "read_object", "read_value"]

MAX_DEPTH = 64
"""Objects and arrays within one another that a record may have."""


def read_object(text: bytes) -> dict[str, Any]:
    """The object that a text is.

    Raises:
        MalformedRecordError: it is no JSON, no object, or nests too deep.
    """
    value = read_value(text)
    if not isinstance(value, dict):
        raise MalformedRecordError(shape(value))
    return value


def read_value(text: bytes) -> Any:
    """The value that a text is; of two equal names in an object, the last counts.

    Raises:
        MalformedRecordError: it is no JSON, or nests too deep.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise MalformedRecordError(no_json(text)) from None
    if may_be_deep(text) and _depth(value) > MAX_DEPTH:
        raise MalformedRecordError(f"more than {MAX_DEPTH} levels")
    return value


def no_json(text: bytes) -> str:
    """What stands there in place of JSON, in words that give nothing of it away."""
    look = bytes_look(text)
    return f"no JSON: {look}" if look else "no JSON"


def may_be_deep(text: bytes) -> bool:
    """Whether a text has brackets enough to nest deeper than it may."""
    return text.count(b"{") + text.count(b"[") > MAX_DEPTH


def _depth(record: object) -> int:
    """How deep a value nests, counted no further than the limit needs."""
    level, depth = [record], 0
    while level and depth <= MAX_DEPTH:
        parts = (part.values() if isinstance(part, dict) else part for part in level if isinstance(part, dict | list))
        level = [child for part in parts for child in part]
        depth += bool(level)
    return depth
