"""What a change of a service level is: which way each kind of level is the weaker one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from assay.contracts.diff.rulings import HARMLESS, MORE, REVIEW, TIGHTER, WEAKER, Ruling
from assay.contracts.diff.tree import Edit
from assay.contracts.levels import UNITS_MS

__all__ = ["level", "level_value"]

_DAY_MS = 86_400_000
_UNITS = {
    **UNITS_MS,
    **dict.fromkeys(("w", "week", "weeks"), 7 * _DAY_MS),
    **dict.fromkeys(("mo", "month", "months"), 30 * _DAY_MS),
    **dict.fromkeys(("y", "yr", "year", "years"), 365 * _DAY_MS),
}

_HIGHER_IS_WEAKER = frozenset(
    ("latency", "ly", "frequency", "fy", "freshness", "errorrate", "er", "timetodetect", "td", "timetonotify", "tn", "timetorepair",
     "tr", "generalavailability", "ga", "timeofavailability", "ta")
)  # fmt: skip
_LOWER_IS_WEAKER = frozenset(
    ("retention", "re", "availability", "av", "throughput", "th", "endofsupport", "es", "endoflife", "el",
     "productionuse")
)  # fmt: skip


def level(edit: Edit) -> Ruling:
    """A service level that is new, or is not there any more."""
    held = edit.after if edit.is_added else edit.before
    name = str(held.get("property", ""))
    if name.lower() == "productionuse" and held.get("value") is not True:
        return HARMLESS
    if edit.is_removed:
        return WEAKER.saying(f"nothing is promised about {name} any more")
    if name.lower() in _HIGHER_IS_WEAKER | _LOWER_IS_WEAKER:
        return TIGHTER.saying("late records are refused from now on") if _refuses(held) else MORE
    return REVIEW


def level_value(edit: Edit) -> Ruling:
    """The value of a service level, or its unit: both together are what is promised."""
    was, now = edit.held_before, edit.held_after
    name = str(now.get("property", "")).lower()
    before, after = _amount(was), _amount(now)
    if name not in _HIGHER_IS_WEAKER | _LOWER_IS_WEAKER:
        return REVIEW
    if before is None or after is None or isinstance(before, str) != isinstance(after, str):
        return WEAKER.saying("the two values can't be compared")
    if before == after:
        return HARMLESS
    is_higher = after > before  # type: ignore[operator]  # both are words or both are numbers
    if is_higher == (name in _HIGHER_IS_WEAKER):
        return WEAKER
    return TIGHTER if _refuses(now) else MORE


def _amount(held: Mapping[str, Any]) -> float | str | None:
    """The value in one unit, so that 60 m and 1 h are the same."""
    value, unit = held.get("value"), str(held.get("unit", "")).lower()
    if isinstance(value, str):
        return value if not unit else json.dumps([value, unit])
    if not isinstance(value, int | float):
        return None
    if not unit or unit in ("percent", "%"):
        return float(value)
    return float(value * _UNITS[unit]) if unit in _UNITS else None


def _refuses(held: Mapping[str, Any]) -> bool:
    return bool(held.get("customProperties", {}).get("assay.onLate") == "dead-letter")
