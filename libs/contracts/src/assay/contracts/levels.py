"""The service levels of a contract file, read as promises that can be measured."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from assay.contracts.operations import read_patience
from assay.contracts.patience import Patience
from assay.contracts.service_level import LevelKind, ServiceLevel
from assay.contracts.vocabulary import custom
from assay.contracts.window import Window

__all__ = [
    "UNITS_MS",
    "bound_ms",
    "kind_of",
    "level_id",
    "measured_level",
    "read_levels",
    "window_of",
]

UNITS_MS = {
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), 1),
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1000),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60_000),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 3_600_000),
    **dict.fromkeys(("d", "day", "days"), 86_400_000),
}
"""Units of a service level, in milliseconds."""

USUAL_PERCENTILE = 99
USUAL_WINDOW = Window("PT5M")
"""Of an error rate that names none."""

MIN_ERROR_RECORDS = 100
"""The records from which on an error rate is held to its promise, where the contract does not say."""

_PERCENT = {**dict.fromkeys(("percent", "%"), 1), **dict.fromkeys(("ratio", "share"), 100)}
"""Units that a rate is read in, and how many percent each is."""

_KINDS: dict[str, LevelKind] = {
    "latency": "latency", "ly": "latency", "errorrate": "errorRate", "er": "errorRate", "frequency": "frequency",
    "fy": "frequency", "freshness": "freshness",
}  # fmt: skip
"""The standard's names of what is measured, and their short forms."""


def kind_of(level: dict[str, Any]) -> LevelKind | None:
    """What a service level is about, where it is something that can be measured."""
    return _KINDS.get(str(level.get("property", "")).lower())


def level_id(level: dict[str, Any]) -> str:
    """The id of a service level, or its kind."""
    return str(level.get("id") or kind_of(level) or level.get("property", ""))


def read_levels(value: dict[str, Any]) -> tuple[ServiceLevel, ...]:
    """The service levels of a contract that are measured, in order; others are notes for people."""
    levels = (measured_level(value, level) for level in value.get("slaProperties", []))
    return tuple(level for level in levels if level)


def measured_level(value: dict[str, Any], level: dict[str, Any]) -> ServiceLevel | None:
    """One service level as it is measured; None where it is not, or can't be."""
    kind, names = kind_of(level), custom(value)
    if kind == "errorRate":
        return _error_rate(names, level)
    if kind is None or (kind != "frequency" and "assay.eventTime" not in names) or not _is_of_events(names, level):
        return None
    bound, window = bound_ms(level), window_of(level)
    if bound is None or (window is None) != (kind != "latency"):
        return None
    return ServiceLevel(
        id=level_id(level),
        kind=kind,
        bound_ms=bound,
        percent=float(custom(level).get("assay.percentile", USUAL_PERCENTILE)) if kind == "latency" else None,
        window=window,
        driver=level.get("driver", ""),
        patience=_patience(names, level),
    )


def bound_ms(level: dict[str, Any]) -> int | None:
    """The time that a service level bounds, None where it states none above 0."""
    value, unit = level.get("value"), UNITS_MS.get(str(level.get("unit", "")).lower())
    if unit is None or not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return round(value * unit) or None if value > 0 else None


def window_of(level: dict[str, Any]) -> Window | None:
    """The window of a service level; None where it names none, or what is none."""
    try:
        return Window(str(custom(level).get("assay.window")))
    except ValueError:
        return None


def _error_rate(names: dict[str, Any], level: dict[str, Any]) -> ServiceLevel | None:
    percent = _share_percent(level)
    window = window_of(level) if "assay.window" in custom(level) else USUAL_WINDOW
    if percent is None or window is None or "." in str(level.get("element", "")):
        return None
    return ServiceLevel(
        id=level_id(level),
        kind="errorRate",
        percent=percent,
        window=window,
        driver=level.get("driver", ""),
        patience=_patience(names, level, MIN_ERROR_RECORDS),
    )


def _share_percent(level: dict[str, Any]) -> float | None:
    """The share that a service level states, in percent; None where it is none from 0 to below all."""
    share, unit = level.get("value"), _PERCENT.get(str(level.get("unit", "")).lower())
    if unit is None or not isinstance(share, int | float) or isinstance(share, bool):
        return None
    percent = float(Fraction(str(share)) * unit)
    return percent if 0 <= percent < 100 else None


def _patience(names: dict[str, Any], level: dict[str, Any], min_records: int = 0) -> Patience:
    return read_patience(names.get("assay.breach", {}), custom(level).get("assay.breach", {}), min_records)


def _is_of_events(names: dict[str, Any], level: dict[str, Any]) -> bool:
    """Whether a service level is about records as a whole: one on another property is about that."""
    element = str(level.get("element", ""))
    return "." not in element or element.rpartition(".")[2] == names.get("assay.eventTime")
