"""Values of a binary form as JSON spells them; one that JSON has no place for is spelled so that its schema refuses it."""

from __future__ import annotations

import math
import struct

__all__ = ["date", "decimal", "finite", "instant", "integer", "local", "single", "time"]

_DAY_S = 86_400
_MICRO = 1_000_000
_I64_MIN, _U64_MAX = -(2**63), 2**64 - 1


def finite(value: float) -> float | str:
    """A number; NaN and the infinities, which are none, by name."""
    return value if math.isfinite(value) else "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"


def single(value: float) -> float | str:
    """The shortest number that is this value in 32 bits: 0.1, not 0.10000000149011612."""
    if not math.isfinite(value):
        return finite(value)
    packed = struct.pack("<f", value)
    texts = (f"{value:.{digits}g}" for digits in (6, 7, 8))
    return next((float(text) for text in texts if _packs(float(text), packed)), float(f"{value:.9g}"))


def _packs(value: float, packed: bytes) -> bool:
    try:
        return struct.pack("<f", value) == packed
    except OverflowError:  # rounded up, past the largest of 32 bits
        return False


def integer(value: int) -> float:
    """An integer; one of more than 64 bits as the JSON reader has it."""
    return value if _I64_MIN <= value <= _U64_MAX else float(value)


def decimal(unscaled: int, scale: int) -> str:
    """A decimal with all its places: 1250 of scale 2 is 12.50."""
    if not scale:
        return str(unscaled)
    digits = f"{abs(unscaled):0{scale + 1}d}"
    return f"{'-' * (unscaled < 0)}{digits[:-scale]}.{digits[-scale:]}"


def date(days: int) -> str:
    """The date so many days after 1970-01-01; outside the years 0 to 9999, a year with its sign or of more digits."""
    era, day_of_era = divmod(days + 719_468, 146_097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month + 2) // 5 + 1
    month += 3 if month < 10 else -9
    return f"{year_of_era + era * 400 + (month <= 2):04d}-{month:02d}-{day:02d}"


def local(seconds: int, fraction: int = 0, places: int = 6) -> str:
    """The date and time so many seconds after 1970, with as many places of its fraction as it needs."""
    days, rest = divmod(seconds, _DAY_S)
    return f"{date(days)}T{_clock(rest, fraction, places)}"


def instant(seconds: int, fraction: int = 0, places: int = 6) -> str:
    """The same in UTC."""
    return f"{local(seconds, fraction, places)}Z"


def time(micros: int) -> str:
    """The time of the day; from 24:00:00 on, or below 0, one that no clock shows."""
    seconds, fraction = divmod(micros, _MICRO)
    return _clock(seconds, fraction, 6)


def _clock(seconds: int, fraction: int, places: int) -> str:
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    clock, digits = f"{hour:02d}:{minute:02d}:{second:02d}", f"{fraction:0{places}d}"
    if len(digits) > places:  # more than a second: no clock shows it
        return f"{clock}.{digits}"
    return f"{clock}.{digits}".rstrip("0") if fraction else clock
