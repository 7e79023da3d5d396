"""Dates, times and timestamps as a contract has them written: read into a number that compares, and written from it.

`format` of ODCS is a pattern of Java's DateTimeFormatter. The letters here are those that mean one thing in every
locale and have a fixed width, so that reading takes linear time.
"""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from assay.contracts.formats import DATE, DATE_TIME, LOCAL_DATE_TIME, LOCAL_TIME, TIME, days_since_1970
from assay.contracts.model import Field
from assay.contracts.types import type_of

__all__ = ["KINDS", "FormatError", "Moment", "has_own_spelling", "moment", "moment_of", "respelled"]

_SECOND, _DAY_S = 1_000_000_000, 86_400
_DAY = _DAY_S * _SECOND
_LETTERS = {
    "yyyy": ("year", "[0-9]{4}"),
    "uuuu": ("year", "[0-9]{4}"),
    "MM": ("month", "0[1-9]|1[0-2]"),
    "dd": ("day", "0[1-9]|[12][0-9]|3[01]"),
    "HH": ("hour", "[01][0-9]|2[0-3]"),
    "mm": ("minute", "[0-5][0-9]"),
    "ss": ("second", "[0-5][0-9]"),
    **{"S" * width: ("fraction", f"[0-9]{{{width}}}") for width in range(1, 10)},
    "XXX": ("offset", "Z|[+-](?:(?:0[0-9]|1[0-7]):[0-5][0-9]|18:00)"),
    "Z": ("offset", "[+-](?:(?:0[0-9]|1[0-7])[0-5][0-9]|1800)"),
}
_ORDINAL_OF_1970 = 719_163
_ORDER = ("hour", "minute", "second", "fraction")
_TOKEN = re.compile(r"'(?:[^']|'')*'|([A-Za-z])\1*|.", re.DOTALL)
_RESERVED = "'[]{}#"

_DATE, _CLOCK = r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)", r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
_ISO = {
    "date": (DATE, _DATE, "yyyy-MM-dd"),
    "timestamp": (DATE_TIME, f"{_DATE}[Tt]{_CLOCK}", "yyyy-MM-dd'T'HH:mm:ss{}XXX"),
    "local timestamp": (LOCAL_DATE_TIME, f"{_DATE}[Tt]{_CLOCK}", "yyyy-MM-dd'T'HH:mm:ss{}"),
    "time": (LOCAL_TIME, _CLOCK, "HH:mm:ss{}"),
    "offset time": (TIME, _CLOCK, "HH:mm:ss{}XXX"),
}
"""Of each type the whole of RFC 3339, where its parts are, and how it is written."""

KINDS = tuple(_ISO)
"""Rows of the table of types whose values are moments."""

_REST = r"(?:\.(?P<fraction>\d{1,9}))?(?P<offset>[Zz]|[+-]\d\d:\d\d)?"


class FormatError(ValueError):
    """A pattern does not say how a value of that type is written."""


@dataclass(frozen=True, slots=True)
class Moment:
    """How the text of one type is written; without a form as RFC 3339 has it."""

    kind: str
    form: str = ""
    _whole: re.Pattern[str] = field(default=re.compile(""), repr=False)
    _parts: re.Pattern[str] = field(default=re.compile(""), repr=False)

    @property
    def example(self) -> str:
        """Such a text."""
        noon = 12 * 3600 * _SECOND
        day = days_since_1970(2013, 2, 28) * _DAY
        return self.write({"date": day, "time": noon, "offset time": noon}.get(self.kind, day + noon)) or self.form

    def read(self, text: str) -> int | None:
        """Nanoseconds since 1970, or since midnight; None if the text is no such moment of the calendar."""
        if not self._whole.fullmatch(text):
            return None
        found = self._parts.match(text)
        return _nanoseconds(found.groupdict(), 1 if "yyyy" in self.form else 0) if found else None

    def write(self, nanoseconds: int) -> str | None:
        """The text of a moment, in UTC where it has an offset; None where the form has no place for a part of it."""
        fraction = f".{'S' * 9}" if nanoseconds % _SECOND else ""
        form = self.form or _ISO[self.kind][2].format(fraction)
        try:
            text = "".join(_written(part, nanoseconds) for part in _tokens(form))
        except (OverflowError, ValueError):
            return None
        if fraction and not self.form:
            text = re.sub(r"(\.\d*?)0+(?=Z?$)", r"\1", text)
        return text if self.read(text) == nanoseconds else None


@functools.lru_cache(maxsize=1024)
def moment(kind: str, form: str = "") -> Moment:
    """How a type of the table is written, in a form of its own or as RFC 3339 has it.

    Raises:
        FormatError: the form has other letters, or does not say all of a value of that type.
    """
    whole, parts, plain = _ISO[kind]
    if not form or form == plain:
        return Moment(kind, "", re.compile(whole[1:-1]), re.compile(parts + _REST))
    _check(kind, list(_names(form)))
    compiled = re.compile("".join(map(_pattern, _tokens(form))))
    return Moment(kind, form, compiled, compiled)


def moment_of(of: Field) -> Moment | None:
    """How the values of a field are written, if they are moments."""
    kind = type_of(of).name
    return moment(kind, str(of.options.get("format", ""))) if kind in _ISO else None


def has_own_spelling(of: Field) -> bool:
    """Whether a field is a moment that is not written as RFC 3339 has it."""
    found = moment_of(of)
    return found is not None and found.form != ""


def respelled(of: Field) -> Callable[[str], str]:
    """From the spelling of RFC 3339 to that of a field; what that has no place for stays as it was."""
    own = moment_of(of)
    if own is None or not own.form:
        return str
    plain = moment(own.kind)

    def spelled(text: str) -> str:
        read = plain.read(text)
        return text if read is None else own.write(read) or text

    return spelled


def _tokens(form: str) -> list[str]:
    return [found[0] for found in _TOKEN.finditer(form)]


def _names(form: str) -> Iterator[str]:
    for token in _tokens(form):
        if token in _LETTERS:
            yield _LETTERS[token][0]
        elif token[0].isascii() and token[0].isalpha():
            raise FormatError(f"the letters {token!r} are not read; use {', '.join(dict.fromkeys(_OFFERED))}")
        elif token[0] in _RESERVED and len(token) == 1:
            raise FormatError(f"{token} has a meaning of its own there; put it in quotes, as in '[T]'")


_OFFERED = ("yyyy", "MM", "dd", "HH", "mm", "ss", "S", "XXX", "Z")


def _check(kind: str, names: list[str]) -> None:
    """Whether the parts are those of a type: nothing twice, a whole date, hours before minutes, an offset or none."""
    if len(set(names)) < len(names):
        raise FormatError("a part of it is there twice")
    has_date, has_offset = "date" in kind or "stamp" in kind, kind in ("timestamp", "offset time")
    date = [name for name in names if name in ("year", "month", "day")]
    if has_date and len(date) < 3:
        raise FormatError(f"a {kind.split()[-1]} needs yyyy, MM and dd")
    clock = [name for name in _ORDER if name in names]
    if kind == "date" and (clock or "offset" in names):
        raise FormatError("a date has no time of the day; write `logicalType: timestamp`")
    if not has_date and date:
        raise FormatError("a time has no date; write `logicalType: timestamp`")
    if kind != "date" and (not clock or clock != list(_ORDER[: len(clock)])):
        raise FormatError("it needs HH, and no finer part without the one before")
    if kind != "date" and has_offset != ("offset" in names):
        hint = "add XXX, or write `timezone: false`" if has_offset else "write `timezone: true`, or take it out"
        raise FormatError(f"it has {'no' if has_offset else 'an'} offset; {hint}")


def _pattern(token: str) -> str:
    if token in _LETTERS:
        return "(?P<{}>{})".format(*_LETTERS[token])
    return re.escape(_literal(token))


def _literal(token: str) -> str:
    return token[1:-1].replace("''", "'") or "'" if token[0] == "'" else token


def _nanoseconds(parts: dict[str, str | None], first_year: int) -> int | None:
    def part(name: str) -> int:
        return int(parts.get(name) or 0)

    days = 0
    if parts.get("year"):
        year, month, day = part("year"), part("month"), part("day")
        if year < first_year or day > _days_of(year, month):
            return None
        days = days_since_1970(year, month, day)
    seconds = (part("hour") * 60 + part("minute")) * 60 + part("second") - _offset_s(parts.get("offset") or "Z")
    return (days * _DAY_S + seconds) * _SECOND + int((parts.get("fraction") or "").ljust(9, "0"))


def _days_of(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def _offset_s(text: str) -> int:
    if text in "Zz":
        return 0
    seconds = int(text[1:3]) * 3600 + int(text[-2:]) * 60
    return -seconds if text[0] == "-" else seconds


def _written(token: str, nanoseconds: int) -> str:
    """A token of a form as text. Raises where Python's calendar has no such year."""
    if token not in _LETTERS:
        return _literal(token)
    days, rest = divmod(nanoseconds, _DAY)
    seconds, fraction = divmod(rest, _SECOND)
    match _LETTERS[token][0]:
        case "offset":
            return {"XXX": "Z", "Z": "+0000"}[token]
        case "fraction":
            return f"{fraction:09d}"[: len(token)]
        case "hour" | "minute" | "second" as name:
            return f"{seconds // 60 ** (2 - _ORDER.index(name)) % (24 if name == 'hour' else 60):02d}"
        case name:
            date = datetime.date.fromordinal(days + _ORDINAL_OF_1970)
            return f"{getattr(date, name):0{len(token)}d}"
