"""The functions of CEL over values of Python; those that read or write text in rare ways ask the reference."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

from assay.contracts.cel.errors import EvaluationError
from assay.contracts.cel.reference import asked
from assay.contracts.cel.values import Duration, Timestamp, TypeName, UInt, within

__all__ = ["FUNCTIONS", "TYPES"]

_SECOND_NS = 10**9
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z", re.ASCII)
_SPAN = re.compile(r"(-?)(\d+)(?:\.(\d{1,9}))?s", re.ASCII)
_EPOCH = datetime.datetime(1970, 1, 1)  # noqa: DTZ001 -- all of them are UTC
TYPES = {
    None.__class__: "null_type",
    bool: "bool",
    int: "int",
    UInt: "uint",
    float: "double",
    str: "string",
    list: "list",
    dict: "map",
    Timestamp: "google.protobuf.Timestamp",
    Duration: "google.protobuf.Duration",
    TypeName: "type",
}
"""The name of each type, by the class of its values."""


def _of(value: Any, *kinds: type) -> Any:
    if value.__class__ in kinds:
        return value
    raise EvaluationError("no such overload")


def _size(value: Any) -> int:
    return len(_of(value, str, list, dict))


def _starts(value: Any, part: Any) -> bool:
    return bool(_of(value, str).startswith(_of(part, str)))


def _ends(value: Any, part: Any) -> bool:
    return bool(_of(value, str).endswith(_of(part, str)))


def _holds(value: Any, part: Any) -> bool:
    return _of(part, str) in _of(value, str)


def _matches(value: Any, pattern: Any) -> Any:
    return asked("a.matches(b)", _of(value, str), _of(pattern, str))


def _type(value: Any) -> TypeName:
    if value.__class__ in TYPES:
        return TypeName(TYPES[value.__class__])
    raise EvaluationError("no type of CEL")


def _int(value: Any) -> Any:
    if value.__class__ is int:
        return value
    if value.__class__ is Timestamp:
        return int(value) // _SECOND_NS
    if value.__class__ is UInt:
        return within(int(value))
    return asked("int(a)", _of(value, float, str, bool))


def _uint(value: Any) -> Any:
    if value.__class__ is UInt:
        return value
    return asked("uint(a)", _of(value, int, float, str))


def _double(value: Any) -> Any:
    if value.__class__ in (int, UInt, float):
        return float(value)
    return asked("double(a)", _of(value, str))


def _string(value: Any) -> Any:
    if value.__class__ in (str, int, UInt):
        return str(value)
    if value.__class__ is Timestamp:
        seconds, part_ns = divmod(int(value), _SECOND_NS)
        return f"{_EPOCH + datetime.timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}".zfill(19) + _fraction(part_ns) + "Z"
    if value.__class__ is Duration:
        seconds, part_ns = divmod(abs(value), _SECOND_NS)
        return f"{'-' if value < 0 else ''}{seconds}{_fraction(part_ns)}s"
    return asked("string(a)", _of(value, float, bool))


def _fraction(part_ns: int) -> str:
    """What stands after the second: nothing, or three, six or nine digits."""
    digits = f"{part_ns:09}"
    while digits.endswith("000"):
        digits = digits[:-3]
    return f".{digits}" if digits else ""


def _bool(value: Any) -> Any:
    return value if value.__class__ is bool else asked("bool(a)", _of(value, str))


def _timestamp(value: Any) -> Any:
    if value.__class__ is Timestamp:
        return value
    if value.__class__ is int:
        value = asked("string(timestamp(a))", value)
    moment = _moment(_of(value, str))
    return _moment(asked("string(timestamp(a))", value), is_last=True) if moment is None else moment


def _moment(text: str, is_last: bool = False) -> Any:
    """The time of a plain spelling, or None for the reference to say."""
    if spelled := _MOMENT.fullmatch(text):
        try:
            since = datetime.datetime.fromisoformat(spelled[1]) - _EPOCH
        except ValueError:
            if is_last:
                raise EvaluationError("no time") from None
        else:
            return Timestamp((since.days * 86_400 + since.seconds) * _SECOND_NS + int((spelled[2] or "").ljust(9, "0")))
    return None


def _duration(value: Any) -> Any:
    if value.__class__ is Duration:
        return value
    spelled = _SPAN.fullmatch(asked("string(duration(a))", _of(value, str)))
    if spelled is None:
        raise EvaluationError("no duration")
    whole_ns = int(spelled[2]) * _SECOND_NS + int((spelled[3] or "").ljust(9, "0"))
    return Duration(-whole_ns if spelled[1] else whole_ns)


def _getter(name: str, of_moment: Callable[[datetime.datetime], int], unit_ns: int = 0) -> Callable[..., Any]:
    """A part of a time, in UTC or in a zone that the reference knows; or of a duration, where it has that part."""

    def get(value: Any, *zone: Any) -> Any:
        if value.__class__ is Timestamp:
            if zone:
                return asked(f"timestamp(a).{name}(b)", _string(value), _of(zone[0], str))
            return of_moment(_EPOCH + datetime.timedelta(microseconds=int(value) // 1000))
        if value.__class__ is Duration and unit_ns and not zone:
            whole = abs(value) // unit_ns
            return int(whole if value >= 0 else -whole)
        raise EvaluationError("no such overload")

    return get


def _milliseconds(value: Any, *zone: Any) -> Any:
    if value.__class__ is Duration and not zone:
        part = abs(value) % _SECOND_NS // 10**6
        return int(part if value >= 0 else -part)
    return _MILLISECONDS(value, *zone)


_MILLISECONDS = _getter("getMilliseconds", lambda at: at.microsecond // 1000)

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "size": _size,
    "startsWith": _starts,
    "endsWith": _ends,
    "contains": _holds,
    "matches": _matches,
    "type": _type,
    "dyn": lambda value: value,
    "int": _int,
    "uint": _uint,
    "double": _double,
    "string": _string,
    "bool": _bool,
    "timestamp": _timestamp,
    "duration": _duration,
    "getFullYear": _getter("getFullYear", lambda at: at.year),
    "getMonth": _getter("getMonth", lambda at: at.month - 1),
    "getDate": _getter("getDate", lambda at: at.day),
    "getDayOfMonth": _getter("getDayOfMonth", lambda at: at.day - 1),
    "getDayOfWeek": _getter("getDayOfWeek", lambda at: at.isoweekday() % 7),
    "getDayOfYear": _getter("getDayOfYear", lambda at: at.timetuple().tm_yday - 1),
    "getHours": _getter("getHours", lambda at: at.hour, 3600 * _SECOND_NS),
    "getMinutes": _getter("getMinutes", lambda at: at.minute, 60 * _SECOND_NS),
    "getSeconds": _getter("getSeconds", lambda at: at.second, _SECOND_NS),
    "getMilliseconds": _milliseconds,
}
"""By name; of a method the object is the first argument."""
