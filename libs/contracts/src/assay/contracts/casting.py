"""Exact changes of type between JSON values: what cannot be kept exactly is not cast."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal

from assay.contracts.explain import shape
from assay.contracts.formats import event_ms

__all__ = ["CastError", "cast"]

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,18})")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,18})(\.[0-9]{1,18})?([eE][-+]?[0-9]{1,2})?")
_I64 = range(-(2**63), 2**63)
_LAST_SECOND = 253_402_300_799
_WORDS = {"true": True, "false": False}

Value = str | int | float | bool | None


class CastError(ValueError):
    """A value has no exact counterpart in the other type; the message does not show the value."""


def cast(value: object, kind: str) -> Value:
    """The same value as a string, integer, number, boolean or timestamp.

    Numbers become timestamps as seconds since 1970. Null stays null.

    Raises:
        CastError: the value has no exact counterpart of that type.
    """
    if value is None:
        return None
    found = {"string": _string, "integer": _integer, "number": _number, "boolean": _boolean, "timestamp": _timestamp}[
        kind
    ](value)
    if found is None:
        raise CastError(f"a {shape(value)} has no exact counterpart of type {kind}")
    return found


def _string(value: object) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else _plain(value)


def _plain(value: object) -> str | None:
    return repr(value) if isinstance(value, float) else None


def _integer(value: object) -> int | None:
    if (isinstance(value, str) and _INTEGER.fullmatch(value)) or (isinstance(value, float) and value.is_integer()):
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value in _I64 else None


def _number(value: object) -> float | None:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        number = float(value)
        return number if Decimal(repr(number)) == Decimal(value) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _boolean(value: object) -> bool | None:
    return value if isinstance(value, bool) else _WORDS.get(value) if isinstance(value, str) else None


def _timestamp(value: object) -> str | None:
    if isinstance(value, str):
        return _spelled(value)
    seconds = _integer(value)
    if seconds is None or not 0 <= seconds <= _LAST_SECOND:
        return None
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _spelled(text: str) -> str | None:
    """The RFC 3339 spelling of a timestamp that has a space for its T, or an offset without its colon."""
    spelled = re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", re.sub(r"^([0-9-]{10}) ", r"\1T", text))
    try:
        event_ms(spelled)
    except ValueError:
        return None
    return spelled if len(spelled) > len("2013-01-01") else None
