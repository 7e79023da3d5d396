"""Dates and times exactly as RFC 3339 has them: the formats `date`, `time` and `date-time` of JSON Schema."""

from __future__ import annotations

import re

__all__ = ["is_date", "is_date_time", "is_time"]

_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_TIME = re.compile(r"(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII)
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DAY_MIN = 24 * 60


def is_date(text: str) -> bool:
    """Whether the text is a day of the calendar, the year 0 included."""
    found = _DATE.fullmatch(text)
    if found is None:
        return False
    year, month, day = map(int, found.groups())
    return 1 <= month <= 12 and 1 <= day <= _DAYS[month - 1] + (month == 2 and _is_leap(year))


def is_time(text: str) -> bool:
    """Whether the text is a time of day with its offset; a leap second ends a day in UTC, and no other minute."""
    found = _TIME.fullmatch(text)
    if found is None:
        return False
    hour, minute, second = map(int, found.groups()[:3])
    offset_hour, offset_minute = int(found[5] or 0), int(found[6] or 0)
    if hour > 23 or minute > 59 or second > 60 or offset_hour > 23 or offset_minute > 59:
        return False
    offset_min = (offset_hour * 60 + offset_minute) * (-1 if found[4] == "-" else 1)
    return second < 60 or (hour * 60 + minute - offset_min) % _DAY_MIN == _DAY_MIN - 1


def is_date_time(text: str) -> bool:
    """Whether the text is a date, T, and a time with its offset."""
    return text[10:11] in ("T", "t") and is_date(text[:10]) and is_time(text[11:])


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
