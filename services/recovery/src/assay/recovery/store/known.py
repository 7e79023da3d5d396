"""What the contracts in force have flows for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from assay.contracts import Contract, Reason, Recovery, Violation

__all__ = ["Known"]


class Known:
    """The flows in force, asked without looking at a record; `opens_sealed` says that recovery holds a key.

    They are compiled when they are first asked, by whoever reads the store: not on the event loop.
    """

    def __init__(self, *, opens_sealed: bool = True) -> None:
        self.opens_sealed = opens_sealed
        self._seats: dict[str, _Seat] = {}

    def seat(self, contract: Contract) -> None:
        """Answer by this version from now on."""
        self._seats[contract.id] = _Seat(contract)

    def knows(self, contract: str, reason: str, violations: Sequence[Violation]) -> bool:
        """Whether some flow of the contract in force may be for such dead letters; what only waits goes back by itself."""
        if reason == Reason.HELD:
            return True
        seat = self._seats.get(contract)
        return seat is not None and bool(seat.contract.flows) and seat.recovery.knows(reason, violations)


class _Seat:
    """One version and, once they are asked, its flows."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract

    @cached_property
    def recovery(self) -> Recovery:
        return Recovery(self.contract)
