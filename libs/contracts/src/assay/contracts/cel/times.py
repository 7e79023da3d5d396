"""Timestamps and durations: read from text, written to it, and taken apart."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable

from assay.contracts.cel.errors import EvaluationError
from assay.contracts.cel.reference import asked
from assay.contracts.cel.values import Duration, Timestamp, Value

__all__ = ["GETTERS", "as_duration", "as_text", "as_timestamp"]

_SECOND_NS = 10**9
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z", re.ASCII)
_SPAN = re.compile(r"(-?)(\d+)(?:\.(\d{1,9}))?s", re.ASCII)
_EPOCH = datetime.datetime(1970, 1, 1)  # noqa: DTZ001 -- all of them are UTC


def as_timestamp(value: Value) -> Timestamp:
    """A text in RFC 3339, or seconds since 1970; the reference reads all but the plain spelling in UTC.

    Raises:
        EvaluationError: it is no timestamp.
    """
    if isinstance(value, Timestamp):
        return value
    if value.__class__ is str and (moment := _plain(value)) is not None:
        return moment
    if value.__class__ in (int, str) and (moment := _plain(asked("string(timestamp(a))", value))) is not None:
        return moment
    raise EvaluationError("no timestamp")


def _plain(text: str) -> Timestamp | None:
    spelled = _MOMENT.fullmatch(text)
    if spelled is None:
        return None
    try:
        since = datetime.datetime.fromisoformat(spelled[1]) - _EPOCH
    except ValueError:
        return None
    return Timestamp((since.days * 86_400 + since.seconds) * _SECOND_NS + _part_ns(spelled[2]))


def as_duration(value: Value) -> Duration:
    """A text such as `1h30m`; the reference reads it.

    Raises:
        EvaluationError: it is no duration.
    """
    if isinstance(value, Duration):
        return value
    spelled = _SPAN.fullmatch(asked("string(duration(a))", value)) if value.__class__ is str else None
    if spelled is None:
        raise EvaluationError("no duration")
    whole_ns = int(spelled[2]) * _SECOND_NS + _part_ns(spelled[3])
    return Duration(-whole_ns if spelled[1] else whole_ns)


def as_text(value: Timestamp | Duration) -> str:
    """As the reference writes it."""
    if isinstance(value, Timestamp):
        seconds, part_ns = divmod(int(value), _SECOND_NS)
        return (_EPOCH + datetime.timedelta(seconds=seconds)).isoformat() + _fraction(part_ns) + "Z"
    seconds, part_ns = divmod(abs(value), _SECOND_NS)
    return f"{'-' if value < 0 else ''}{seconds}{_fraction(part_ns)}s"


def _part_ns(digits: str | None) -> int:
    return int((digits or "").ljust(9, "0"))


def _fraction(part_ns: int) -> str:
    """What stands after the second: nothing, or three, six or nine digits."""
    digits = f"{part_ns:09}"
    while digits.endswith("000"):
        digits = digits[:-3]
    return f".{digits}" if digits else ""


def _getter(
    name: str, of_moment: Callable[[datetime.datetime], int], of_span: Callable[[int], int] | None = None
) -> Callable[..., int]:
    """A part of a time, in UTC or in a zone that the reference knows; or of a duration's nanoseconds."""

    def get(value: Value, *zone: Value) -> int:
        if isinstance(value, Timestamp):
            if not zone:
                return of_moment(_EPOCH + datetime.timedelta(microseconds=int(value) // 1000))
            if zone[0].__class__ is str:
                return int(asked(f"timestamp(a).{name}(b)", as_text(value), zone[0]))
        if isinstance(value, Duration) and of_span and not zone:
            return of_span(value) if value >= 0 else -of_span(-value)
        raise EvaluationError("no such overload")

    return get


GETTERS = {
    "getFullYear": _getter("getFullYear", lambda at: at.year),
    "getMonth": _getter("getMonth", lambda at: at.month - 1),
    "getDate": _getter("getDate", lambda at: at.day),
    "getDayOfMonth": _getter("getDayOfMonth", lambda at: at.day - 1),
    "getDayOfWeek": _getter("getDayOfWeek", lambda at: at.isoweekday() % 7),
    "getDayOfYear": _getter("getDayOfYear", lambda at: at.timetuple().tm_yday - 1),
    "getHours": _getter("getHours", lambda at: at.hour, lambda ns: ns // (3600 * _SECOND_NS)),
    "getMinutes": _getter("getMinutes", lambda at: at.minute, lambda ns: ns // (60 * _SECOND_NS)),
    "getSeconds": _getter("getSeconds", lambda at: at.second, lambda ns: ns // _SECOND_NS),
    "getMilliseconds": _getter(
        "getMilliseconds", lambda at: at.microsecond // 1000, lambda ns: ns % _SECOND_NS // 10**6
    ),
}
"""The methods that take a part of a time, by name."""
