"""Keeps the seats up to date: contracts take theirs, versions come and are retired, the registry comes and goes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Protocol

from assay.contracts import Contract
from assay.telemetry import get_logger, metrics
from assay.validation.judges import Judges, Seat
from assay.validation.seats import Patience, Seats, Versions

__all__ = ["Known", "Seating"]


class Known(Protocol):
    """What is known of contracts, as `assay.client.Catalog` promises."""

    @property
    def versions(self) -> Versions: ...

    @property
    def is_current(self) -> bool: ...


class Seating:
    """Gives the seats of this moment, from the contracts that were taken and the versions that are known.

    A partition that meets an unknown version while the registry is away waits `wait_s` for it, once.
    """

    def __init__(self, known: Known, wait_s: float = 60.0, now_s: Callable[[], float] = time.monotonic) -> None:
        self._known = known
        self._patience = Patience(wait_s, now_s)
        self._judges = Judges()
        self._taken: dict[str, Seat] = {}
        self._held: set[str] = set()
        self._seats = self._arranged()

    @property
    def seats(self) -> Seats:
        """The seats of this moment; the same object for as long as nothing changes."""
        known, seats = self._known, self._seats
        if known.is_current:
            self._patience.forget()
        if seats.versions is not known.versions or seats.is_current is not known.is_current:
            self._seats = self._arranged()
        return self._seats

    async def take(self, contracts: Sequence[Contract]) -> None:
        """Put contracts in force for their raw topics, each in place of the version before it.

        One that can't be compiled is logged and counted, and holds its own topics alone; where an earlier version is in
        force, that stays.
        """
        for contract in contracts:
            seat = await asyncio.to_thread(self._judges.of, contract)
            if seat is None:
                self._held.add(contract.id)
                continue
            self._taken[contract.id] = seat
            self._held.discard(contract.id)
            get_logger().info("contract.seated", contract=contract.id, version=contract.version)
        metrics.CONTRACTS_HELD.set(len(self._held))
        self._seats = self._arranged()

    def _arranged(self) -> Seats:
        known, taken = self._known, self._taken.values()
        return Seats(
            topics=frozenset(topic for seat in taken for topic in seat.contract.topics.raw),
            in_force=MappingProxyType(
                {topic: seat for seat in taken if self._is_in_use(seat) for topic in seat.contract.topics.raw}
            ),
            versions=known.versions,
            is_current=known.is_current,
            judges=self._judges,
            patience=self._patience,
        )

    def _is_in_use(self, seat: Seat) -> bool:
        """Whether the version was not retired; its topics wait for the next one, whose own topics may not stand yet."""
        known = self._known.versions.get(seat.contract.id, {}).get(seat.contract.version)
        return known is None or not known.retired
