"""What was measured in one phrase, and the limit in another: `7.4 % of email missing`, `at most 2 %`. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assay.alerts.breaches import Kind, Measurement
from assay.alerts.plain import plain
from assay.alerts.routing.excess import AT_LEAST, limit_words
from assay.contracts import Promise, ServiceLevel

__all__ = ["Phrase", "begun", "by_clock", "phrase", "when"]

DAY = re.compile(r"\d{4}-\d\d-\d\d")
PROMISED = ", promised "
COUNTED = {"nullValues": "missing", "missingValues": "missing", "invalidValues": "invalid"}


@dataclass(frozen=True, slots=True)
class Phrase:
    """How bad it is, and what was promised; both harmless, the second empty where the first says it all."""

    found: str
    limit: str


def phrase(promise: Promise | ServiceLevel | None, measurement: Measurement) -> Phrase:
    """Return a measurement in phrases; of a promise that is not known, the words that it came with."""
    said, _, limit = plain(measurement.measured).partition(PROMISED)
    if promise is None:
        return Phrase(said, limit)
    limit = plain(limit_words(promise))
    if isinstance(promise, ServiceLevel):
        return Phrase(
            said if promise.percent is None else f"{measurement.value:.3g} % of {plain(promise.subject)}", limit
        )
    share = f"{measurement.value:.3g} %" if promise.unit == "percent" else f"{measurement.value:,.0f}"
    only = "only " if promise.operator in AT_LEAST else ""
    return Phrase(f"{only}{share} {_of(promise)}", limit)


def by_clock(promise: Promise | ServiceLevel | None, measurement: Measurement) -> bool:
    """Whether it goes by the clock of the wall, from a beginning to an end, and not window by window."""
    is_level = isinstance(promise, ServiceLevel) and promise.window is None
    return is_level or measurement.kind is not Kind.PROMISE


def when(measurement: Measurement) -> str:
    """Return the window as it follows a phrase: ` on 2013-02-08`, ` from 2026-11-26 10:00 to 10:05 UTC`."""
    window = plain(measurement.window)
    if not window:
        return ""
    if DAY.fullmatch(window):
        return f" on {window}"
    return f" from {window}" if " to " in window else f" in {window}"


def begun(measurement: Measurement) -> str:
    """Return when the window began, in the words of the window."""
    return plain(measurement.window.partition(" to ")[0])


def _of(promise: Promise) -> str:
    counted = COUNTED.get(promise.metric)
    if counted is None:
        return "rows"
    of = "of " if promise.unit == "percent" else "rows of "
    return f"{of}{plain(promise.field or 'records')} {counted}"
