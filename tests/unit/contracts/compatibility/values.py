"""Schemas and values at random, small enough to meet each other often."""

from __future__ import annotations

from random import Random
from typing import Any

NAMES = ("a", "b", "ab")
TYPES = ("string", "integer", "number", "boolean", "null", "array", "object")
PATTERNS = ("^a", "b$")


def schema(random: Random, depth: int = 2) -> Any:
    """Any schema of the keywords that are judged; branches of oneOf exclude each other."""
    if random.random() < 0.08:
        return random.choice([True, False, {}])
    kinds = random.sample(TYPES[: 7 if depth else 5], random.choice([1, 1, 1, 2]))
    made: dict[str, Any] = {"type": kinds if len(kinds) > 1 else kinds[0]} if random.random() < 0.9 else {}
    for kind in kinds:
        made |= _asked(kind, random, depth)
    if depth and random.random() < 0.25:
        made |= _combined(random, depth - 1)
    if random.random() < 0.1:
        made["enum"] = [value(random, 1) for _ in range(random.randint(1, 3))]
    return made


def _asked(kind: str, random: Random, depth: int) -> dict[str, Any]:
    match kind:
        case "string":
            return _some(
                random, minLength=random.randint(0, 2), maxLength=random.randint(0, 3), pattern=random.choice(PATTERNS)
            )
        case "integer" | "number":
            step = random.choice([2, 1, 0.5])
            low, high = random.randint(-1, 2), random.randint(0, 3)
            return _some(
                random, minimum=low, maximum=high, exclusiveMinimum=low - 1, exclusiveMaximum=high, multipleOf=step
            )
        case "array":
            return _array(random, depth - 1)
        case "object":
            return _object(random, depth - 1)
    return {}


def _some(random: Random, **words: Any) -> dict[str, Any]:
    return {word: each for word, each in words.items() if random.random() < 0.3}


def _array(random: Random, depth: int) -> dict[str, Any]:
    made = _some(
        random,
        minItems=random.randint(0, 2),
        maxItems=random.randint(0, 3),
        uniqueItems=True,
        contains=schema(random, 0),
    )
    if random.random() < 0.5:
        return made | {"items": schema(random, depth)}
    listed = [schema(random, depth) for _ in range(random.randint(1, 2))]
    return made | {"items": listed} | _some(random, additionalItems=random.choice([False, schema(random, 0)]))


def _object(random: Random, depth: int) -> dict[str, Any]:
    made = _some(
        random,
        minProperties=random.randint(0, 2),
        maxProperties=random.randint(0, 3),
        required=random.sample(NAMES, 1),
        additionalProperties=random.choice([False, False, schema(random, 0)]),
        patternProperties={random.choice(PATTERNS): schema(random, 0)},
        dependencies={random.choice(NAMES): random.choice([[random.choice(NAMES)], schema(random, 0)])},
    )
    properties = {name: schema(random, depth) for name in random.sample(NAMES, random.randint(0, 3))}
    for each in properties.values():
        if isinstance(each, dict) and random.random() < 0.1:
            each["default"] = value(random, 0)
    return made | {"properties": properties}


def _combined(random: Random, depth: int) -> dict[str, Any]:
    word = random.choice(["allOf", "anyOf", "oneOf", "not"])
    if word == "not":
        return {"not": schema(random, 0)}
    if word == "oneOf":
        kinds = random.sample(["string", "integer", "boolean", "null"], random.randint(1, 3))
        return {"oneOf": [{"type": kind} | _asked(kind, random, depth) for kind in kinds]}
    return {word: [schema(random, depth) for _ in range(random.randint(1, 3))]}


def changed(of: Any, random: Random) -> Any:
    """The schema with a change or two, anywhere in it."""
    if not isinstance(of, dict) or random.random() < 0.2:
        return schema(random, 1)
    made = dict(of)
    for word in random.sample(sorted(made), min(len(made), random.randint(1, 2))):
        part = made[word]
        if random.random() < 0.3:
            del made[word]
        elif word in ("items", "additionalProperties", "not", "contains", "additionalItems") and not isinstance(
            part, list
        ):
            made[word] = changed(part, random)
        elif word in ("anyOf", "allOf") or (word == "items" and part):
            made[word] = [changed(each, random) if random.random() < 0.5 else each for each in part]
        elif word in ("properties", "patternProperties") and part:
            name = random.choice(sorted(part))
            made[word] = {**part, name: changed(part[name], random)}
    return made | (_asked(random.choice(TYPES), random, 1) if random.random() < 0.3 else {})


def value(random: Random, depth: int = 2) -> Any:
    """Any value."""
    match random.randrange(9 if depth else 7):
        case 0:
            return None
        case 1:
            return random.random() < 0.5
        case 2:
            return random.choice([0.5, 1.5, 1.0])
        case 3 | 4:
            return random.randint(-2, 4)
        case 5 | 6:
            return random.choice(["", "a", "ab", "b", "xb", "aaa"])
        case 7:
            return [value(random, depth - 1) for _ in range(random.randint(0, 3))]
    return {name: value(random, depth - 1) for name in random.sample((*NAMES, "c"), random.randint(0, 3))}


def value_of(of: Any, random: Random, depth: int = 3) -> Any:
    """A value that is likely to be one of the schema."""
    if not isinstance(of, dict) or random.random() < 0.05:
        return value(random, 1)
    if "enum" in of:
        return random.choice(of["enum"])
    for word in ("anyOf", "oneOf", "allOf"):
        if of.get(word) and random.random() < 0.5:
            of = {**of, **_dict(random.choice(of[word]))}
    kinds = of.get("type", random.choice(TYPES))
    kind = random.choice(kinds) if isinstance(kinds, list) else kinds
    if kind == "object" and depth:
        names = [*of.get("required", ()), *(name for name in (*NAMES, "c") if random.random() < 0.4)]
        return {name: value_of(_property(of, name), random, depth - 1) for name in names}
    if kind == "array" and depth:
        items = of.get("items", True)
        count = random.randint(of.get("minItems", 0), 3)
        listed = (
            [items[at] if at < len(items) else of.get("additionalItems", True) for at in range(count)]
            if isinstance(items, list)
            else [items] * count
        )
        return [value_of(each, random, depth - 1) for each in listed]
    return {
        "string": random.choice(["", "a", "ab", "b", "xb"]), "integer": random.randint(-2, 4), "boolean": random.random() < 0.5,
        "number": random.choice([-1, 0, 0.5, 1, 1.5, 2, 2.5, 3]), "null": None, "object": {}, "array": [],
    }[kind]  # fmt: skip


def _dict(of: Any) -> dict[str, Any]:
    return of if isinstance(of, dict) else {}


def _property(of: dict[str, Any], name: str) -> Any:
    return of.get("properties", {}).get(name, of.get("additionalProperties", True))


def filled(of: Any, into: Any) -> Any:
    """The value as a reader has it: with defaults in the place of required properties that are absent."""
    if not isinstance(of, dict):
        return into
    if isinstance(into, list):
        items = of.get("items", True)
        return [
            filled(items[at] if isinstance(items, list) and at < len(items) else items, each)
            for at, each in enumerate(into)
        ]
    if not isinstance(into, dict):
        return into
    properties = of.get("properties", {})
    made = {name: filled(properties.get(name), each) for name, each in into.items()}
    for name in of.get("required", ()):
        default = _dict(properties.get(name)).get("default", _dict)
        if name not in made and default is not _dict:
            made[name] = default
    return made


JUNK: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, "x", "", [], {}, [1], ["a", "a"], {"a": 1}, 1e308, 10**30, 10**300, -(10**300), 5e-324, "^(", {"$ref": "#/x"}, [[]],
    {"type": 5}, "record", {"type": "record"}, ["null", "null"],
)  # fmt: skip


def damaged(of: Any, random: Random) -> Any:
    """The schema with something in it that is out of place."""
    if isinstance(of, dict) and of:
        word = random.choice(sorted(of))
        return {**of, word: random.choice(JUNK) if random.random() < 0.5 else damaged(of[word], random)}
    if isinstance(of, list) and of:
        place = random.randrange(len(of))
        return [damaged(each, random) if at == place else each for at, each in enumerate(of)]
    return random.choice(JUNK)
