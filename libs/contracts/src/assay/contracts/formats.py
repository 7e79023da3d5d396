"""Dates and times as RFC 3339 writes them, for the schema and for reading an event time."""

from __future__ import annotations

import re

from assay.contracts.rfc3339 import is_date

__all__ = [
    "BASE64",
    "DATE",
    "DATE_TIME",
    "LOCAL_DATE_TIME",
    "LOCAL_TIME",
    "TIME",
    "days_since_1970",
    "decimal_pattern",
    "event_ms",
    "is_local_date_time",
]

# The schema engine checks ranges and the calendar, but takes `*+,-./` where a digit is due
# (jsonschema-rs 0.60.3), so every format goes with the pattern of its digits.
_DATE = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]{1,9})?"
_OFFSET = r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
DATE = f"^{_DATE}$"
TIME = f"^{_TIME}{_OFFSET}$"
LOCAL_TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?$"
DATE_TIME = f"^{_DATE}[Tt]{_TIME}{_OFFSET}$"
LOCAL_DATE_TIME = f"^{_DATE}[Tt]{LOCAL_TIME[1:]}"
BASE64 = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=|[A-Za-z0-9+/][AQgw]==)?$"

_INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d)))?", re.ASCII
)
_LOCAL = re.compile(LOCAL_DATE_TIME[1:-1])
_DAY_MS = 86_400_000


def decimal_pattern(precision: int, scale: int) -> str:
    """What a decimal of so many digits, so many of them after the point, is written like: `-12.50`, no exponent."""
    before, after = precision - scale, f"(\\.[0-9]{{1,{scale}}})?" if scale else ""
    return f"^-?(0|[1-9][0-9]{{0,{before - 1}}}){after}$" if before else f"^-?0{after}$"


def event_ms(text: str) -> int:
    """Milliseconds since 1970 of an RFC 3339 timestamp, or of the start of a date in UTC.

    Takes every timestamp that the judge accepts, leap seconds and the year 0 included.

    Raises:
        ValueError: the text is neither a timestamp with an offset nor a date.
    """
    found = _INSTANT.fullmatch(text)
    if found is None:
        raise ValueError("expected an RFC 3339 timestamp or a date")
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    fraction_ms = int((found[7] or "0").ljust(3, "0")[:3])
    offset_min = (int(found[9] or 0) * 60 + int(found[10] or 0)) * (-1 if found[8] == "-" else 1)
    seconds = (hour * 60 + minute - offset_min) * 60 + second
    return days_since_1970(year, month, day) * _DAY_MS + seconds * 1000 + fraction_ms


def is_local_date_time(text: str) -> bool:
    """Whether the text is a date and time of the calendar without an offset."""
    return bool(_LOCAL.fullmatch(text)) and is_date(text[:10])


def days_since_1970(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the proleptic Gregorian calendar, whose years here begin in March."""
    year -= month <= 2
    era, year_of_era = divmod(year, 400)
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719_468
