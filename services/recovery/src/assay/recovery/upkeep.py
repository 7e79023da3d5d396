"""Forgets, every few minutes, what no topic holds any more."""

from __future__ import annotations

import asyncio

from assay.contracts import Contract
from assay.recovery.store import prune
from assay.runtime import Clock
from assay.runtime.database import Database, StoreAwayError
from assay.telemetry import get_logger

__all__ = ["Upkeep"]

EVERY_S = 300.0


class Upkeep:
    """Keeps the store as small as the topics are."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._contracts: dict[str, Contract] = {}

    def seat(self, contract: Contract) -> None:
        """Forget by the retention of this version from now on."""
        self._contracts[contract.id] = contract

    async def run(self) -> None:
        """Run until cancelled; a store that is away is looked after later."""
        while True:
            await asyncio.sleep(EVERY_S)
            for contract in list(self._contracts.values()):
                try:
                    forgotten = await prune(self._database, contract, self._clock.now_ms())
                except StoreAwayError as error:
                    get_logger().warning("failures.not_forgotten", contract=contract.id, error=str(error))
                else:
                    get_logger().info("failures.forgotten", contract=contract.id, failures=forgotten)
