"""A window: the stretches of time over which a promise is measured, one after the other without a gap."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

__all__ = ["DAY", "Bounds", "Window"]

Bounds = tuple[int, int]
"""Where a window begins and where it ends, in milliseconds since 1970; the end is of the next one."""

_MINUTE_MS, _DAY_MINUTES = 60_000, 24 * 60
_DAY_MS = _DAY_MINUTES * _MINUTE_MS
_ONE_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORM = re.compile(r"PT([1-9][0-9]{0,3})([MH])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Window:
    """`P1D` is a day of a time zone; whole minutes or hours that divide a day begin with the epoch, in UTC.

    Raises:
        ValueError: the text is neither.
    """

    text: str

    def __post_init__(self) -> None:
        _minutes(self.text)

    @property
    def minutes(self) -> int | None:
        """How long it is; None of a day, which is 23 to 25 hours long where clocks change."""
        return _minutes(self.text)

    @property
    def phrase(self) -> str:
        """How it follows a number: `a day`, `an hour`, `in 5 minutes`."""
        return self.span if self.span.startswith("a") else f"in {self.span}"

    @property
    def span(self) -> str:
        """How long it is, in words: `a day`, `an hour`, `5 minutes`."""
        minutes = self.minutes
        if minutes is None:
            return "a day"
        if minutes % 60:
            return "a minute" if minutes == 1 else f"{minutes} minutes"
        return "an hour" if minutes == 60 else f"{minutes // 60} hours"

    def bounds(self, ms: int, timezone: str) -> Bounds:
        """The window that a moment is in, for a contract of that time zone."""
        if self.minutes is None:
            return _day(ms, timezone)
        length_ms = self.minutes * _MINUTE_MS
        start_ms = ms - ms % length_ms
        return start_ms, start_ms + length_ms

    def after(self, end_ms: int, timezone: str) -> Bounds:
        """The window after the one that ends there."""
        return self.bounds(end_ms, timezone)

    def words(self, start_ms: int, end_ms: int, timezone: str) -> str:
        """A window for people: `2013-02-08`, or `2026-11-26 10:00 to 10:05 UTC` by the clock of the time zone."""
        start, end = _clock(start_ms, timezone), _clock(end_ms, timezone)
        if self.minutes is None:
            # Where midnight is skipped, the first instant of a day is later; where it is repeated, it is the first.
            return start.date().isoformat()
        until = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%Y-%m-%d %H:%M}"
        offset = f" ({start:%z} to {end:%z})" if start.utcoffset() != end.utcoffset() else ""
        if not offset and (_is_twice(start) or _is_twice(end)):
            offset = f" ({start:%z})"
        return f"{start:%Y-%m-%d %H:%M} to {until} {start.tzinfo}{offset}"


@functools.cache
def _minutes(text: str) -> int | None:
    if text == "P1D":
        return None
    found = _FORM.fullmatch(text)
    minutes = int(found[1]) * (60 if found[2] == "H" else 1) if found else 0
    if not minutes or _DAY_MINUTES % minutes:
        raise ValueError(
            f"{text!r} is no window: a day is P1D, others are minutes or hours that divide a day, like PT5M"
        )
    return minutes


def _day(ms: int, timezone: str) -> Bounds:
    """The day from its first midnight to that of the next; where the calendar ends, days are those of UTC."""
    try:
        day = _clock(ms, timezone).date()
        while _midnight_ms(day, timezone) > ms:
            day -= _ONE_DAY
        while (end_ms := _midnight_ms(day + _ONE_DAY, timezone)) <= ms:
            day += _ONE_DAY
        return _midnight_ms(day, timezone), end_ms
    except (OverflowError, ValueError):
        return ms - ms % _DAY_MS, ms - ms % _DAY_MS + _DAY_MS


def _midnight_ms(day: date, timezone: str) -> int:
    return (datetime.combine(day, time.min, _zone(timezone)) - _EPOCH) // timedelta(milliseconds=1)


def _clock(ms: int, timezone: str) -> datetime:
    return (_EPOCH + timedelta(milliseconds=ms)).astimezone(_zone(timezone))


def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _is_twice(when: datetime) -> bool:
    """Whether the clock shows this time twice, before and after it is put back."""
    return when.replace(fold=0).utcoffset() != when.replace(fold=1).utcoffset()


DAY = Window("P1D")
"""A day of the contract's time zone."""
