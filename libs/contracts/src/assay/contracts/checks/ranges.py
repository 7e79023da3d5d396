"""Whether the size of a field and the bounds of its options leave it a value."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from fractions import Fraction

from assay.contracts.model import Field
from assay.contracts.own_formats import RULES
from assay.contracts.schema import INTEGER_BOUNDS, MAX_ITEMS
from assay.contracts.types import MAX_DIGITS, NATIVE_DIGITS, digits

__all__ = ["Problem", "range_problems", "size_problems"]

Problem = tuple[str, str]
"""The option, and what is wrong with it."""

_PAIRS = (
    ("minLength", "maxLength"),
    ("minimum", "maximum"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
)
_SIZED = re.compile(r"\s*(DECIMAL|NUMERIC|NUMBER)\s*\(.*", re.IGNORECASE | re.DOTALL)
_UUID_LENGTH = 36
_UNLIMITED = (-math.inf, math.inf)


def size_problems(field: Field) -> Iterator[Problem]:
    """A decimal has digits enough for all targets, and says in one place how many."""
    size = digits(field)
    if size is None:
        if field.type in NATIVE_DIGITS and _SIZED.fullmatch(field.physical):
            yield "physicalType", f"{field.physical!r} is no size of a decimal; write it like DECIMAL(10,2)"
        return
    if not 1 <= size.precision <= MAX_DIGITS or size.scale > size.precision:
        yield "physicalType", f"a decimal has 1 to {MAX_DIGITS} digits, and no more of them after the point"
    elif field.type == "integer" and size.scale:
        yield "physicalType", "an integer has no digits after the point; write `logicalType: number`"
    elif field.type == "number" and not size.scale:
        yield "physicalType", "a number without digits after the point is an integer; write `logicalType: integer`"
    elif "format" in field.options:
        yield "format", f"its size is {field.physical} already; take `format` out"
    elif (step := _multiple(field)) and (step * 10**size.scale).denominator != 1:
        finest = (
            f"a decimal with {size.scale} digits after the point; write a multiple of {float(f'1e-{size.scale}'):g}"
        )
        yield "multipleOf", f"multipleOf is finer than {finest}"


def range_problems(field: Field, *, is_closed: bool) -> Iterator[Problem]:
    """No bound is above the one on the other side, and some value keeps all of them."""
    for low, high in _PAIRS:
        if _number(field, low, -math.inf) > _number(field, high, math.inf):
            yield low, f"{low} is above {high}; no value can keep both"
            return
    for low, high in (("minItems", "maxItems"), ("minProperties", "maxProperties")):
        if high not in field.options and _number(field, low, 0) > MAX_ITEMS:
            yield low, f"{low} is above {MAX_ITEMS}, the most without {high}; write {high}"
            return
    if field.type in NATIVE_DIGITS and not _has_value(field):
        yield next(name for name in field.options if name in RULES), "the bounds leave no value; widen them"
    elif field.type == "object" and field.properties:
        yield from _counts(field, is_closed=is_closed)
    elif field.options.get("format") == "uuid":
        yield from _uuid(field)


def _counts(field: Field, *, is_closed: bool) -> Iterator[Problem]:
    """The number of properties that an object may have is one that it can have."""
    listed = field.options.get("required", [])
    required = {each.name for each in field.properties if each.required} | {*listed}  # type: ignore[misc]  # a list
    if len(required) > _number(field, "maxProperties", math.inf):
        said = f"below {len(required)}, the number of required properties"
        yield "maxProperties", f"maxProperties is {said}; no value can keep both"
    if is_closed and len(field.properties) < _number(field, "minProperties", 0):
        said = f"above {len(field.properties)}, the number of its properties"
        yield "minProperties", f"minProperties is {said}; no value can keep both"


def _uuid(field: Field) -> Iterator[Problem]:
    if _number(field, "minLength", 0) > _UUID_LENGTH:
        yield "minLength", f"a uuid has {_UUID_LENGTH} characters; take minLength out"
    if _number(field, "maxLength", math.inf) < _UUID_LENGTH:
        yield "maxLength", f"a uuid has {_UUID_LENGTH} characters; take maxLength out"


def _has_value(field: Field) -> bool:
    """Whether some number keeps the bounds; where its values stand apart, one of those."""
    least, most = _limits(field)
    low, high = max(least, _number(field, "minimum", -math.inf)), min(most, _number(field, "maximum", math.inf))
    above, below = _number(field, "exclusiveMinimum", -math.inf), _number(field, "exclusiveMaximum", math.inf)
    step = _step(field)
    if step is None:
        return low <= high and max(low, above) < below and above < high
    lows = [math.ceil(_exact(low) / step)] if low > -math.inf else []
    lows += [math.floor(_exact(above) / step) + 1] if above > -math.inf else []
    highs = [math.floor(_exact(high) / step)] if high < math.inf else []
    highs += [math.ceil(_exact(below) / step) - 1] if below < math.inf else []
    return max(lows, default=-math.inf) <= min(highs, default=math.inf)


def _limits(field: Field) -> tuple[float | Fraction, float | Fraction]:
    """The least and the greatest number of the type."""
    if size := digits(field):
        most = Fraction(10**size.precision - 1, 10**size.scale)
        return -most, most
    return INTEGER_BOUNDS.get(str(field.options.get("format", "i64" if field.type == "integer" else "")), _UNLIMITED)


def _step(field: Field) -> Fraction | None:
    """What lies between two values that a number may have; None where nothing does."""
    finest, multiple = _finest(field), _multiple(field)
    return multiple if multiple and (finest is None or (multiple / finest).denominator == 1) else finest


def _finest(field: Field) -> Fraction | None:
    size = digits(field)
    return Fraction(1, 10 ** (size.scale if size else 0)) if size or field.type == "integer" else None


def _multiple(field: Field) -> Fraction | None:
    return _exact(_number(field, "multipleOf", 0)) or None


def _exact(number: float | Fraction) -> Fraction:
    """The number as it is written."""
    return Fraction(str(number))


def _number(field: Field, name: str, default: float) -> float:
    found = field.options.get(name, default)
    return found if isinstance(found, int | float) else default
