"""Asks the store again and again how far it got: who waits for news hears of other replicas, who asks for health the truth."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from assay.registry.store import ContractStore
from assay.registry.watch import Watch
from assay.runtime.database import StoreAwayError
from assay.telemetry import get_logger, metrics

__all__ = ["Pulse"]

BEAT_S = 0.25

log = get_logger()


class Pulse:
    """Beats while `run` runs; each beat reads the one row of history.

    Args:
        turned: called when the store begins to answer (True), and when it ceases to (False).
    """

    def __init__(
        self, store: ContractStore, watch: Watch, turned: Callable[[bool], Awaitable[None]], beat_s: float = BEAT_S
    ) -> None:
        self._store = store
        self._watch = watch
        self._turned = turned
        self._beat_s = beat_s
        self._is_ready = False

    @property
    def is_ready(self) -> bool:
        """Whether the store answered the last time it was asked, within the last seconds."""
        return self._is_ready

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            try:
                history = await self._store.glimpse()
            except StoreAwayError as error:
                await self._turn(False, str(error))
            else:
                self._watch.see(history)
                await self._turn(True)
            await asyncio.sleep(self._beat_s)

    async def _turn(self, is_ready: bool, error: str = "") -> None:
        if is_ready == self._is_ready:
            return
        self._is_ready = is_ready
        metrics.STORE_ANSWERS.set(int(is_ready))
        if is_ready:
            log.info("store.found", store=self._store.place)
        else:
            log.warning("store.lost", store=self._store.place, error=error)
        await self._turned(is_ready)
