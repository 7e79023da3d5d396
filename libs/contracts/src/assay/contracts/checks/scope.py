"""What the flows of a contract may speak of."""

from __future__ import annotations

from dataclasses import dataclass

from assay.contracts.model import Contract, Field

__all__ = ["Scope", "scope_of"]


@dataclass(frozen=True, slots=True)
class Scope:
    """The fields of a contract, and the ids of its rules."""

    fields: tuple[Field, ...]
    rules: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the top-level fields, in order."""
        return tuple(field.name for field in self.fields)


def scope_of(contract: Contract) -> Scope:
    """What flows that are in no contract yet may speak of."""
    return Scope(contract.fields, tuple(rule.id for rule in contract.rules))
