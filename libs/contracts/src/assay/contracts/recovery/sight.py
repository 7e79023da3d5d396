"""What the expressions of a flow see of a dead letter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from assay.contracts.model import Contract, Field
from assay.contracts.recovery.outcome import Failed
from assay.contracts.recovery.tree import Tree
from assay.contracts.rule_view import rule_view

__all__ = ["BESIDES", "Sight", "names_of"]

BESIDES = ("record", "headers", "declared")
"""What there is besides the fields: the whole record, the producer's headers, the version that the record declares."""


def names_of(fields: tuple[Field, ...]) -> tuple[str, ...]:
    """The names that an expression may use; a field goes before what has its name."""
    own = tuple(field.name for field in fields)
    return (*own, *(name for name in BESIDES if name not in own))


class Sight:
    """Sees of records what an expression reads, as the rules of a contract do: values of its types, or null."""

    def __init__(self, contract: Contract, names: Iterable[str]) -> None:
        read, own = {*names}, [field.name for field in contract.fields]
        self._besides = [name for name in BESIDES if name in read and name not in own]
        self._is_whole = "record" in self._besides
        self._fields = own if self._is_whole else [name for name in own if name in read]
        self._view = rule_view(contract.fields, self._fields)

    def of(self, tree: Tree, failed: Failed) -> Mapping[str, Any]:
        """What there is to see, by name.

        Raises:
            RepairError: it is no object.
        """
        seen = self._seen(tree)
        if self._view:
            self._view(seen)
        if not self._besides:
            return seen
        besides = {"record": dict(seen), "headers": _headers(failed), "declared": failed.declared}
        return seen | {name: besides[name] for name in self._besides}

    def _seen(self, tree: Tree) -> dict[str, Any]:
        root = tree.object()
        if self._is_whole:
            seen: dict[str, Any] = tree.plain(root)
            return seen
        return {name: tree.plain(root[name]) for name in self._fields if name in root}


def _headers(failed: Failed) -> dict[str, str]:
    """The headers that are text."""
    found: dict[str, str] = {}
    for name, value in failed.headers.items():
        try:
            found[name] = (value or b"").decode()
        except UnicodeDecodeError:
            continue
    return found
