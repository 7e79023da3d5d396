"""Steps that put a value where it belongs: `set`, `default`, `copy`."""

from __future__ import annotations

from collections.abc import Iterable

from assay.contracts.model import Contract
from assay.contracts.recovery.errors import RepairError
from assay.contracts.recovery.outcome import Failed
from assay.contracts.recovery.pointers import EVERY, parse
from assay.contracts.recovery.steps.change import Change, Said, of
from assay.contracts.recovery.tree import Json, Tree, written

__all__ = ["copies", "defaults", "sets"]


def sets(said: Said, _contract: Contract) -> Iterable[Change]:
    """`set: {field: value}` puts a constant there, whatever there was."""
    return [_put(name, value, keeps=False) for name, value in said.items()]


def defaults(said: Said, _contract: Contract) -> Iterable[Change]:
    """`default: {field: value}` puts a constant there where nothing or null is."""
    return [_put(name, value, keeps=True) for name, value in said.items()]


def copies(said: Said, _contract: Contract) -> Iterable[Change]:
    """`copy: {from: to}` puts there what is elsewhere too, byte for byte."""
    return [_copy(source, target) for source, target in said.items()]


def _put(said: str, value: Json, *, keeps: bool) -> Change:
    pointer, node = parse(said), written(value)
    if len(pointer) == 1 and pointer[0] != EVERY and not keeps:
        return lambda tree, _failed: tree.object().update({pointer[0]: node})

    def run(tree: Tree, _failed: Failed) -> None:
        try:
            for place in tree.places(pointer) if keeps else tree.holding(pointer):
                if not keeps or not place.is_there or tree.value(place) is None:
                    tree.put(place, node)
        except RepairError as error:
            raise of(said, error) from error

    return run


def _copy(source: str, target: str) -> Change:
    start, end = parse(source), parse(target)

    def run(tree: Tree, _failed: Failed) -> None:
        found = [place for place in tree.places(start) if place.is_there]
        if not found:
            raise RepairError(f"{source}: nothing is there to copy")
        try:
            for place in found:
                tree.put(tree.at(end, place.bound), tree.copied(place))
        except RepairError as error:
            raise of(target, error) from error

    return run
