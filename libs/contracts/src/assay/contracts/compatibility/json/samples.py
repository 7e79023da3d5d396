"""Small values of a JSON Schema, made in good hope: whether they are values of it, the validator says."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any

from assay.contracts.compatibility.findings import MAX_DEPTH, Sample
from assay.contracts.compatibility.json.documents import Schema, matches
from assay.contracts.compatibility.json.shapes import TYPES, Parts, is_number, types_of, values_of
from assay.contracts.matching import NotPlainError, matching

__all__ = ["FRESH", "Samples", "item_of", "lower", "number_of", "text_of", "tuple_of", "upper"]

FRESH = "another"
"""A name that no schema is likely to know."""

_MOST_PARTS = 200
_MOST_ITEMS = 100
_LONGEST = 1_000
_FIRST = ("object", "array", "string", "integer", "number", "boolean", "null")

Plain = dict[str, Any]


class Samples:
    """Makes a small value of a schema; the branch that is taken of a choice, and what is optional, may be asked for."""

    def __init__(self, parts: Parts, branch: int = 0, *, whole: bool = False) -> None:
        self._parts, self._branch, self._whole = parts, branch, whole
        self._known: dict[tuple[int, str], Sample | None] = {}
        self._kept: list[Schema] = []
        self._depth = 0

    def least(self, schema: Schema, kind: str = "") -> Sample | None:
        """A value, of that type if one is named; none if there is no way to make one."""
        key = (id(schema), kind)
        if key not in self._known:
            self._known[key] = None  # while it is being made
            self._kept.append(schema)
            self._depth += 1
            self._known[key] = self._made(self.merged(schema), kind) if self._depth <= MAX_DEPTH else None
            self._depth -= 1
        return self._known[key]

    def merged(self, schema: Schema) -> Plain | None:
        """All that a schema asks, as one set of keywords, one branch of each choice taken; none if nothing fits."""
        found: Plain = {}
        stack, left = [schema], _MOST_PARTS
        while stack and left:
            left -= 1
            for part in self._parts.of(self._parts.document.unfolded(stack.pop())[0]):
                if part.kind == "plain":
                    if isinstance(part.schemas[0], bool):
                        return None
                    _merge(found, part.schemas[0])
                elif part.kind == "schema":
                    stack.append(part.schemas[0])
                elif part.kind != "not":
                    stack.append(part.schemas[self._branch % len(part.schemas)])
        return found

    def objects(self, schema: Plain, given: dict[str, Sample | None], without: Iterable[str] = ()) -> Sample | None:
        """An object with these properties, and those that it has to have beside them."""
        properties = _map(schema.get("properties"))
        names = [*given, *(name for name in schema.get("required", ()) if isinstance(name, str))]
        if self._whole:
            names += properties
        left_out = set(without)
        parts: dict[str, Sample | None] = dict(given)
        for name in names:
            if name not in parts and name not in left_out:
                parts[name] = self.least(properties.get(name, self._rest(schema, name)))
                if self._whole and parts[name] is None and name not in schema.get("required", ()):
                    del parts[name]
        for place in range(_places(schema.get("minProperties")) - len(parts)):
            if place >= _MOST_ITEMS:
                return None
            parts[f"{FRESH}{place}"] = self.least(self._rest(schema, FRESH))
        return Sample.of({name: part.value for name, part in parts.items() if part}, parts.values())

    def lists(self, schema: Plain, given: dict[int, Sample | None], least: int = 0) -> Sample | None:
        """A list with these items, and those that it has to have beside them."""
        if isinstance(needed := schema.get("contains"), dict | bool) and not given:
            given = {0: self.least(needed)}
        count = max([least, _places(schema.get("minItems")), *(place + 1 for place in given)])
        if count > _MOST_ITEMS:
            return None
        parts = [given[place] if place in given else self.least(item_of(schema, place)) for place in range(count)]
        return Sample.of([part.value for part in parts if part], parts)

    def several(self, schema: Schema) -> Iterator[Sample]:
        """Some values more than the least: other branches, other types, all that is optional."""
        for branch in range(4):
            other = Samples(self._parts, self._branch + branch, whole=bool(branch % 2))
            yield from (made for kind in ("", *TYPES) if (made := other.least(schema, kind)))

    def _rest(self, schema: Plain, name: str) -> Schema:
        for pattern, each in _map(schema.get("patternProperties")).items():
            if matches(pattern, name):
                return each
        rest = schema.get("additionalProperties", schema.get("unevaluatedProperties", True))
        return rest if isinstance(rest, dict | bool) else True

    def _made(self, schema: Plain | None, kind: str) -> Sample | None:
        if schema is None:
            return None
        values = values_of(schema)
        allowed = types_of(schema)
        if values is not None:
            fitting = [value for value in values if not kind or kind in types_of({"const": value})]
            return Sample.of(fitting[0], []) if fitting else None
        if kind and kind not in allowed and not (kind == "integer" and "number" in allowed):
            return None
        match kind or next((each for each in _FIRST if each in allowed), ""):
            case "object":
                return self.objects(schema, {})
            case "array":
                return self.lists(schema, {}, 1 if self._whole and schema.get("maxItems") != 0 else 0)
            case "string":
                return text_of(schema)
            case "integer" | "number" as which:
                return number_of(schema, is_whole=which == "integer")
            case "boolean":
                return Sample(False)
            case "null":
                return Sample(None)
        return None


def text_of(schema: Plain, least: int = 0, most: float = math.inf) -> Sample | None:
    """A string of a length between these bounds and those of the schema."""
    low, high = max(least, _count(schema.get("minLength"), 0)), min(most, _count(schema.get("maxLength"), math.inf))
    if low > high or low > _LONGEST:
        return None
    if not isinstance(schema.get("pattern"), str):
        return Sample("x" * int(low))
    for seed in range(8):
        try:
            text = matching(schema["pattern"], Random(seed))  # noqa: S311 -- the same text each time; nothing is secret
        except (NotPlainError, ValueError, RecursionError):
            return None
        if low <= len(text) <= high:
            return Sample(text)
    return None


def number_of(schema: Plain, low: float = -math.inf, high: float = math.inf, *, is_whole: bool) -> Sample | None:
    """A number between these bounds, themselves included, and within those of the schema."""
    least, most = lower(schema), upper(schema)
    low, high = max(low, least[0]), min(high, most[0])
    step = schema.get("multipleOf") if isinstance(schema.get("multipleOf"), int) else None
    tries: list[float] = [0, low, high, low + 1, high - 1, low + 0.5, high - 0.5, (low + high) / 2, 0.5]
    if step and not math.isinf(low):
        tries.append(math.ceil(low / step) * step + step)
    if step and not math.isinf(high):
        tries.append(math.floor(high / step) * step - step)
    for each in tries:
        inside = low <= each <= high and not (each == least[0] and least[1]) and not (each == most[0] and most[1])
        if inside and math.isfinite(each) and not (is_whole and each % 1) and not (step and each % step):
            return Sample(int(each) if each % 1 == 0 else each)
    return None


def lower(schema: Plain) -> tuple[float, bool]:
    """The bound from below, and whether it is itself left out."""
    return _bound(schema, "minimum", "exclusiveMinimum", 1)


def upper(schema: Plain) -> tuple[float, bool]:
    """The bound from above, and whether it is itself left out."""
    return _bound(schema, "maximum", "exclusiveMaximum", -1)


def _bound(schema: Plain, word: str, exclusive: str, sign: int) -> tuple[float, bool]:
    plain, other = schema.get(word), schema.get(exclusive)
    bounds: list[tuple[float, bool]] = (
        [(plain, other is True)] if is_number(plain) else []
    )  # draft 4 says `exclusiveMinimum: true`
    if is_number(other):
        bounds.append((other, True))
    return max(bounds, key=lambda each: (sign * each[0], each[1]), default=(-sign * math.inf, False))


def item_of(schema: Plain, place: int) -> Schema:
    """What a schema asks of the item at a place."""
    listed, rest = tuple_of(schema)
    return listed[place] if place < len(listed) else rest


def tuple_of(schema: Plain) -> tuple[list[Schema], Schema]:
    """The schemas of the first items, each its own, and the one of all after them."""
    items, listed = schema.get("items"), schema.get("prefixItems")
    if isinstance(items, list):
        return items, _schema(schema.get("additionalItems", schema.get("unevaluatedItems", True)))
    return listed if isinstance(listed, list) else [], _schema(
        items if items is not None else schema.get("unevaluatedItems", True)
    )


def _schema(value: Any) -> Schema:
    return value if isinstance(value, dict | bool) else True


def _merge(found: Plain, more: Plain) -> None:
    """Take what another schema asks into the first, as far as that is simple: the validator has the last word."""
    for word, value in more.items():
        if word == "required" and isinstance(found.get(word), list) and isinstance(value, list):
            found[word] = [*found[word], *value]
        elif word == "properties" and isinstance(found.get(word), dict) and isinstance(value, dict):
            found[word] = {**value, **found[word]}
        elif word == "type":
            found[word] = sorted(types_of({"type": value}) & types_of(found))
        elif word.startswith("min") and is_number(found.get(word)) and is_number(value):
            found[word] = max(found[word], value)
        elif word.startswith("max") and is_number(found.get(word)) and is_number(value):
            found[word] = min(found[word], value)
        else:
            found.setdefault(word, value)


def _map(value: Any) -> dict[str, Schema]:
    return (
        {name: each for name, each in value.items() if isinstance(each, dict | bool)} if isinstance(value, dict) else {}
    )


def _count(value: Any, default: float) -> Any:
    return value if is_number(value) else default


def _places(value: Any) -> int:
    """A count, no larger than it takes to see that it is too large; JSON may write it as 2.0."""
    return int(min(value, _MOST_ITEMS + 1)) if is_number(value) else 0
