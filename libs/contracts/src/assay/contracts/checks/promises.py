"""Promises: quality lines that say they are measured by Assay, and can be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from assay.contracts.checks.parts import body_of, repeated
from assay.contracts.checks.windows import window_problem
from assay.contracts.document import Document, Pointer
from assay.contracts.errors import Finding
from assay.contracts.promise import METRICS, OPERATORS
from assay.contracts.reading import WINDOW, promise_id, quality_lines, window_lines
from assay.contracts.words import did_you_mean, listed

__all__ = ["check_promises"]

_ARGUMENTS = {"missingValues": "missingValues", "invalidValues": "validValues"}


def check_promises(document: Document) -> Iterator[Finding]:
    """Every line with the scheduler assay.window is a promise that can be measured, and has someone to tell."""
    body, at = body_of(document), ("schema", 0)
    for _, line, place in quality_lines(body):
        scheduler = line.get("scheduler", "")
        if scheduler.startswith("assay") and scheduler != WINDOW:
            message = f"unknown scheduler {scheduler!r}{did_you_mean(scheduler, [WINDOW])}"
            yield document.finding((*at, *place, "scheduler"), message)
    lines = list(window_lines(body))
    for field, line, place in lines:
        yield from _line(document, field, line, (*at, *place))
    for index, name in repeated([{"id": promise_id(field, line)} for field, line, _ in lines], "id"):
        yield document.finding((*at, *lines[index][2]), f"promise {name!r} is here twice; give each line its own id")
    if lines and not document.value.get("support"):
        message = "a promise needs someone to tell when it is broken; add a channel under `support`"
        yield document.finding((*at, *lines[0][2]), message)


def _line(document: Document, field: str | None, line: dict[str, Any], at: Pointer) -> Iterator[Finding]:
    metric = line.get("metric")
    if metric not in METRICS:
        yield document.finding(
            (*at, "metric"), f"a window cannot be measured by {metric}; use one of {listed(METRICS)}"
        )
        return
    if (metric == "rowCount") != (field is None):
        place = "the schema object" if metric == "rowCount" else "a property"
        yield document.finding(at, f"{metric} counts on {place}; move the line there")
    if "schedule" not in line:
        message = "a promise is measured over a window; write `schedule: P1D` for a day, or one like PT5M"
        yield document.finding(at, message)
    elif message := window_problem(line["schedule"]):
        yield document.finding((*at, "schedule"), message)
    units = ("rows",) if metric == "rowCount" else ("rows", "percent")
    if line.get("unit", "rows") not in units:
        yield document.finding((*at, "unit"), f"unknown unit {line['unit']!r}; use {' or '.join(units)}")
    yield from _threshold(document, line, at)
    needed = _ARGUMENTS.get(metric)
    if needed and not isinstance(line.get("arguments", {}).get(needed), list):
        yield document.finding((*at, "arguments"), f"{metric} needs a list `arguments: {{{needed}: [...]}}`")


def _threshold(document: Document, line: dict[str, Any], at: Pointer) -> Iterator[Finding]:
    operator = next(name for name in OPERATORS if name in line)
    limit = line[operator]
    limits = limit if isinstance(limit, list) else [limit]
    if not all(isinstance(each, int | float) and not isinstance(each, bool) and each >= 0 for each in limits):
        yield document.finding((*at, operator), f"{operator} must be a number, 0 or more")
    elif len(limits) == 2 and limits[0] > limits[1]:
        yield document.finding((*at, operator), f"{operator} must be [low, high]")
    elif line.get("unit") == "percent" and max(limits) > 100:
        yield document.finding((*at, operator), f"{operator} is above 100 %")
