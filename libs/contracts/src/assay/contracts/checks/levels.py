"""Service levels: those that ask to be measured can be, and say how."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from assay.contracts.checks.parts import body_of, custom_place, repeated
from assay.contracts.checks.windows import window_problem
from assay.contracts.document import Document, Pointer
from assay.contracts.errors import Finding
from assay.contracts.levels import bound_ms, kind_of, level_id, measured_level
from assay.contracts.reading import promise_id, window_lines
from assay.contracts.vocabulary import custom
from assay.contracts.words import did_you_mean

__all__ = ["check_levels", "how_to_measure"]

_WINDOW, _BREACH = "assay.window", "assay.breach"
_BY_COUNT, _BY_CLOCK = ("latency", "errorRate"), ("frequency", "freshness")


def check_levels(document: Document) -> Iterator[Finding]:
    """A service level with assay.window or assay.breach is measured, and each that is measured has its own id."""
    levels = document.value.get("slaProperties", [])
    for place, level in enumerate(levels):
        at, names = ("slaProperties", place), custom(level)
        if _WINDOW in names and (problem := _problem(document.value, level)):
            yield document.finding((*at, *problem[0]), problem[1])
        elif _BREACH in names and measured_level(document.value, level) is None:
            hint = how_to_measure(document.value, level)
            message = f"nothing measures this service level, so assay.breach says nothing; {hint}"
            yield document.finding((*at, *custom_place(level, _BREACH)), message)
    yield from _twice(document, levels)


def _problem(value: dict[str, Any], level: dict[str, Any]) -> tuple[Pointer, str] | None:
    """What is wrong with a service level that is to be measured over a window, and where."""
    kind, window = kind_of(level), str(custom(level)[_WINDOW])
    at = custom_place(level, _WINDOW)
    if kind is None:
        hint = did_you_mean(str(level["property"]), (*_BY_COUNT, *_BY_CLOCK)) or "; take assay.window out"
        return ("property",), f"{level['property']!r} is not measured over a window{hint}"
    if kind in _BY_CLOCK:
        return at, f"{kind} is measured by the clock, whenever nothing comes; take assay.window out"
    if message := window_problem(window):
        return at, message
    if measured_level(value, level):
        return None
    return (), f"{how_to_measure(value, level)}, or take assay.window out"


def how_to_measure(value: dict[str, Any], level: dict[str, Any]) -> str:
    """How a service level that is not measured is to be written."""
    kind, event_time = kind_of(level), custom(value).get("assay.eventTime")
    element = str(level.get("element", ""))
    if kind is None:
        return f"one of {', '.join((*_BY_COUNT, *_BY_CLOCK))} is measured; take assay.breach out"
    if kind == "errorRate":
        if "." in element:
            return f"an error rate is that of all records, not of {element!r}; take `element` out"
        return "an error rate is a share from 0 to below 100 percent; write it like `value: 1, unit: percent`"
    if kind != "frequency" and event_time is None:
        return f"{kind} is measured by the time of the event; name that property with assay.eventTime"
    if "." in element and element.rpartition(".")[2] != event_time:
        return f"{kind} is that of all records, not of {element!r}; take `element` out"
    if bound_ms(level) is None:
        return f"{kind} is a time above 0; write it like `value: 15, unit: m`"
    return "latency is measured over a window; add assay.window, like PT5M"


def _twice(document: Document, levels: list[dict[str, Any]]) -> Iterator[Finding]:
    lines = [{"id": promise_id(field, line)} for field, line, _ in window_lines(body_of(document))]
    measured = [place for place, level in enumerate(levels) if measured_level(document.value, level)]
    for index, name in repeated([*lines, *({"id": level_id(levels[place])} for place in measured)], "id"):
        if index >= len(lines):
            place = measured[index - len(lines)]
            yield document.finding(("slaProperties", place), f"promise {name!r} is here twice; give each its own `id`")
