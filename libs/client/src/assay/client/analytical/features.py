"""Features of one prediction, packed by the feature schema and back: what is missing or not finite is a bit, never 0."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from assay.client.analytical.errors import FeatureError
from assay.client.analytical.values import is_text, real
from assay.contracts.analytical import Feature, FeatureSchema
from assay.contracts.words import did_you_mean

__all__ = ["Packed", "Value", "bits", "has_bit", "packed", "unpacked"]

Value = float | int | bool | str | None
"""A feature as the model was given it; None where it has no value. A number that is not finite is nan again."""


@dataclass(frozen=True, slots=True)
class Packed:
    """Features in the order of the wire. Of `missing` and `not_finite` bit i is feature i, numbers first."""

    numbers: tuple[float, ...]
    texts: tuple[str, ...]
    missing: int
    not_finite: int


def packed(schema: FeatureSchema, features: Mapping[str, Value]) -> Packed:
    """Pack features; one that is absent, or None, is missing.

    Raises:
        FeatureError: a name is none of the schema's, or a value is not of its type.
    """
    found: list[float] = []
    texts: list[str] = []
    missing = not_finite = there = 0
    for place, feature in enumerate(schema.ordered):
        value = features.get(feature.name)
        there += feature.name in features
        of_text = feature.type == "string"
        if value is None:
            missing |= 1 << place
            value = "" if of_text else 0.0
        if isinstance(value, str) != of_text:
            raise FeatureError(f"feature {feature.name!r} is {type(value).__name__}, its type is {feature.type}")
        if isinstance(value, str):
            texts.append(value if value.isascii() else _text(feature, value))
            continue
        number = value if type(value) is float and feature.type == "number" else _number(feature, value)
        if not math.isfinite(number):
            not_finite |= 1 << place
            number = 0.0
        found.append(number)
    if there < len(features):
        raise _unknown(schema, features)
    return Packed(tuple(found), tuple(texts), missing, not_finite)


def unpacked(
    schema: FeatureSchema, numbers: Sequence[float], texts: Sequence[str], present: bytes, not_finite: bytes
) -> dict[str, Value]:
    """The features of a FeatureVector by their names, in the order of the contract.

    Raises:
        FeatureError: there are more or fewer than the schema has.
    """
    if (len(numbers), len(texts)) != (len(schema.numbers), len(schema.texts)):
        raise FeatureError(f"a vector of {len(numbers)} numbers and {len(texts)} texts is none of schema {schema.id}")
    values: dict[str, Value] = {}
    listed: list[float | str] = [*numbers, *texts]
    for place, (feature, value) in enumerate(zip(schema.ordered, listed, strict=True)):
        if present and not has_bit(present, place):
            values[feature.name] = None
        elif has_bit(not_finite, place):
            values[feature.name] = math.nan
        else:
            values[feature.name] = _typed(value, feature.type)
    return {each.name: values[each.name] for each in schema.features}


def bits(flags: int, count: int) -> bytes:
    """So many flags as bytes, lowest bit first."""
    return flags.to_bytes((count + 7) // 8, "little")


def has_bit(flags: bytes, place: int) -> bool:
    """Whether the flag at a place is set; of flags that end before it, it is not."""
    return place // 8 < len(flags) and bool(flags[place // 8] >> place % 8 & 1)


def _text(feature: Feature, value: str) -> str:
    if not is_text(value):
        raise FeatureError(f"feature {feature.name!r} has half a character, which is no text")
    return value


def _number(feature: Feature, value: object) -> float:
    """A number that is not finite may be of any type that is one."""
    found = real(value)
    if found is None:
        kind = type(value).__name__
        raise FeatureError(f"feature {feature.name!r} is {kind} that is no double, its type is {feature.type}")
    if feature.type == "boolean" and math.isfinite(found) and found not in (0.0, 1.0):
        raise FeatureError(f"feature {feature.name!r} is neither true nor false, its type is boolean")
    if feature.type == "integer" and math.isfinite(found) and not found.is_integer():
        raise FeatureError(f"feature {feature.name!r} is not whole, its type is integer")
    return found


def _typed(value: float | str, kind: str) -> Value:
    if kind == "boolean":
        return bool(value)
    return int(value) if kind == "integer" else value


def _unknown(schema: FeatureSchema, features: Mapping[str, Value]) -> FeatureError:
    return FeatureError("; ".join(_strangers([each.name for each in schema.features], features)))


def _strangers(known: Sequence[str], features: Mapping[str, Value]) -> Iterator[str]:
    for name in features:
        if name not in known:
            yield f"feature {name!r} is not in the model's contract{did_you_mean(str(name), known)}"
