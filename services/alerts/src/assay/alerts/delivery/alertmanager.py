"""A channel to Alertmanager's API v2, which hears again and again of what still fires."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Protocol

from assay.alerts.breaches import State
from assay.alerts.delivery.channel import DeliveryRefusedError
from assay.alerts.delivery.delivery import Delivery
from assay.alerts.delivery.http import Http
from assay.alerts.delivery.labels import Posted, posted
from assay.alerts.delivery.store import Claim
from assay.runtime import Clock, TransientError
from assay.telemetry import get_logger

__all__ = ["PATH", "Alertmanager", "Firings"]

PATH = "/api/v2/alerts"
BATCH = 100
LOOK_S = 1.0
ROUND_S = 60.0
LEASE_S = 2 * ROUND_S
log = get_logger()


class Firings(Protocol):
    """What was delivered: the firing that an alert ends, and all that still fires."""

    async def firing(self, delivery: Delivery) -> Delivery: ...

    async def repeat(self, channel: str, now_ms: int, lease_ms: int, every_ms: int) -> list[Claim]: ...

    async def release(self, claims: Sequence[Claim]) -> None: ...


class Alertmanager:
    """One alert there for each fingerprint, however often it is said; over when its end was said, or after a silence.

    An Alertmanager that lost its memory hears within `every_s` of all that fires; one that hears nothing of us for
    `ends_after_s` takes an alert as over.
    """

    def __init__(
        self, name: str, http: Http, firings: Firings, clock: Clock, *, every_s: float, ends_after_s: float
    ) -> None:
        self._name = name
        self._http = http
        self._firings = firings
        self._clock = clock
        self._every_s = every_s
        self._ends_after_s = ends_after_s

    async def send(self, delivery: Delivery) -> None:
        is_end = delivery.state is State.RESOLVED
        firing = await self._firings.firing(delivery) if is_end else delivery
        await self._post([self._posted(delivery, firing)])

    async def run(self) -> None:
        """Say again and again what fires, until cancelled."""
        while True:
            await asyncio.sleep(min(LOOK_S, self._every_s))
            try:
                await self._repeat()
            except (TransientError, DeliveryRefusedError) as error:
                log.warning("alerts.not_repeated", channel=self._name, error=str(error))
            except TimeoutError:
                log.warning("alerts.not_repeated", channel=self._name, error=f"it took longer than {ROUND_S:g} s")

    async def _repeat(self) -> None:
        """Post all that fires, while its end waits: whoever ends it speaks last."""
        lease_ms, every_ms = round(LEASE_S * 1_000), round(self._every_s * 1_000)
        claims = await self._firings.repeat(self._name, self._clock.now_ms(), lease_ms, every_ms)
        if not claims:
            return
        try:
            async with asyncio.timeout(ROUND_S):
                for start in range(0, len(claims), BATCH):
                    batch = [claim.delivery for claim in claims[start : start + BATCH]]
                    await self._post([self._posted(firing, firing) for firing in batch])
        finally:
            await self._firings.release(claims)

    def _posted(self, delivery: Delivery, firing: Delivery) -> Posted:
        return posted(delivery, firing, self._clock.now_ms(), self._ends_after_s)

    async def _post(self, alerts: Sequence[Posted]) -> None:
        await self._http.post(json.dumps(alerts).encode())
