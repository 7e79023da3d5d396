"""The service level errorRate of a contract file, read as a promise that can be measured."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from assay.contracts.error_rate import MAX_WINDOW_S, WINDOW_S, ErrorRate
from assay.contracts.vocabulary import custom, duration_s

__all__ = ["error_rate", "error_rate_levels", "read_level"]

_PERCENT = {**dict.fromkeys(("percent", "%"), 1), **dict.fromkeys(("ratio", "share"), 100)}
"""Units that a rate is read in, and how many percent each is."""


def error_rate_levels(value: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The service levels about the error rate of all records, with their place; one on a property is about others."""
    for place, level in enumerate(value.get("slaProperties", [])):
        is_rate = str(level.get("property", "")).lower() in ("errorrate", "er")
        if is_rate and "." not in str(level.get("element", "")):
            yield place, level


def error_rate(value: dict[str, Any]) -> ErrorRate | None:
    """What a contract promises, None where it promises nothing or in another unit than percent or ratio."""
    return next(filter(None, (read_level(level) for _, level in error_rate_levels(value))), None)


def read_level(level: dict[str, Any]) -> ErrorRate | None:
    """What one service level promises; None where value, unit or window can't be measured."""
    share, window = level.get("value"), custom(level).get("assay.window")
    unit = _PERCENT.get(str(level.get("unit", "")).lower())
    if unit is None or not isinstance(share, int | float) or isinstance(share, bool):
        return None
    window_s = duration_s(window) if window else WINDOW_S
    percent = float(Fraction(str(share)) * unit)
    return ErrorRate(percent, window_s) if 0 <= percent < 100 and window_s <= MAX_WINDOW_S else None
