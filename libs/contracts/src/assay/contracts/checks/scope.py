"""What the flows of a contract may speak of."""

from __future__ import annotations

from dataclasses import dataclass

from assay.contracts.model import Contract, Field, WireForm

__all__ = ["Scope", "scope_of"]


@dataclass(frozen=True, slots=True)
class Scope:
    """The contract that flows stand in, as far as they depend on it."""

    fields: tuple[Field, ...]
    rules: tuple[str, ...]
    version: str
    is_closed: bool = True
    is_cdc: bool = False
    form: WireForm = "json"

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the top-level fields, in order."""
        return tuple(field.name for field in self.fields)


def scope_of(contract: Contract) -> Scope:
    """What flows that are in no contract yet may speak of."""
    return Scope(
        fields=contract.fields,
        rules=tuple(rule.id for rule in contract.rules),
        version=contract.version,
        is_closed=contract.openness == "closed",
        is_cdc=contract.kind == "cdc",
        form=contract.form,
    )
