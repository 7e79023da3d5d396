"""What a refused value looks like, in words of a closed list: enough to tell what happened, nothing of the value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from assay.contracts.moments import moment

__all__ = ["LOOKS", "bytes_look", "text_look", "times_the_limit"]

MAX_LOOKED_AT = 64
"""Characters of the longest text that has a look."""

_STEPS = (1, 2, 10, 100, 1_000, 1_000_000)
"""How many times a bound a number may be, in steps."""

Look = Callable[[str], bool]


def _written(pattern: str) -> Look:
    compiled = re.compile(pattern, re.ASCII)
    return lambda text: compiled.fullmatch(text) is not None


def _moment(kind: str, form: str = "") -> Look:
    read = moment(kind, form).read
    return lambda text: read(text) is not None


_SLASHES = tuple(_moment("date", form) for form in ("dd/MM/yyyy", "MM/dd/yyyy", "yyyy/MM/dd"))

LOOKS: Mapping[str, Look] = {
    "a whole number": _written(r"[-+]?[0-9]{1,30}"),
    "a number": _written(r"[-+]?[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][-+]?[0-9]{1,3})?"),
    "a number with a comma": _written(r"[-+]?[0-9]{1,12}(?:,[0-9]{3}){0,6}(?:,[0-9]{1,6}|\.[0-9]{1,6})"),
    "true or false": lambda text: text.lower() in ("true", "false"),
    "a date": _moment("date"),
    "a timestamp": _moment("timestamp"),
    "a timestamp without a zone": _moment("local timestamp"),
    "a timestamp with a space": _moment("local timestamp", "yyyy-MM-dd HH:mm:ss"),
    "a date with the day first": _moment("date", "dd.MM.yyyy"),
    "a date with slashes": lambda text: any(look(text) for look in _SLASHES),
    "blank": lambda text: not text.strip(),
}
"""What a text may look like; the first that fits is told."""

_BEGINNINGS: Mapping[bytes, str] = {
    b"\xef\xbb\xbf": "a byte order mark before it",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"\x1f\x8b": "packed by gzip",
    b"\x28\xb5\x2f\xfd": "packed by zstd",
    b"Obj\x01": "an Avro file",
    b"PAR1": "a Parquet file",
    b"\x00": "a frame or another binary form",
    b"<": "XML or HTML",
}


def text_look(text: str) -> str:
    """What a text looks like; empty for nothing known."""
    if len(text) > MAX_LOOKED_AT:
        return ""
    return next((name for name in LOOKS if LOOKS[name](text)), "")


def times_the_limit(value: float, limit: float) -> str:
    """How far a number is beyond a bound, as `10 to 100 times the limit` or `10 to 100 times below the limit`.

    Empty where the bound is 0 or on the other side of 0.
    """
    if not value or not limit or (value < 0) != (limit < 0):
        return ""
    large, small = max(abs(value), abs(limit)), min(abs(value), abs(limit))
    low = max(step for step in _STEPS if large >= small * step)
    high = next((step for step in _STEPS if step > low), None)
    side = "the limit" if abs(value) >= abs(limit) else "below the limit"
    return f"{low} to {high} times {side}" if high else f"{low} or more times {side}"


def bytes_look(value: bytes) -> str:
    """What bytes look like that are no JSON; empty for nothing known."""
    if known := next((name for start, name in _BEGINNINGS.items() if value.startswith(start)), ""):
        return known
    try:
        text = value.decode().strip()
    except UnicodeDecodeError:
        return "not UTF-8"
    return _json_look(text) if text else "nothing in it"


def _json_look(text: str) -> str:
    if text[0] not in "{[":
        first = text.partition("\n")[0]
        return "delimited, as CSV is" if max(map(first.count, ",;\t|")) > 1 else ""
    if text[-1] not in "}]":
        return "cut off"
    if text.startswith(("{'", "[{'")):
        return "single quotes in place of double ones"
    if re.search(r"[:,\[]\s*-?(?:NaN|Infinity)\b", text):
        return "a number that JSON does not have"
    return "several values after one another" if re.search(r"}\s*{", text) else ""
