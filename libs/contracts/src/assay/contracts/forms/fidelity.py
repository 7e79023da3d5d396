"""Whether a record that was written in a binary form still says what it was to say."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from assay.contracts.model import Field
from assay.contracts.moments import moment_of
from assay.contracts.types import digits, type_of

__all__ = ["lost"]

_SINGLE = struct.Struct("<f")


def lost(fields: Sequence[Field], wanted: Mapping[str, Any], read: Mapping[str, Any], at: str = "") -> str | None:
    """The first place at which what was read is not what was wanted; None if all of it is.

    Null and absent are one, and so are a list that is empty and none, for that is all that Protobuf can say. A decimal
    is the same with other zeros, a moment in another offset.
    """
    known = {field.name: field for field in fields}
    for name, value in wanted.items():
        if value is not None and name not in known:
            return f"{at}/{name}"
    places = (
        _lost(field, wanted.get(field.name), read.get(field.name), f"{at}/{field.name}") for field in known.values()
    )
    return next(filter(None, places), None)


def _lost(field: Field, wanted: Any, read: Any, at: str) -> str | None:
    if wanted in (None, [], {}) and read in (None, [], {}):
        return None
    if field.properties and isinstance(wanted, dict) and isinstance(read, dict):
        return lost(field.properties, wanted, read, at)
    if (items := field.items) and isinstance(wanted, list) and isinstance(read, list):
        if len(wanted) != len(read):
            return at
        return next(
            filter(None, (_lost(items, one, other, f"{at}/*") for one, other in zip(wanted, read, strict=True))), None
        )
    if (values := field.values) and isinstance(wanted, dict) and isinstance(read, dict):
        if wanted.keys() != read.keys():
            return at
        return next(filter(None, (_lost(values, wanted[key], read[key], f"{at}/*") for key in wanted)), None)
    return None if _is_same(field, wanted, read) else at


def _is_same(field: Field, wanted: Any, read: Any) -> bool:
    if isinstance(wanted, bool) != isinstance(read, bool):
        return False
    if wanted == read:
        return True
    if own := moment_of(field):
        return isinstance(wanted, str) and isinstance(read, str) and own.read(wanted) == own.read(read) is not None
    try:
        if digits(field):
            return Fraction(wanted) == Fraction(read)
        return type_of(field).name == "f32" and _SINGLE.unpack(_SINGLE.pack(wanted))[0] == wanted
    except (TypeError, ValueError, OverflowError, struct.error):
        return False
