"""The keywords that ask something of one value alone: types, values, bounds, patterns."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from assay.contracts.compatibility.findings import Break, Sample
from assay.contracts.compatibility.json.documents import matches
from assay.contracts.compatibility.json.samples import FRESH, Samples, lower, number_of, text_of, upper
from assay.contracts.compatibility.json.shapes import is_number, kind_of, same, types_of, values_of
from assay.contracts.words import listed

__all__ = ["IGNORED", "plain_breaks"]

IGNORED = ("format", "contentEncoding", "contentMediaType", "propertyNames", "if", "then", "else")
"""Keywords that are not judged: a change of one is a warning."""

Plain = dict[str, Any]

_SIZES = {"Length": ("string", "characters"), "Items": ("array", "items"), "Properties": ("object", "properties")}
_NUMBERS = frozenset({"integer", "number"})
_FINITE = {"null": (None,), "boolean": (False, True)}


def plain_breaks(reader: Plain, writer: Plain, samples: Samples) -> Iterator[Break]:
    """What these keywords refuse of what the writer's allow."""
    written = types_of(writer)
    yield from _types(reader, writer, samples)
    yield from _values(reader, writer, samples)
    values = values_of(writer)
    for of, (kind, unit) in _SIZES.items():
        if kind in written:
            yield from _sizes(reader, writer, of, unit, samples)
    if _NUMBERS & written:
        yield from _bounds(reader, writer, values)
        yield from _multiple(reader, writer, values)
    if "string" in written and isinstance(pattern := reader.get("pattern"), str):
        yield from _pattern(pattern, writer, values)
    if "array" in written and reader.get("uniqueItems") is True and writer.get("uniqueItems") is not True:
        yield _unique(writer, samples)


def _types(reader: Plain, writer: Plain, samples: Samples) -> Iterator[Break]:
    read, written = types_of({word: reader[word] for word in ("type",) if word in reader}), types_of(writer)
    missing = sorted(each for each in written if each not in read and not (each == "integer" and "number" in read))
    if "integer" in missing and "number" in missing:
        missing.remove("integer")
    if missing:
        message = f"{listed(missing)} may have been written, and the type is {listed(sorted(read))} only"
        sample = samples.least(writer, missing[0])
        if missing[0] == "number" and "integer" in read:
            sample = _fraction(writer)
        yield Break("/type", "json-type-narrowed", message, f"{listed(missing)} among the types", sample=sample)


def _fraction(writer: Plain) -> Sample | None:
    low, high = lower(writer)[0], upper(writer)[0]
    each = 0.5 if math.isinf(low) and math.isinf(high) else (high if math.isinf(low) else low)
    return next((Sample(near) for near in (0.5, each + 0.5, each - 0.5) if low < near < high and near % 1), None)


def _values(reader: Plain, writer: Plain, samples: Samples) -> Iterator[Break]:
    allowed, written = values_of(reader), values_of(writer)
    if allowed is None:
        return
    kinds = types_of(writer)
    if written is None and kinds <= _FINITE.keys():
        written = [value for kind in sorted(kinds) for value in _FINITE[kind]]
    step = "/const" if "const" in reader else "/enum"
    if written is None:
        message, passes = "only listed values are read, and any were written", "the list left out"
        yield Break(step, "json-values-added", message, passes, sample=_unlisted(writer, allowed, samples))
        return
    known = {_key(each) for each in allowed}
    missing = [each for each in written if kind_of(each) in kinds | {"integer"} and _key(each) not in known]
    if missing:
        shown = listed(json.dumps(each, ensure_ascii=False)[:40] for each in missing[:5])
        message = f"{shown} may have been written, and can't be read"
        yield Break(step, "json-values-removed", message, "these values kept", sample=Sample.of(missing[0], []))


def _key(value: Any) -> str:
    """A text that equal values have in common: 1 and 1.0 are equal, 1 and true are not."""
    return json.dumps(_counted(value), sort_keys=True)


def _counted(value: Any) -> Any:
    match value:
        case list():
            return list(map(_counted, value))
        case dict():
            return {name: _counted(each) for name, each in value.items()}
        case float() if value.is_integer():
            return int(value)
    return value


def _unlisted(writer: Plain, allowed: list[Any], samples: Samples) -> Sample | None:
    tries = (samples.least(writer, kind) for kind in sorted(types_of(writer), reverse=True))
    strings = text_of(writer, 1) if "string" in types_of(writer) else None
    return next(
        (each for each in (*tries, strings) if each and not any(same(each.value, one) for one in allowed)), None
    )


def _sizes(reader: Plain, writer: Plain, of: str, unit: str, samples: Samples) -> Iterator[Break]:
    count = len
    kind = {"Length": str, "Items": list, "Properties": dict}[of]
    values = values_of(writer)
    sizes = [count(each) for each in values or () if isinstance(each, kind)]
    most, least = reader.get(f"max{of}"), reader.get(f"min{of}")
    had_most, had_least = writer.get(f"max{of}", math.inf), writer.get(f"min{of}", 0)
    if values is not None:
        had_most, had_least = max(sizes, default=0), min(sizes, default=math.inf)
    kebab = of.lower()
    if is_number(most) and is_number(had_most) and most < had_most:
        message = f"at most {most} {unit} are read, and {_said(had_most)} may have been written"
        rule = "added" if f"max{of}" not in writer else "lowered"
        sample = _sized(writer, of, math.floor(most) + 1, samples)
        yield Break(f"/max{of}", f"json-max-{kebab}-{rule}", message, _kept(f"max{of}", had_most), sample=sample)
    if is_number(least) and is_number(had_least) and least > had_least:
        message = f"at least {least} {unit} are read, and {had_least} may have been written"
        rule = "added" if f"min{of}" not in writer else "raised"
        sample = _sized(writer, of, math.ceil(had_least), samples)
        yield Break(f"/min{of}", f"json-min-{kebab}-{rule}", message, _kept(f"min{of}", had_least), sample=sample)


def _said(bound: float) -> str:
    return "any number" if math.isinf(bound) else str(bound)


def _kept(word: str, bound: float) -> str:
    return f"{word} left out" if math.isinf(bound) or not bound else f"{word} {bound}"


def _sized(writer: Plain, of: str, size: int, samples: Samples) -> Sample | None:
    match of:
        case "Length":
            return text_of(writer, size, size) or text_of(writer, size)
        case "Items":
            return samples.lists(writer, {}, size)
    if size > 100:
        return None
    return samples.objects({**writer, "minProperties": max(size, writer.get("minProperties", 0))}, {})


def _bounds(reader: Plain, writer: Plain, values: list[Any] | None) -> Iterator[Break]:
    sides: tuple[tuple[str, str, Callable[[Plain], tuple[float, bool]], int], ...] = (
        ("minimum", "raised", lower, 1),
        ("maximum", "lowered", upper, -1),
    )
    numbers = [each for each in values or () if is_number(each)]
    for word, verb, side, sign in sides:
        bound, is_out = side(reader)
        had, was_out = side(writer)
        if values is not None:
            had, was_out = (min if sign > 0 else max)(numbers, default=sign * math.inf), False
        if math.isinf(bound) or (sign * bound, is_out) <= (sign * had, was_out):
            continue
        exclusive = f"exclusive{word.capitalize()}"
        place = exclusive if is_out and not isinstance(reader.get(exclusive), bool) else word
        rule = f"json-{word}-{verb if math.isfinite(had) else 'added'}"
        near = bound if is_out else (math.ceil(bound) - 1 if sign > 0 else math.floor(bound) + 1)
        is_whole = "number" not in types_of(writer)
        sample = Sample(had) if numbers else _beyond(writer, near, sign, is_whole=is_whole)
        message = f"numbers {'from' if sign > 0 else 'up to'} {bound} are read, and {_said(had)} may have been written"
        yield Break(f"/{place}", rule, message, _kept(word, had), sample=sample)


def _beyond(writer: Plain, near: float, sign: int, *, is_whole: bool) -> Sample | None:
    low, high = (-math.inf, near) if sign > 0 else (near, math.inf)
    made = number_of(writer, low, high, is_whole=is_whole)
    if made is None and not is_whole:
        edge = lower(writer)[0] if sign > 0 else upper(writer)[0]
        return number_of(writer, *sorted((edge, near + sign)), is_whole=False) if math.isfinite(edge) else None
    return made


def _multiple(reader: Plain, writer: Plain, values: list[Any] | None) -> Iterator[Break]:
    step = reader.get("multipleOf")
    if not is_number(step) or not step or not math.isfinite(step):
        return
    had = writer.get("multipleOf", 1 if "number" not in types_of(writer) else None)
    if values is not None:
        wrong = [each for each in values if is_number(each) and _fraction_of(each) % _fraction_of(step)]
        if not wrong:
            return
        sample: Sample | None = Sample(wrong[0])
    elif is_number(had) and had and _fraction_of(had) % _fraction_of(step) == 0:
        return
    else:
        tries = (Sample(each) for each in (had, 1, step / 2, step + 1) if is_number(each))
        sample = next((each for each in tries if _fraction_of(each.value) % _fraction_of(step)), None)
    message = f"multiples of {step} are read, and others may have been written"
    rule = "json-multiple-of-changed" if "multipleOf" in writer else "json-multiple-of-added"
    yield Break("/multipleOf", rule, message, f"multipleOf left out, or what divides {had or 'it'}", sample=sample)


def _fraction_of(value: Any) -> Fraction:
    """The number as it is written: 0.1 is a tenth."""
    return Fraction(str(value))


def _pattern(pattern: str, writer: Plain, values: list[Any] | None) -> Iterator[Break]:
    if values is not None:
        wrong = [each for each in values if isinstance(each, str) and not matches(pattern, each)]
        sample = Sample(wrong[0]) if wrong else None
        if not wrong:
            return
    elif writer.get("pattern") == pattern:
        return
    else:
        made = (text_of(writer), text_of(writer, 1), *(Sample(each) for each in ("", "\ue000", FRESH)))
        fitting = (each for each in made if each and _fits(each.value, writer))
        sample = next((each for each in fitting if matches(pattern, each.value) is False), None)
    rule = "json-pattern-changed" if "pattern" in writer else "json-pattern-added"
    message = f"strings that match {pattern[:80]} are read, and others may have been written"
    yield Break("/pattern", rule, message, "the pattern as it was", sample=sample)


def _fits(text: str, writer: Plain) -> bool:
    return "pattern" not in writer or bool(matches(writer["pattern"], text))


def _unique(writer: Plain, samples: Samples) -> Break:
    twice = samples.lists({**writer, "minItems": max(2, writer.get("minItems", 0))}, {})
    message, passes = "items may have been written twice, and can't be read so", "uniqueItems left out"
    return Break("/uniqueItems", "json-unique-items-added", message, passes, sample=twice)
