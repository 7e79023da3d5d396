"""Maintenance: times in which what is measured is not held against a promise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

__all__ = ["WEEKDAYS", "Maintenance"]

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_MINUTES, _WEEK_MS = 24 * 60, 7 * 24 * 3_600_000
_MS = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Maintenance:
    """One time, from `from_ms` to `to_ms`, or one of each week, by the clock of the contract's time zone.

    A weekly one begins on `weekday` (0 is Monday) at `from_minute` of the day; one that ends before that minute ends on
    the day after. Where the clock is put back meanwhile, it lasts until the later of two equal times.
    """

    why: str
    from_ms: int = 0
    to_ms: int = 0
    weekday: int | None = None
    from_minute: int = 0
    to_minute: int = 0

    def words(self, timezone: str) -> str:
        """When it is, by the clock of the time zone: `every sunday from 02:00 to 04:00`."""
        if self.weekday is not None:
            return f"every {WEEKDAYS[self.weekday]} from {_hour(self.from_minute)} to {_hour(self.to_minute)}"
        begin, end = ((_EPOCH + ms * _MS).astimezone(ZoneInfo(timezone)) for ms in (self.from_ms, self.to_ms))
        return f"from {begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}"

    def meets(self, start_ms: int, end_ms: int, timezone: str) -> str | None:
        """Why a window is not held against a promise, None where it is; the end is not of the window."""
        return (
            self.why
            if any(begin < end_ms and start_ms < end for begin, end in self._times(start_ms, end_ms, timezone))
            else None
        )

    def _times(self, start_ms: int, end_ms: int, timezone: str) -> Iterator[tuple[int, int]]:
        """The times that may meet a window."""
        if self.weekday is None:
            yield self.from_ms, self.to_ms
            return
        if end_ms - start_ms >= _WEEK_MS:  # a week has one, whatever clocks do
            yield start_ms, end_ms
            return
        zone = ZoneInfo(timezone)
        try:
            day = _date(start_ms, zone) - timedelta(days=2)
            last = _date(end_ms, zone) + timedelta(days=1)
            while day <= last:
                if day.weekday() == self.weekday:
                    yield self._on(day, zone)
                day += timedelta(days=1)
        except OverflowError:  # a moment beyond the calendar has no weekday
            return

    def _on(self, day: date, zone: ZoneInfo) -> tuple[int, int]:
        length = self.to_minute - self.from_minute
        ends_on = day if length > 0 else day + timedelta(days=1)
        return min(_moments(day, self.from_minute, zone)), max(_moments(ends_on, self.to_minute, zone))


def _hour(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _date(ms: int, zone: ZoneInfo) -> date:
    return (_EPOCH + ms * _MS).astimezone(zone).date()


def _moments(day: date, minute: int, zone: ZoneInfo) -> tuple[int, int]:
    """When a clock shows this minute: two moments where it is put back, and around where it is put forward past it."""
    days, minute = divmod(minute, _DAY_MINUTES)
    on, at = day + timedelta(days=days), time(minute // 60, minute % 60)
    one, other = (datetime.combine(on, at.replace(fold=fold), zone) for fold in (0, 1))
    return (one - _EPOCH) // _MS, (other - _EPOCH) // _MS
