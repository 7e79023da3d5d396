"""How many schemas apply to one and the same value: references that double each other keep an engine busy for ever."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

__all__ = ["MAX_EXPANSION", "expansion"]

MAX_EXPANSION = 10_000
"""Schemas that may apply to one value; the schema of JSON Schema itself needs some tens."""

_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_ONE = ("not", "if", "then", "else")
_LISTS = ("allOf", "anyOf", "oneOf")
_MAPS = ("dependentSchemas", "dependencies")


def expansion(schema: Any) -> int:
    """The schemas that apply to the whole value, or to a part of it where more do, references within it followed."""
    names: dict[str, Any] = {}
    nodes = list(_nodes(schema))
    for node in nodes:
        names |= {f"#{node[key]}": node for key in ("$anchor", "$dynamicAnchor") if isinstance(node.get(key), str)}
        names |= {node[key]: node for key in ("$id", "id") if isinstance(node.get(key), str)}
    counted: dict[int, int] = {}
    for node in nodes:
        _count(node, schema, names, counted)
    return max(counted.values(), default=1)


def _count(node: Any, root: Any, names: dict[str, Any], counted: dict[int, int]) -> None:
    """Walk without recursion: a chain of references may be as long as the schema."""
    stack = [(node, False)]
    while stack:
        each, is_done = stack.pop()
        if not isinstance(each, dict) or (id(each) in counted and not is_done):
            continue
        parts = list(_applied(each, root, names))
        if is_done:
            counted[id(each)] = 1 + sum(counted.get(id(part), 1) for part in parts)
        else:
            counted[id(each)] = 0  # on the way; a circle adds nothing more
            stack.append((each, True))
            stack.extend((part, False) for part in parts)


def _applied(node: dict[str, Any], root: Any, names: dict[str, Any]) -> Iterator[Any]:
    for key in _REFERENCES:
        if isinstance(node.get(key), str):
            yield _target(node[key], root, names)
    yield from (node[key] for key in _ONE if key in node)
    for key in _LISTS:
        yield from node[key] if isinstance(node.get(key), list) else ()
    for key in _MAPS:
        yield from node[key].values() if isinstance(node.get(key), dict) else ()


def _target(reference: str, root: Any, names: dict[str, Any]) -> Any:
    if reference in names:
        return names[reference]
    found = root
    for part in reference.removeprefix("#").split("/")[1:]:
        name = unquote(part).replace("~1", "/").replace("~0", "~")
        if isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        elif isinstance(found, dict):
            found = found.get(name)
        else:
            return None
    return found if reference.startswith("#") else None


def _nodes(schema: Any) -> Iterator[dict[str, Any]]:
    stack = [schema]
    while stack:
        each = stack.pop()
        if isinstance(each, dict):
            yield each
            stack.extend(each.values())
        elif isinstance(each, list):
            stack.extend(each)
