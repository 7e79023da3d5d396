"""Reads the text of an Avro schema, with the named types that other schemas define."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from assay.contracts.compatibility.avro.defaults import fits
from assay.contracts.compatibility.avro.types import ABSENT, PRIMITIVES, AvroField, AvroType
from assay.contracts.errors import SchemaError
from assay.contracts.words import did_you_mean

__all__ = ["load_avro", "parse_avro"]

_MAX_DEPTH = 100
_MOST_NAME = 512
"""Characters of a name with its namespace: it stands wherever the type is used."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FULL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")


def parse_avro(text: str, references: Iterable[str] = (), *, strict: bool = True) -> AvroType:
    """The type that a schema is; `references` are texts whose named types it may use, each after those it uses itself.

    `strict` refuses a default that is no value of its type; what was registered long ago may have one.

    Raises:
        SchemaError: it is no Avro schema.
    """
    reader = _Reader()
    for each in references:
        reader.read(load_avro(each))
    root = reader.read(load_avro(text))
    if strict:
        reader.check_defaults()
    return root


def load_avro(text: str) -> Any:
    """The schema as JSON has it.

    Raises:
        SchemaError: it is no JSON.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        if _NAME.fullmatch(text):
            return text  # a bare word is how some write a primitive type
        raise SchemaError("the schema is no JSON") from error


class _Reader:
    def __init__(self) -> None:
        self._named: dict[str, AvroType] = {}
        self._defaults: list[tuple[str, object, AvroType]] = []

    def read(self, schema: Any) -> AvroType:
        return self._type(schema, "", "", 0)

    def check_defaults(self) -> None:
        for path, default, of in self._defaults:
            if not _fits(default, of):
                raise SchemaError(f"{path or '/'}: the default {json.dumps(default)[:80]} is no value of {of}")

    def _type(self, schema: Any, space: str, path: str, depth: int) -> AvroType:
        if depth > _MAX_DEPTH:
            raise SchemaError(f"{path[:80]}…: more than {_MAX_DEPTH} types within one another")
        if isinstance(schema, str):
            return self._by_name(schema, space, path)
        if isinstance(schema, list):
            return self._union(schema, space, path, depth)
        if not isinstance(schema, dict):
            raise SchemaError(f"{path or '/'}: a type is a name, an object or a list")
        kind = schema.get("type")
        if isinstance(kind, dict | list):
            return self._type(kind, space, f"{path}/type", depth + 1)
        made = self._complex(schema, kind, space, path, depth)
        if isinstance(logical := schema.get("logicalType"), str) and made.kind != "record":
            made.logical = logical
        return made

    def _complex(self, schema: dict[str, Any], kind: Any, space: str, path: str, depth: int) -> AvroType:
        match kind:
            case "record" | "error":
                return self._record(schema, space, path, depth)
            case "enum":
                return self._enum(schema, space, path)
            case "fixed":
                size = schema.get("size")
                if not isinstance(size, int) or isinstance(size, bool) or size < 0:
                    raise SchemaError(f"{path}/size: a fixed has a size, a whole number from 0 on")
                return self._define(AvroType("fixed", size=size), schema, space, path)[0]
            case "array" | "map":
                part = "items" if kind == "array" else "values"
                if part not in schema:
                    raise SchemaError(f"{path or '/'}: {kind} without {part}")
                return AvroType(kind, items=self._type(schema[part], space, f"{path}/{part}", depth + 1))
            case str():
                return self._by_name(kind, space, path)
        raise SchemaError(f"{path or '/'}: a type without `type`")

    def _by_name(self, name: str, space: str, path: str) -> AvroType:
        if name in PRIMITIVES:
            return AvroType(name)
        full = name if "." in name or not space else f"{space}.{name}"
        found = self._named.get(full) or self._named.get(name)
        if found is None:
            raise SchemaError(
                f"{path or '/'}: there is no type {name!r}{did_you_mean(name, [*PRIMITIVES, *self._named])}"
            )
        return found

    def _union(self, branches: list[Any], space: str, path: str, depth: int) -> AvroType:
        made = [self._type(each, space, f"{path}/{place}", depth + 1) for place, each in enumerate(branches)]
        seen: set[str] = set()
        for place, each in enumerate(made):
            if each.kind == "union":
                raise SchemaError(f"{path}/{place}: a union directly in a union")
            if (word := each.name or each.kind) in seen:
                raise SchemaError(f"{path}/{place}: a union has one branch of {each} only")
            seen.add(word)
        return AvroType("union", branches=tuple(made))

    def _record(self, schema: dict[str, Any], space: str, path: str, depth: int) -> AvroType:
        record, inside = self._define(AvroType("record"), schema, space, path)
        listed = schema.get("fields")
        if not isinstance(listed, list):
            raise SchemaError(f"{path or '/'}: a record has a list of fields")
        record.fields = tuple(
            self._field(each, inside, f"{path}/fields/{place}", depth) for place, each in enumerate(listed)
        )
        if len({each.name for each in record.fields}) < len(record.fields):
            raise SchemaError(f"{path}/fields: two fields of one name")
        return record

    def _field(self, schema: Any, space: str, path: str, depth: int) -> AvroField:
        if not isinstance(schema, dict) or not _is(schema.get("name"), _NAME) or "type" not in schema:
            raise SchemaError(f"{path}: a field has a name of letters, digits and _, and a type")
        of = self._type(schema["type"], space, f"{path}/type", depth + 1)
        default = schema.get("default", ABSENT)
        if default is not ABSENT:
            self._defaults.append((f"{path}/default", default, of))
        return AvroField(schema["name"], of, tuple(_names(schema, path)), default)

    def _enum(self, schema: dict[str, Any], space: str, path: str) -> AvroType:
        symbols = schema.get("symbols")
        if not isinstance(symbols, list) or not all(_is(each, _NAME) for each in symbols):
            raise SchemaError(f"{path}/symbols: an enum has a list of symbols, each of letters, digits and _")
        if len(set(symbols)) < len(symbols):
            raise SchemaError(f"{path}/symbols: a symbol is listed twice")
        made, _ = self._define(AvroType("enum", symbols=tuple(symbols)), schema, space, path)
        made.default = schema.get("default", ABSENT)
        if made.default is not ABSENT:
            self._defaults.append((f"{path}/default", made.default, made))
        return made

    def _define(self, made: AvroType, schema: dict[str, Any], space: str, path: str) -> tuple[AvroType, str]:
        """Give a type its full name, for what comes after it to use; the namespace that holds inside it."""
        name = schema.get("name")
        if not isinstance(name, str) or not _is(name, _FULL_NAME):
            raise SchemaError(f"{path or '/'}: {made.kind} without a name of letters, digits and _")
        given = schema.get("namespace", space)
        inside = name.rpartition(".")[0] if "." in name else given if isinstance(given, str) else ""
        qualified = _qualifier(inside)
        made.name = qualified(name)
        if len(made.name) > _MOST_NAME:
            raise SchemaError(f"{path[:80] or '/'}: a name of more than {_MOST_NAME} characters")
        if made.name in self._named or name in PRIMITIVES:
            raise SchemaError(f"{path or '/'}: there is a type {made.name} already")
        made.aliases = tuple(map(qualified, _names(schema, path)))
        self._named[made.name] = made
        return made, inside


def _fits(default: object, of: AvroType) -> bool:
    try:
        return fits(default, of)
    except RecursionError:
        return False  # deeper than any record


def _qualifier(space: str) -> Callable[[str], str]:
    return lambda name: name if "." in name or not space else f"{space}.{name}"


def _names(schema: dict[str, Any], path: str) -> list[str]:
    aliases = schema.get("aliases", [])
    if not isinstance(aliases, list) or not all(isinstance(each, str) for each in aliases):
        raise SchemaError(f"{path}/aliases: a list of names")
    return aliases


def _is(name: Any, kind: re.Pattern[str]) -> bool:
    return isinstance(name, str) and kind.fullmatch(name) is not None
