"""When a record is late: one service level that says so, over the time of the event."""

from __future__ import annotations

from collections.abc import Iterator

from assay.contracts.checks.parts import custom_at
from assay.contracts.document import Document
from assay.contracts.errors import Finding
from assay.contracts.levels import UNITS_MS
from assay.contracts.reading import late_levels
from assay.contracts.words import did_you_mean

__all__ = ["check_lateness"]


def check_lateness(document: Document) -> Iterator[Finding]:
    """A service level with assay.onLate bounds the time between the event and the arrival of its record."""
    levels = late_levels(document.value)
    for place, _ in levels[1:]:
        yield document.finding(("slaProperties", place), "assay.onLate is here twice; keep it on one service level")
    for place, level in levels[:1]:
        at = ("slaProperties", place)
        if level["property"] != "latency":
            message = f"assay.onLate belongs to the service level latency, not to {level['property']}; move it there"
            yield document.finding((*at, "property"), message)
        value, unit = level["value"], level.get("unit", "")
        if not isinstance(value, int | float) or isinstance(value, bool) or value <= 0:
            yield document.finding((*at, "value"), f"the bound {value!r} is no time; write a number above 0")
        if unit not in UNITS_MS:
            hint = did_you_mean(unit, UNITS_MS) or "; write ms, s, m, h or d"
            yield document.finding((*at, "unit"), f"the bound needs a unit; {unit!r} is none{hint}")
        event_time, _ = custom_at(document, "assay.eventTime")
        if event_time is None:
            message = "a record is late by the time of its event; name that property with assay.eventTime"
            yield document.finding(at, message)
        elif (element := level.get("element", event_time)).rpartition(".")[2] != event_time:
            message = f"lateness is measured on the event time {event_time!r}, not on {element!r}; name it, or none"
            yield document.finding((*at, "element"), message)
