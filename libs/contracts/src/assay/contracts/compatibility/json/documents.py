"""A JSON Schema with all that it refers to, read once: its draft, its references, its patterns."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin

import jsonschema_rs

from assay.contracts.errors import SchemaError

__all__ = ["Document", "Schema", "matches"]

Schema = dict[str, Any] | bool

_MAX_DEPTH = 200
_DRAFTS = {"draft-04": "4", "draft-06": "6", "draft-07": "7", "2019-09": "2019-09", "2020-12": "2020-12"}
_NEWER = {
    "prefixItems",
    "dependentRequired",
    "dependentSchemas",
    "unevaluatedProperties",
    "unevaluatedItems",
    "minContains",
}
"""Words that only drafts after 7 have: a schema that names no draft and uses one is of the newest, others are of 7."""

_REFERENCES = ("$ref", "$recursiveRef", "$dynamicRef")


class Document:
    """A schema and the schemas that it may refer to, by URI. Nothing is fetched."""

    def __init__(self, text: str, references: Mapping[str, str], *, strict: bool) -> None:
        """Read them; `strict` refuses what the draft's own schema refuses.

        Raises:
            SchemaError: it is no JSON Schema, or a reference leads nowhere.
        """
        self.root = _loaded(text)
        self.resources = {uri: _loaded(each) for uri, each in references.items()}
        nodes = [*_nodes(self.root)]
        self.draft = _draft(self.root, nodes)
        self._check(strict=strict)
        self._named: dict[str, Any] = {}
        self._base: dict[int, str] = {}
        self._targets: dict[int, Schema] = {}
        for uri, each in {**self.resources, "": self.root}.items():
            self._index(each, uri)
        self._check_circles()

    def same_as(self, other: Document) -> bool:
        """Whether the two say the same, word by word; so a schema reads itself, whatever is in it."""
        one, two = ((each.draft, each.resources, each.root) for each in (self, other))
        return json.dumps(one, sort_keys=True) == json.dumps(two, sort_keys=True)

    @property
    def has_older_references(self) -> bool:
        """Whether nothing counts beside a reference, as up to draft 7."""
        return self.draft in {"4", "6", "7"}

    def reference(self, schema: dict[str, Any]) -> str | None:
        """The keyword by which a schema refers to another."""
        return next((word for word in _REFERENCES if isinstance(schema.get(word), str)), None)

    def target(self, schema: dict[str, Any]) -> Schema:
        """What a schema refers to.

        Raises:
            SchemaError: there is nothing.
        """
        if id(schema) not in self._targets:
            word = self.reference(schema)
            assert word is not None  # the caller asks for no other
            self._targets[id(schema)] = self._resolved(schema[word], self._base.get(id(schema), ""))
        return self._targets[id(schema)]

    def unfolded(self, schema: Schema) -> tuple[Schema, str]:
        """The schema behind references that have nothing beside them, and the way there."""
        way = ""
        seen: set[int] = set()
        while isinstance(schema, dict) and (word := self.reference(schema)):
            if id(schema) in seen:
                raise SchemaError(f"a reference leads back to itself: {str(schema[word])[:80]}")
            seen.add(id(schema))
            target = self.target(schema)
            if not self.has_older_references and set(schema) - _BESIDE - {word}:
                return schema, way
            schema, way = target, f"{way}/{word}"
        return schema, way

    def _check_circles(self) -> None:
        """Refuse a row of references that comes back to where it was; each one is followed once."""
        ended: set[int] = set()
        for node in self._base_nodes():
            row: list[int] = []
            each: Schema = node
            while isinstance(each, dict) and self.reference(each) and id(each) not in ended:
                ended.add(id(each))
                row.append(id(each))
                beside = set(each) - _BESIDE - {self.reference(each)}
                each = self.target(each)
                if beside and not self.has_older_references:
                    break
            else:
                if id(each) in row:
                    self.unfolded(each)

    def _base_nodes(self) -> Iterator[dict[str, Any]]:
        for each in (self.root, *self.resources.values()):
            yield from (node for node in _nodes(each) if self.reference(node))

    def _index(self, root: Any, uri: str) -> None:
        self._named[uri] = root
        word = "id" if self.draft == "4" else "$id"
        stack: list[tuple[Any, str]] = [(root, uri)]
        while stack:
            node, base = stack.pop()
            if isinstance(node, list):
                stack += [(each, base) for each in node]
            if not isinstance(node, dict):
                continue
            if isinstance(own := node.get(word), str):
                base, fragment = urldefrag(_joined(base, own))
                self._named.setdefault(f"{base}#{fragment}" if fragment else base, node)
            for anchor in ("$anchor", "$dynamicAnchor"):
                if isinstance(name := node.get(anchor), str):
                    self._named.setdefault(f"{base}#{name}", node)
            self._base[id(node)] = base
            stack += [(each, base) for each in node.values()]

    def _resolved(self, reference: str, base: str) -> Schema:
        uri, fragment = urldefrag(_joined(base, reference))
        fragment = unquote(fragment)
        whole = self._named.get(uri)
        found = whole if not fragment else self._named.get(f"{uri}#{fragment}")
        if found is None and fragment.startswith("/") and whole is not None:
            found = _pointed(whole, fragment)
        if not isinstance(found, dict | bool):
            raise SchemaError(f"the reference {reference[:120]!r} leads to no schema that is given")
        return found

    def _check(self, *, strict: bool) -> None:
        """Hold the schema to that of its draft. What was registered long ago loses the keywords that say nothing."""
        if not isinstance(self.root, dict):
            return
        for _ in range(_MOST_LOST):
            try:
                jsonschema_rs.meta.validate({**self.root, "$schema": _META[self.draft]})
            except jsonschema_rs.ValidationError as error:
                if strict or not error.instance_path:
                    raise SchemaError(str(error).partition("\n")[0]) from error
                _lose(self.root, error.instance_path)
            except ValueError as error:
                raise SchemaError(str(error).partition("\n")[0]) from error
            else:
                return
        raise SchemaError(f"more than {_MOST_LOST} keywords of the version before are wrong")


_MOST_LOST = 100


def _lose(root: dict[str, Any], path: list[str | int]) -> None:
    """Take out the value at a path; in a list, the whole list, for its places mean something."""
    way = list(path)
    while True:
        holder: Any = root
        for step in way[:-1]:
            holder = holder[step]
        if isinstance(holder, dict):
            del holder[way[-1]]
            return
        way.pop()


_META = {
    **{draft: f"http://json-schema.org/draft-0{draft}/schema#" for draft in "467"},
    **{draft: f"https://json-schema.org/draft/{draft}/schema" for draft in ("2019-09", "2020-12")},
}
_BESIDE = {
    "$id",
    "$schema",
    "$comment",
    "$defs",
    "definitions",
    "title",
    "description",
    "default",
    "examples",
    "$anchor",
}
"""What may stand beside a reference and asks nothing of a value."""


def _loaded(text: str) -> Schema:
    try:
        if _HUGE.search(text):
            schema = json.loads(text, parse_constant=_refuse, parse_int=_whole, parse_float=_number)
        else:
            schema = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise SchemaError("the schema is no JSON, nests too deep, or has a number that no double can hold") from error
    if not isinstance(schema, dict | bool):
        raise SchemaError("a JSON Schema is an object, true or false")
    level: list[Any] = [schema]
    depth = 0
    while level:
        depth += 1
        if depth > _MAX_DEPTH:
            raise SchemaError(f"more than {_MAX_DEPTH} objects and lists within one another")
        parts = (each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list))
        level = [child for part in parts for child in part if isinstance(child, dict | list)]
    return schema


def _refuse(word: str) -> Any:
    raise ValueError(word)


_HUGE = re.compile(r"(?<!\d)\d{200}|[eE]\+?\d{3}")


def _number(text: str) -> float:
    """A number that a double can hold: no other tool reads more."""
    if not math.isfinite(number := float(text)):
        raise ValueError(text[:40])
    return number


def _whole(text: str) -> int:
    _number(text)
    return int(text)


def _draft(root: Any, nodes: list[dict[str, Any]]) -> str:
    said = root.get("$schema") if isinstance(root, dict) else None
    if isinstance(said, str):
        return next((draft for word, draft in _DRAFTS.items() if word in said), "7")
    return "2020-12" if any(_NEWER & node.keys() for node in nodes) else "7"


def _nodes(schema: Any) -> Iterator[dict[str, Any]]:
    stack = [schema]
    while stack:
        each = stack.pop()
        if isinstance(each, dict):
            yield each
        if isinstance(each, dict | list):
            stack += each.values() if isinstance(each, dict) else each


def _joined(base: str, reference: str) -> str:
    try:
        return (
            urljoin(base, reference)
            if base and not reference.startswith("#")
            else (base + reference if reference.startswith("#") else reference)
        )
    except ValueError as error:
        raise SchemaError(f"{reference[:120]!r} is no URI") from error


def _pointed(whole: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(whole, list) and name.isdecimal() and len(name) < 6 and int(name) < len(whole):
            whole = whole[int(name)]
        elif isinstance(whole, dict):
            whole = whole.get(name)
        else:
            return None
    return whole


def matches(pattern: str, text: str) -> bool | None:
    """Whether the pattern is found in the text, in linear time; none if the pattern can't be known in that time."""
    engine = _engine(pattern)
    return engine.is_valid(text) if engine else None


@lru_cache(maxsize=4096)
def _engine(pattern: str) -> jsonschema_rs.Draft7Validator | None:
    try:
        return jsonschema_rs.Draft7Validator({"pattern": pattern}, pattern_options=jsonschema_rs.RegexOptions())
    except (jsonschema_rs.ValidationError, ValueError):
        return None
