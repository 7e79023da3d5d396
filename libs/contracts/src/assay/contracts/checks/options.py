"""What the options of a field ask for: nothing that the judge could not hold a record to."""

from __future__ import annotations

from collections.abc import Iterator

import jsonschema_rs

from assay.contracts.checks.parts import custom_at
from assay.contracts.checks.ranges import Problem, range_problems, size_problems
from assay.contracts.checks.time_zones import time_zones
from assay.contracts.document import Document, Pointer
from assay.contracts.engine import validator
from assay.contracts.errors import Finding
from assay.contracts.model import Field
from assay.contracts.moments import FormatError, moment_of
from assay.contracts.own_formats import RULES
from assay.contracts.patterns import foreign
from assay.contracts.schema import INTEGER_BOUNDS, STRING_FORMATS, Schema
from assay.contracts.types import MAX_DIGITS, digits
from assay.contracts.words import did_you_mean, listed

__all__ = ["check_options", "compiles"]

_MAX_PATTERN = 1024
_MOMENTS = ("date", "timestamp", "time")
_WITHOUT = ("boolean", "map")
"""Types that the standard gives no options."""


def compiles(schema: Schema) -> bool:
    """Whether the engine takes a schema."""
    try:
        validator(schema)
    except jsonschema_rs.ValidationError:
        return False
    return True


def check_options(document: Document, field: Field, at: Pointer) -> Iterator[Finding]:
    """Everything that is wrong with the size and the options of a field, which is at `at`."""
    here = (*at, "logicalTypeOptions")
    is_closed = custom_at(document, "assay.openness")[0] != "open"
    for place, message in (*size_problems(field), *range_problems(field, is_closed=is_closed), *_typed(field)):
        yield document.finding(
            (*at, place) if place == "physicalType" else (*here, place), f"{field.name!r}: {message}"
        )


def _typed(field: Field) -> Iterator[Problem]:
    if field.type == "string":
        yield from _string(field)
    elif field.type in _MOMENTS:
        yield from _moment(field)
    elif field.type == "integer" and not digits(field) and field.options.get("format", "i64") not in INTEGER_BOUNDS:
        form, hint = field.options["format"], f"`physicalType: DECIMAL({MAX_DIGITS},0)`, which is written as text"
        yield "format", f"a JSON number cannot carry {form}; use i64, u64, or {hint}"
    elif field.type == "object" and field.properties:
        known = [each.name for each in field.properties]
        for name in field.options.get("required", []):  # type: ignore[attr-defined]  # the standard has a list here
            if name not in known:
                yield "required", f"{name!r} is not a property of it{did_you_mean(name, known) or '; name one'}"
    elif field.type in _WITHOUT:
        for name in field.options:
            yield name, f"a {field.type} has no options; take it out"


def _string(field: Field) -> Iterator[Problem]:
    form, pattern = field.options.get("format"), str(field.options.get("pattern", ""))
    if form in ("date", "date-time", "time"):
        kind = "timestamp" if form == "date-time" else form
        yield "format", f"write `logicalType: {kind}` instead of the format {form!r}"
    elif form is not None and form not in STRING_FORMATS:
        hint = did_you_mean(str(form), STRING_FORMATS) or f"; use one of {listed(STRING_FORMATS)}, or a pattern"
        yield "format", f"the format {form!r} is not checked{hint}"
    if len(pattern) > _MAX_PATTERN:
        yield "pattern", f"a pattern has at most {_MAX_PATTERN} characters"
    elif part := foreign(pattern):
        yield "pattern", f"ECMA-262 has no `{part}`; write the pattern without it"
    elif pattern and not compiles({"pattern": pattern}):
        message = "is not a regular expression that takes linear time (no look-around, no back-references)"
        yield "pattern", f"the pattern {message}"


def _moment(field: Field) -> Iterator[Problem]:
    try:
        written = moment_of(field)
    except FormatError as error:
        yield "format", f"the format {field.options['format']!r}: {error}"
        return
    assert written is not None  # it is one of the types with moments
    zone = str(field.options.get("defaultTimezone", "UTC"))
    if zone not in (zones := time_zones()):
        hint = did_you_mean(zone, zones) or "; write one like Europe/Berlin"
        yield "defaultTimezone", f"{zone!r} is not an IANA time zone{hint}"
    if "defaultTimezone" in field.options and field.options.get("timezone") is not False:
        yield "defaultTimezone", "it is for values without an offset; write `timezone: false` with it, or take it out"
    bounds = {name: written.read(str(field.options[name])) for name in RULES if name in field.options}
    for name, read in bounds.items():
        if read is None:
            yield name, f"{field.options[name]!r} is not written as its values are, like {written.example}"
    lows = [read + ("exclusive" in name) for name, read in bounds.items() if "inimum" in name and read is not None]
    highs = [read - ("exclusive" in name) for name, read in bounds.items() if "aximum" in name and read is not None]
    if lows and highs and max(lows) > min(highs):
        yield next(name for name in bounds if "inimum" in name), "the bounds leave no value; widen them"
