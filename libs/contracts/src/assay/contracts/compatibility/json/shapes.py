"""A schema taken apart: the types it allows, and the parts that all have to hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeGuard

from assay.contracts.compatibility.json.documents import Document, Schema

__all__ = ["TYPES", "Part", "Parts", "is_number", "kind_of", "same", "schemas", "types_of", "values_of"]

TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")

_CHOICES = ("anyOf", "oneOf")
_UNEVALUATED = ("unevaluatedProperties", "unevaluatedItems")
_DECIDING = {"if", "dependentSchemas", "contains"}
"""What may take properties or items that are unevaluated otherwise, according to the value."""

MOST_GATHERED = 200
"""Schemas that are put together for one; the others are left out, which is no mistake: more is taken so."""

_UNITS = (
    ("items", "prefixItems", "additionalItems", "unevaluatedItems"),
    ("contains", "minContains", "maxContains"),
    ("additionalProperties", "unevaluatedProperties"),
    ("if", "then", "else"),
)
"""Keywords that mean something only together."""

_OLD_BOUNDS = (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum"))
"""The same for draft 4, where `exclusiveMinimum` is a boolean."""

ASKING = {
    "type", "enum", "const", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength",
    "minLength", "pattern", "items", "additionalItems", "prefixItems", "unevaluatedItems", "maxItems", "minItems",
    "uniqueItems", "contains", "maxContains", "minContains", "maxProperties", "minProperties", "required", "properties",
    "patternProperties", "additionalProperties", "unevaluatedProperties", "dependencies", "dependentRequired",
    "dependentSchemas", "propertyNames", "if", "then", "else", "format", "contentEncoding", "contentMediaType",
}  # fmt: skip
"""Keywords that ask something of a value, or may; any other word is silent."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a schema asks: `plain` keywords, a `schema` inside, a choice (`anyOf`, `oneOf`), or a `not`."""

    kind: str
    schemas: tuple[Schema, ...]
    step: str = ""


class Parts:
    """The parts of the schemas of one document, each taken apart once; so its plain part is the same object always."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._known: dict[int, tuple[Part, ...]] = {}
        self._whole: dict[int, Schema] = {}
        self._kept: list[Any] = []

    def of(self, schema: Schema) -> tuple[Part, ...]:
        """The parts of a schema; none if it asks nothing."""
        if isinstance(schema, bool):
            return () if schema else (Part("plain", (False,)),)
        if id(schema) not in self._known:
            self._known[id(schema)] = tuple(self._apart(schema))
            self._kept.append(schema)
        return self._known[id(schema)]

    def _apart(self, schema: dict[str, Any]) -> list[Part]:
        if word := self.document.reference(schema):
            found = [Part("schema", (self.document.target(schema),), f"/{word}")]
            if self.document.has_older_references:
                return found
        else:
            found = []
        plain = {word: value for word, value in schema.items() if word in ASKING}
        if plain:
            whole = plain.keys() == schema.keys()
            found.insert(0, Part("plain", (schema if whole else plain,)))
        for place, each in enumerate(schemas(schema.get("allOf"))):
            found.append(Part("schema", (each,), f"/allOf/{place}"))
        for word in _CHOICES:
            if listed := schemas(schema.get(word)):
                kind = "schema" if len(listed) == 1 else word
                found.append(Part(kind, listed, f"/{word}" + ("/0" if len(listed) == 1 else "")))
        if isinstance(schema.get("not"), dict | bool):
            found.append(Part("not", (schema["not"],), "/not"))
        return found

    def whole(self, schema: Schema) -> Schema:
        """The plain keywords of a schema and of all that holds with it: it takes all that the schema takes, or more."""
        if isinstance(schema, bool):
            return {} if schema else False
        if id(schema) not in self._whole:
            self._whole[id(schema)] = self._gathered(schema)
            self._kept.append(schema)
        return self._whole[id(schema)]

    def _gathered(self, schema: Schema) -> Schema:
        plains: list[Schema] = []
        stack, seen, has_choice = [schema], set[int](), False
        while stack and len(seen) < MOST_GATHERED:
            each = self.document.unfolded(stack.pop())[0]
            if id(each) in seen:
                continue
            seen.add(id(each))
            for part in self.of(each):
                has_choice |= part.kind in _CHOICES
                (plains if part.kind == "plain" else stack if part.kind == "schema" else []).append(part.schemas[0])
        if any(each is False for each in plains):
            return False
        found = plains[0] if len(plains) == 1 else gathered([each for each in plains if isinstance(each, dict)])
        if isinstance(found, dict) and (has_choice or stack or _DECIDING & found.keys()):
            return {word: each for word, each in found.items() if word not in _UNEVALUATED}
        return found

    def _is_all(self, schema: Schema) -> bool:
        return schema is True or (isinstance(schema, dict) and not self.of(schema))

    def is_all(self, schema: Schema) -> bool:
        """Whether a schema asks nothing."""
        return self._is_all(self.document.unfolded(schema)[0])

    def is_nothing(self, schema: Schema) -> bool:
        """Whether a schema is false."""
        found = self.document.unfolded(schema)[0]
        return any(part.kind == "plain" and part.schemas[0] is False for part in self.of(found))


def gathered(plains: list[dict[str, Any]]) -> dict[str, Any]:
    """One set of keywords that takes whatever all of these take; where two can't be put together, one is left out."""
    found: dict[str, Any] = {}
    units = (*_UNITS, *_OLD_BOUNDS) if any(_has_old_bounds(each) for each in plains) else _UNITS
    for each in plains:
        before = set(found)
        for word, value in each.items():
            unit = next((unit for unit in units if word in unit), (word,))
            if not before.intersection(unit):
                found[word] = value
            elif len(unit) == 1:
                found[word] = _put_together(word, found[word], value)
    return found


def _put_together(word: str, one: Any, other: Any) -> Any:
    if word in _TOGETHER:
        return _TOGETHER[word](one, other)
    if is_number(one) and is_number(other) and word.startswith(("min", "max", "exclusive")):
        return max(one, other) if "min" in word.lower() else min(one, other)
    return one


def _has_old_bounds(plain: dict[str, Any]) -> bool:
    return any(isinstance(plain.get(word), bool) for _, word in _OLD_BOUNDS)


def _shared_types(one: Any, other: Any) -> list[str]:
    types = types_of({"type": one}), types_of({"type": other})
    both = types[0] & types[1]
    return sorted(
        both | ({"integer"} if "integer" in types[0] | types[1] and all(each & _NUMBERS for each in types) else set())
    )


def _listed(one: Any, other: Any) -> Any:
    return [*one, *other] if isinstance(one, list) and isinstance(other, list) else one


def _named(one: Any, other: Any) -> Any:
    return {**other, **one} if isinstance(one, dict) and isinstance(other, dict) else one


_NUMBERS = frozenset({"integer", "number"})
_TOGETHER = {
    "type": _shared_types,
    "required": _listed,
    "properties": _named,
    "patternProperties": _named,
    "dependencies": _named,
    "dependentRequired": _named,
    "dependentSchemas": _named,
}


def schemas(value: Any) -> tuple[Schema, ...]:
    """The schemas of a list, if it is one."""
    return tuple(each for each in value if isinstance(each, dict | bool)) if isinstance(value, list) else ()


def types_of(plain: Schema) -> frozenset[str]:
    """The types that the keywords allow; `number` without `integer` is numbers of any kind."""
    if isinstance(plain, bool):
        return frozenset(TYPES if plain else ())
    said = plain.get("type", list(TYPES))
    found = {each for each in (said if isinstance(said, list) else [said]) if each in TYPES}
    values = values_of(plain)
    if values is not None:
        kinds = {kind_of(each) for each in values}
        found = {kind for kind in kinds if kind in found or (kind == "integer" and "number" in found)}
    return frozenset(found)


def values_of(plain: Schema) -> list[Any] | None:
    """The values that the keywords allow, where they are listed."""
    if isinstance(plain, bool):
        return None
    if "const" in plain:
        return [plain["const"]]
    return plain["enum"] if isinstance(plain.get("enum"), list) else None


def kind_of(value: Any) -> str:
    """The type of a value."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "integer" if value.is_integer() else "number"
        case str():
            return "string"
        case list():
            return "array"
    return "object"


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a value is a number to JSON; true is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def same(one: Any, other: Any) -> bool:
    """Whether two values are one to JSON: 1 is 1.0, and is not true."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(each, other[name]) for name, each in one.items())
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
