"""Which windows closed since the watermark moved, and which are open again because late records fell into them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from assay.contracts import Window

__all__ = ["EMPTY_RUN", "LONGEST_EMPTY", "MOST_WINDOWS", "Plan", "Span", "plan", "touched"]

MINUTE_MS = 60_000
DAY_MINUTES = 24 * 60

MOST_WINDOWS = 250
"""Windows of the shortest length that are closed in one turn, so that a turn stays short."""

LONGEST_EMPTY = 1_000
"""Windows without a record, one after the other, that are all closed; of a longer stretch the first few are."""

EMPTY_RUN = 20
"""The first few: twice what patience looks back, so that more of the same would change nothing."""

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """The windows that close now, by length, and how far event time is evaluated with them."""

    to_ms: int
    closed: tuple[tuple[Window, Span], ...] = ()
    has_more: bool = False


def plan(lengths: Iterable[Window], timezone: str, done_ms: int, watermark_ms: int, next_record_ms: int | None) -> Plan:
    """Return what closes between what is evaluated and the watermark, as far as one turn goes.

    Windows in which nothing arrived close as well. Of a stretch without records that is longer than `LONGEST_EMPTY`, as
    between a replay of old records and those of today, the first few close and the others are passed by.

    Args:
        lengths: the windows that the contract's promises are measured over.
        timezone: the contract's.
        done_ms: how far event time is evaluated: windows that end there or before are closed.
        watermark_ms: up to where records are complete.
        next_record_ms: the first minute at `done_ms` or later that holds a record; None for none.
    """
    distinct = sorted(set(lengths), key=_minutes)
    if not distinct or watermark_ms <= done_ms:
        return Plan(max(done_ms, watermark_ms))
    shortest, shortest_ms = distinct[0], _minutes(distinct[0]) * MINUTE_MS
    ahead_ms = watermark_ms if next_record_ms is None else min(watermark_ms, next_record_ms)
    if ahead_ms - done_ms > LONGEST_EMPTY * shortest_ms:
        to_ms = shortest.bounds(ahead_ms, timezone)[0]
        most = EMPTY_RUN
    else:
        to_ms, most = min(watermark_ms, done_ms + MOST_WINDOWS * shortest_ms), None
    closed = ((each, span) for each in distinct for span in islice(_between(each, timezone, done_ms, to_ms), most))
    return Plan(to_ms, tuple(sorted(closed, key=_by_end)), has_more=to_ms < watermark_ms)


def touched(
    lengths: Iterable[Window], timezone: str, done_ms: int, minutes: Iterable[int]
) -> Sequence[tuple[Window, Span]]:
    """Return the windows that were closed and hold one of these minutes, the oldest first."""
    found = {
        (each, span)
        for each in set(lengths)
        for minute in minutes
        if (span := each.bounds(minute * MINUTE_MS, timezone))[1] <= done_ms
    }
    return sorted(found, key=_by_end)


def _between(window: Window, timezone: str, done_ms: int, to_ms: int) -> Iterable[Span]:
    """The windows that end after what is done, and not after `to_ms`."""
    start_ms, end_ms = window.bounds(done_ms, timezone)
    while end_ms <= to_ms:
        yield start_ms, end_ms
        start_ms, end_ms = window.after(end_ms, timezone)


def _by_end(one: tuple[Window, Span]) -> tuple[int, str]:
    return one[1][1], one[0].text


def _minutes(window: Window) -> int:
    return window.minutes or DAY_MINUTES
