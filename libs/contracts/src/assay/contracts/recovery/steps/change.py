"""What every step becomes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from assay.contracts.errors import ContractsError
from assay.contracts.model import Contract
from assay.contracts.recovery.errors import RepairError
from assay.contracts.recovery.outcome import Failed
from assay.contracts.recovery.pointers import EVERY, parse
from assay.contracts.recovery.tree import Json, Tree

__all__ = ["Change", "Make", "Said", "each_value", "of"]

Change = Callable[[Tree, Failed], None]
"""Changes a tree. It raises `RepairError` where that cannot be done exactly."""

Said = Any
"""What a contract says with a step; the vocabulary has checked its form."""

Make = Callable[[Said, Contract], Iterable[Change]]
"""Makes the changes of a step."""


def of(said: str, error: ContractsError | ValueError) -> RepairError:
    """The error with the place that it is about."""
    return RepairError(f"{said}: {error}")


def each_value(said: str, change: Callable[[Json], Json]) -> Change:
    """A change of whatever is at the places of a pointer; what is absent or null stays so."""
    pointer = parse(said)
    if len(pointer) == 1 and pointer[0] != EVERY:
        return _named_value(pointer[0], change)

    def run(tree: Tree, _failed: Failed) -> None:
        try:
            for place in tree.places(pointer):
                if place.is_there and (value := tree.value(place)) is not None:
                    changed = change(value)
                    if changed is not value:
                        tree.write(place, changed)
        except (RepairError, ValueError) as error:
            raise of(said, error) from error

    return run


def _named_value(name: str, change: Callable[[Json], Json]) -> Change:
    """The same of one field, which most flows are about, in half the time."""

    def run(tree: Tree, _failed: Failed) -> None:
        record = tree.object()
        if name in record and (value := tree.plain(record[name])) is not None:
            try:
                changed = change(value)
                if changed is not value:
                    record[name] = tree.made(changed)
            except (RepairError, ValueError) as error:
                raise of(name, error) from error

    return run
