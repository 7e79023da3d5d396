"""What the contracts in force have flows for."""

from __future__ import annotations

from collections.abc import Sequence

from assay.contracts import Contract, Violation, When

__all__ = ["Known"]


class Known:
    """The flows in force, asked without looking at a record; `opens_sealed` says that recovery holds a key."""

    def __init__(self, *, opens_sealed: bool = True) -> None:
        self.opens_sealed = opens_sealed
        self._flows: dict[str, tuple[When, ...]] = {}

    def seat(self, contract: Contract) -> None:
        """Answer by this version from now on."""
        self._flows[contract.id] = tuple(flow.when for flow in contract.flows)

    def knows(self, contract: str, reason: str, violations: Sequence[Violation]) -> bool:
        """Whether some flow of the contract in force may be for such dead letters."""
        return any(_matches(when, reason, violations) for when in self._flows.get(contract, ()))


def _matches(when: When, reason: str, violations: Sequence[Violation]) -> bool:
    if when.reason != reason:
        return False
    return any(when.path in (None, each.path) and when.rule in (None, each.rule) for each in violations)
