"""Steps over text: `trim`, `case`, `map`, `split`, `merge`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import orjson

from assay.contracts.explain import shape
from assay.contracts.model import Contract
from assay.contracts.recovery.errors import RepairError
from assay.contracts.recovery.outcome import Failed
from assay.contracts.recovery.place import Place
from assay.contracts.recovery.pointers import parse
from assay.contracts.recovery.steps.change import Change, Said, each_value, of
from assay.contracts.recovery.tree import Json, Tree
from assay.contracts.schema import MAX_ITEMS

__all__ = ["cases", "maps", "merges", "splits", "trims"]


def trims(said: Said, _contract: Contract) -> Iterable[Change]:
    """`trim: [field]` takes white space from both ends of a text."""
    return [each_value(name, lambda value: _text(value).strip()) for name in said]


def cases(said: Said, _contract: Contract) -> Iterable[Change]:
    """`case: {field: upper}` writes a text in capitals, or in `lower` ones."""
    return [each_value(name, _upper if case == "upper" else _lower) for name, case in said.items()]


def maps(said: Said, _contract: Contract) -> Iterable[Change]:
    """`map: {field: {values: {from: to}, default: other}}` puts a value in place of another."""
    return [each_value(name, _Mapped(each).of) for name, each in said.items()]


def splits(said: Said, _contract: Contract) -> Iterable[Change]:
    """`split: {field: {separator: " ", into: [first, last]}}` makes of one text several, or an array of them."""
    return [_split(name, each["separator"], each["into"]) for name, each in said.items()]


def merges(said: Said, _contract: Contract) -> Iterable[Change]:
    """`merge: {field: {of: [first, last], separator: " "}}` makes of several one text; an array without a separator."""
    return [_merge(name, each["of"], each.get("separator")) for name, each in said.items()]


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value
    raise RepairError(f"found {shape(value)} where text is due")


def _upper(value: Json) -> str:
    return _text(value).upper()


def _lower(value: Json) -> str:
    return _text(value).lower()


class _Mapped:
    """Values in place of others; numbers and booleans are looked up as JSON writes them."""

    def __init__(self, said: Mapping[str, Json]) -> None:
        self._values = said["values"]
        self._results = [orjson.dumps(value) for value in self._values.values()]
        self._said = said

    def of(self, value: Json) -> Json:
        """What is to be there; a value that is a result already stays."""
        if isinstance(value, dict | list):
            raise RepairError(f"found {shape(value)}, which is in no map")
        key = value if isinstance(value, str) else orjson.dumps(value).decode()
        if key in self._values:
            return self._values[key]
        if orjson.dumps(value) in self._results:
            return value
        if "default" not in self._said:
            raise RepairError(f"the map has nothing for what is there, {shape(value)}")
        return self._said["default"]


def _split(source: str, separator: str, into: str | list[str]) -> Change:
    pointer, targets = parse(source), [parse(into)] if isinstance(into, str) else [parse(name) for name in into]

    def run(tree: Tree, _failed: Failed) -> None:
        try:
            for place in [place for place in tree.places(pointer) if place.is_there]:
                parts = _parts(_text(tree.value(place)), separator)
                values = [parts] if isinstance(into, str) else _of_number(parts, len(targets))
                for target, value in zip(targets, values, strict=True):
                    tree.write(tree.at(target, place.bound), value)
        except RepairError as error:
            raise of(source, error) from error

    return run


def _parts(text: str, separator: str) -> list[str]:
    if text.count(separator) >= MAX_ITEMS:
        raise RepairError(f"it has more than {MAX_ITEMS} parts")
    return text.split(separator)


def _of_number(parts: list[str], wanted: int) -> list[str]:
    if len(parts) != wanted:
        raise RepairError(f"it has {len(parts)} parts, not {wanted}")
    return parts


def _merge(target: str, sources: list[str], separator: str | None) -> Change:
    first, *others = [parse(name) for name in sources]
    end = parse(target)

    def run(tree: Tree, _failed: Failed) -> None:
        try:
            for place in list(tree.places(first)):
                values = [_there(tree, each) for each in (place, *(tree.at(other, place.bound) for other in others))]
                merged = values if separator is None else separator.join(map(_part, values))
                tree.write(tree.at(end, place.bound), merged)
        except RepairError as error:
            raise of(target, error) from error

    return run


def _there(tree: Tree, place: Place) -> Json:
    if not place.is_there:
        raise RepairError("a part of it is not there")
    return tree.value(place)


def _part(value: Json) -> str:
    """A text, or an integer as one."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _text(value)
