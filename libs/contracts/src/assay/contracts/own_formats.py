"""Formats of our own, which the schema names and the engine is given: spellings of moments, and bounds on text.

A name says what it asks, as in `date as dd.MM.yyyy` or `minimum 2013-01-01 of date`, and is read back from itself.
"""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from assay.contracts.formats import is_local_date_time
from assay.contracts.moments import KINDS, moment

__all__ = ["RULES", "bound", "checks_of", "said_of", "spelling"]

RULES = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
"""Bounds that a format of our own can hold a text to."""

_BOUND = re.compile(rf"({'|'.join(RULES)}) (\S.*?) of (.*)", re.DOTALL)
_LOCAL = "local-date-time"

Check = Callable[[str], bool]


def spelling(kind: str, form: str) -> str:
    """The name of the format of a moment in a form of its own."""
    return f"{kind} as {form}"


def bound(rule: str, limit: object, kind: str, form: str = "") -> str:
    """The name of the format that holds the text of a moment or a decimal to a bound."""
    return f"{rule} {limit} of {spelling(kind, form) if form else kind}"


def checks_of(schema: Any) -> dict[str, Check]:
    """The functions behind the formats of our own that a schema names."""
    return {name: _check(name) for name in {_LOCAL, *_named(schema)}}


def said_of(name: str) -> tuple[str, str] | None:
    """The rule behind a format of our own and its limit, or an example of its spelling; None for any other format."""
    if found := _BOUND.fullmatch(name):
        return (found[1], found[2]) if found[3].partition(" as ")[0] in (*KINDS, "decimal") else None
    kind, _, form = name.partition(" as ")
    return ("format", moment(kind, form).example) if form and kind in KINDS else None


def _named(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        name = schema.get("format")
        if isinstance(name, str) and said_of(name):
            yield name
    parts = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    for part in parts:
        yield from _named(part)


@functools.lru_cache(maxsize=4096)
def _check(name: str) -> Check:
    if name == _LOCAL:
        return is_local_date_time
    found = _BOUND.fullmatch(name)
    read = _reader(found[3] if found else name)
    if found is None:
        return lambda text: read(text) is not None
    limit = read(found[2])
    if limit is None:
        raise ValueError(f"{found[2]!r} is no value of that type")
    holds: Callable[[Any, Any], bool] = _HOLDS[found[1]]

    def check(text: str) -> bool:
        value = read(text)  # what is no such value, another rule says
        return value is None or holds(value, limit)

    return check


_HOLDS: dict[str, Callable[[Any, Any], bool]] = {
    "minimum": operator.ge,
    "maximum": operator.le,
    "exclusiveMinimum": operator.gt,
    "exclusiveMaximum": operator.lt,
    "multipleOf": lambda value, limit: value % limit == 0,
}


def _reader(kind: str) -> Callable[[str], Any]:
    if kind == "decimal":
        return _decimal
    name, _, form = kind.partition(" as ")
    return moment(name, form).read


def _decimal(text: str) -> Fraction | None:
    return Fraction(text) if _PLAIN.fullmatch(text) else None


_PLAIN = re.compile(r"-?[0-9]{1,60}(\.[0-9]{1,60})?(e[-+]?[0-9]{1,3})?", re.ASCII)
