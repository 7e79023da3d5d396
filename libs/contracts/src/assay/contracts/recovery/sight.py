"""What the expressions of a flow see of a dead letter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.contracts.model import Contract, Field
from assay.contracts.recovery.errors import RepairError
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
    """Sees records as the rules of a contract do: values of its types, a field that is absent as null."""

    def __init__(self, contract: Contract) -> None:
        own = [field.name for field in contract.fields]
        self.names = names_of(contract.fields)
        self._view = rule_view(contract.fields, own)
        self._besides = [name for name in BESIDES if name not in own]

    def of(self, tree: Tree, failed: Failed) -> Mapping[str, Any]:
        """What there is to see, by name.

        Raises:
            RepairError: it is no object.
        """
        seen = tree.value(tree.at(()))
        if not isinstance(seen, dict):
            raise RepairError("the record is not a JSON object")
        record = self._view(seen) if self._view else seen
        besides = {"record": dict(record), "headers": _headers(failed), "declared": failed.declared}
        return record | {name: besides[name] for name in self._besides}


def _headers(failed: Failed) -> dict[str, str]:
    """The headers that are text."""
    found: dict[str, str] = {}
    for name, value in failed.headers.items():
        try:
            found[name] = (value or b"").decode()
        except UnicodeDecodeError:
            continue
    return found
