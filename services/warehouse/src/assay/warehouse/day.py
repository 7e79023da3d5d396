"""A day of a time zone, and its bounds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from assay.warehouse.errors import DayError

__all__ = ["Day"]


@dataclass(frozen=True, slots=True)
class Day:
    """From its first instant to the first of the next day, which is 23 to 25 hours later where clocks change."""

    date: date
    start_ms: int
    end_ms: int

    @classmethod
    def parse(cls, text: str, timezone: str) -> Day:
        """Read YYYY-MM-DD.

        Raises:
            DayError: the text is no such day.
        """
        try:
            day = date.fromisoformat(text)
            if day.isoformat() != text:
                raise DayError(text)
            bounds = (_start_ms(each, timezone) for each in (day, day + timedelta(days=1)))
            return cls(day, *bounds)
        except (ValueError, OverflowError) as error:
            raise DayError(text) from error

    def __str__(self) -> str:
        return self.date.isoformat()


def _start_ms(day: date, timezone: str) -> int:
    """Answer the first instant of a day, also where clocks skip or repeat midnight."""
    return int(datetime.combine(day, time.min, ZoneInfo(timezone)).timestamp() * 1000)
