"""The step `patch`: the operations of a JSON Patch (RFC 6902), one after the other, all of them or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from assay.contracts.cel.values import equal
from assay.contracts.model import Contract
from assay.contracts.recovery.errors import RepairError
from assay.contracts.recovery.outcome import Failed
from assay.contracts.recovery.place import Node, Place
from assay.contracts.recovery.pointers import Pointer, parse
from assay.contracts.recovery.steps.change import Change, Said
from assay.contracts.recovery.tree import Tree, written

__all__ = ["patches"]

_Operation = Callable[[Tree], None]


def patches(said: Said, _contract: Contract) -> Iterable[Change]:
    """`patch: [{op: …, path: …}]`; a pointer here is that of RFC 6901, in which `*` is a name like any other."""
    return [_change(place, each) for place, each in enumerate(said)]


def _change(number: int, said: Said) -> Change:
    path, source = parse(said["path"]), parse(said.get("from", ""))
    operation = _OPERATIONS[said["op"]](path, source, written(said.get("value")))

    def run(tree: Tree, _failed: Failed) -> None:
        try:
            operation(tree)
        except RepairError as error:
            raise RepairError(f"operation {number + 1} of the patch, {said['op']} {said['path']}: {error}") from error

    return run


def _add(path: Pointer, _source: Pointer, value: Node) -> _Operation:
    return lambda tree: _insert(tree, path, value)


def _remove(path: Pointer, _source: Pointer, _value: Node) -> _Operation:
    return lambda tree: _take(tree, path)


def _replace(path: Pointer, _source: Pointer, value: Node) -> _Operation:
    return lambda tree: tree.put(_there(tree, path), value)


def _move(path: Pointer, source: Pointer, _value: Node) -> _Operation:
    def run(tree: Tree) -> None:
        node = _there(tree, source).node
        if path != source:
            _take(tree, source)
            _insert(tree, path, node)

    return run


def _copy(path: Pointer, source: Pointer, _value: Node) -> _Operation:
    return lambda tree: _insert(tree, path, tree.copied(_there(tree, source)))


def _test(path: Pointer, _source: Pointer, value: Node) -> _Operation:
    def run(tree: Tree) -> None:
        wanted = tree.value(Place({"": value}, ""))
        if not equal(tree.value(_there(tree, path)), wanted):
            raise RepairError("another value is there")

    return run


_OPERATIONS = {"add": _add, "remove": _remove, "replace": _replace, "move": _move, "copy": _copy, "test": _test}


def _there(tree: Tree, path: Pointer) -> Place:
    place = tree.at(path)
    if not place.is_there:
        raise RepairError("nothing is there")
    return place


def _take(tree: Tree, path: Pointer) -> None:
    if not path:
        raise RepairError("the whole record cannot be taken away")
    _there(tree, path).take()


def _insert(tree: Tree, path: Pointer, node: Node) -> None:
    """Put something there; in an array before what is there, or at its end, which is also called `-`."""
    holder = tree.holder(path)
    if not isinstance(holder, list):
        tree.put(Place(holder, path[-1] if path else ""), node)
        return
    key = len(holder) if path[-1] == "-" else tree.at(path).key
    if key > len(holder):
        raise RepairError("the array has no such place")
    holder.insert(key, node)
    tree.visit(len(holder))
