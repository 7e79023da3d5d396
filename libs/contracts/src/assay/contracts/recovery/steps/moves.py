"""Steps that change where a value is, or that it is: `rename`, `move`, `drop`."""

from __future__ import annotations

from collections.abc import Iterable

from assay.contracts.model import Contract
from assay.contracts.recovery.errors import RepairError
from assay.contracts.recovery.outcome import Failed
from assay.contracts.recovery.place import Place
from assay.contracts.recovery.pointers import parse, text
from assay.contracts.recovery.steps.change import Change, Said, of
from assay.contracts.recovery.tree import Tree

__all__ = ["drops", "moves", "renames"]


def renames(said: Said, _contract: Contract) -> Iterable[Change]:
    """`rename: {field: name}` gives a field another name, at its place among the others."""
    return [_rename(source, name) for source, name in said.items()]


def moves(said: Said, _contract: Contract) -> Iterable[Change]:
    """`move: {from: to}` takes a value away and puts it elsewhere."""
    return [_move(source, target) for source, target in said.items()]


def drops(said: Said, _contract: Contract) -> Iterable[Change]:
    """`drop: [field]` takes fields out; one that is not there is no fault."""
    return [_drop(name) for name in said]


def _rename(source: str, name: str) -> Change:
    pointer = parse(source)

    def run(tree: Tree, _failed: Failed) -> None:
        for place in _found(tree, source):
            if not isinstance(place.holder, dict):
                raise RepairError(f"{source}: a place of an array has no name")
            _refuse_taken(tree, Place(place.holder, name), text((*pointer[:-1], name)))
            items = [(name if key == place.key else key, node) for key, node in place.holder.items() if key != name]
            place.holder.clear()
            place.holder.update(items)
            tree.visit(len(items))

    return run


def _move(source: str, target: str) -> Change:
    end = parse(target)

    def run(tree: Tree, _failed: Failed) -> None:
        for place in _found(tree, source):
            node = place.take()
            try:
                found = tree.at(end, place.bound)
            except RepairError as error:
                raise of(target, error) from error
            _refuse_taken(tree, found, target)
            tree.put(found, node)

    return run


def _drop(said: str) -> Change:
    pointer = parse(said)

    def run(tree: Tree, _failed: Failed) -> None:
        for place in tree.places(pointer):
            if place.is_there:
                place.take()

    return run


def _found(tree: Tree, source: str) -> list[Place]:
    found = [place for place in tree.places(parse(source)) if place.is_there]
    if not found:
        raise RepairError(f"{source}: nothing is there")
    return found


def _refuse_taken(tree: Tree, place: Place, said: str) -> None:
    """Refuse to lose a value: what is there already is moved over only if it is null."""
    if place.is_there and tree.value(place) is not None:
        raise RepairError(f"{said}: something is there already; drop it before")
