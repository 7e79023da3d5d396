"""A contract as a tree whose branches have names, and the places in which two such trees differ.

The lists of the standard are told apart by what names their items, so that moving an item is no change.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from assay.contracts.promise import OPERATORS

__all__ = ["ABSENT", "THRESHOLD", "Edit", "Path", "Tree", "edits", "shape", "told", "tree"]

Path = tuple[str, ...]
Tree = dict[str, Any]

ABSENT = None
"""What stands for a value that is not there; YAML's own null says no more."""

THRESHOLD = "threshold"
"""The branch that holds the operator of a quality line and its limit: to write one with another is one change."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One place in which two trees differ; the holders are the branches around it, empty where there is none."""

    path: Path
    before: Any
    after: Any
    held_before: Mapping[str, Any]
    held_after: Mapping[str, Any]

    @property
    def is_added(self) -> bool:
        """Whether nothing was there before."""
        return self.before is ABSENT

    @property
    def is_removed(self) -> bool:
        """Whether nothing is there now."""
        return self.after is ABSENT


def tree(document: Mapping[str, Any]) -> Tree:
    """The tree of a contract file that lints."""
    value = dict(document)
    if isinstance(value.get("team"), list):  # as versions before 3.1 have it
        value["team"] = {"members": value["team"]}
    made = _branch(value, "")
    if "schema" in made:
        made["schema"] = made["schema"].get("0", {})
    return made


def edits(before: Tree, after: Tree, is_leaf: Callable[[Path], bool]) -> Iterator[Edit]:
    """Every place in which the trees differ, as deep as they are trees.

    A branch that `is_leaf` says so of is one value; so is one that is there on one side only, if it has a rule.
    """
    yield from _edits((), before, after, is_leaf)


def shape(path: Path) -> Path:
    """What kind of place a path is: without the names of properties and items, and with one name for each property."""
    if path[:1] == ("schema",):
        rest, kind = _inner(path[1:])
        path = (kind, *rest)
    made: list[str] = []
    names = iter(path)
    for name in names:
        if name == "customProperties":
            own = next(names, "")
            name = own if own.startswith("assay.") else "custom" if own else name  # noqa: PLW2901 -- both are one name
        made.append(name)
        if name in _KEYS and next(names, None) is not None:
            made.append("*")
    return tuple(made)


def told(value: Any) -> Any:
    """A value of a tree as the file has it, for people to read."""
    if not isinstance(value, dict):
        return value
    made: Tree = {}
    for name, part in value.items():
        head, _, argument = name.partition(".")
        if name == THRESHOLD and isinstance(part, str):
            made |= json.loads(part)
        elif head == "arguments" and argument:
            made.setdefault(head, {})[argument] = part
        else:
            made[name] = told(part)
    return made


def _inner(path: Path) -> tuple[Path, str]:
    """What is left behind the innermost property, and whether there is one."""
    kind = "object"
    while True:
        if path[:1] == ("properties",) and len(path) > 1:
            path, kind = path[2:], "property"
        elif kind == "property" and path[:1] == ("items",) and len(path) > 1:
            path = path[1:]
        elif kind == "property" and path[:1] == ("map",) and len(path) > 2:
            path = path[2:]
        else:
            return path, kind


def _edits(path: Path, before: Tree, after: Tree, is_leaf: Callable[[Path], bool]) -> Iterator[Edit]:
    for name in dict.fromkeys((*before, *after)):
        here, was, now = (*path, name), before.get(name, ABSENT), after.get(name, ABSENT)
        if _same(was, now):
            continue
        both = isinstance(was, dict) and isinstance(now, dict)
        if both or (_is_branch(was, now) and not is_leaf(here)):
            yield from _edits(here, was or {}, now or {}, is_leaf)
        else:
            yield Edit(here, was, now, before, after)


def _is_branch(was: object, now: object) -> bool:
    there = now if was is ABSENT else was
    return isinstance(there, dict) and (was is ABSENT or now is ABSENT)


def _same(was: object, now: object) -> bool:
    """Equal, and a boolean is no number, as Python has it."""
    return json.dumps(was, sort_keys=True, default=str) == json.dumps(now, sort_keys=True, default=str)


def _branch(value: Mapping[str, Any], name: str) -> Tree:
    made: Tree = {}
    for key, part in value.items():
        if key in OPERATORS and name == "quality":
            made[THRESHOLD] = {**made.get(THRESHOLD, {}), key: part}
        elif key == "arguments" and name == "quality":
            made |= {f"{key}.{each}": argument for each, argument in part.items()}  # beside what tells their meaning
        else:
            made[key] = _part(part, key)
    if THRESHOLD in made:
        made[THRESHOLD] = json.dumps(made[THRESHOLD], sort_keys=True)
    return made


def _part(part: Any, name: str) -> Any:
    if isinstance(part, dict) and name in ("items", "key", "value"):
        return _branch({"required": True, **part}, name)  # what an array or a map holds is there
    if isinstance(part, dict):
        return _branch(part, name)
    if not isinstance(part, list):
        return part
    if name == "schema":
        return {str(index): _branch(each, "object") for index, each in enumerate(part)}
    key = _KEYS.get(name)
    if key is None or not all(isinstance(each, dict) for each in part):
        return part
    named: Tree = {}
    for each in part:
        named[_free(key(each), named)] = _item(each, name)
    return named


def _item(each: dict[str, Any], name: str) -> Any:
    if name != "customProperties":
        return _branch(each, name)
    own = str(each.get("property"))
    if not own.startswith("assay."):
        return json.dumps(each.get("value"), sort_keys=True)
    return _part(each.get("value"), own)


def _free(name: str, taken: Mapping[str, object]) -> str:
    place = 2
    free = name
    while free in taken:
        free, place = f"{name}#{place}", place + 1
    return free


def _first(*names: str) -> Callable[[dict[str, Any]], str]:
    return lambda each: str(next((each[name] for name in names if each.get(name) is not None), ""))


def _value(each: dict[str, Any]) -> str:
    value = each.get("value")
    return value if isinstance(value, str) else json.dumps(value)


_KEYS: dict[str, Callable[[dict[str, Any]], str]] = {
    "properties": _first("name"),
    "quality": _first("id", "name", "metric", "rule", "type"),
    "customProperties": _first("property"),
    "slaProperties": _first("property"),
    "servers": _first("server"),
    "enum": _value,
    "members": _first("username", "name"),
    "support": _first("channel"),
    "roles": _first("role"),
    "synonyms": _first("synonym"),
    "assay.consumers": _first("id"),
    "assay.rules": _first("id"),
    "assay.maintenance": lambda each: " ".join(str(each[name]) for name in ("weekly", "from") if name in each),
    "flows": _first("id"),
}
"""What names the items of a list. Two of one name are told apart by their order."""
