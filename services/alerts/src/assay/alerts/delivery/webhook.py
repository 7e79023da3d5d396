"""A channel to any HTTP server: a JSON body, signed as Standard Webhooks says."""

from __future__ import annotations

from collections.abc import Sequence

from assay.alerts.delivery.body import body_of
from assay.alerts.delivery.delivery import Delivery
from assay.alerts.delivery.http import Http
from assay.alerts.delivery.signature import headers
from assay.runtime import Clock

__all__ = ["Webhook"]


class Webhook:
    """Posts alerts one by one; the body is the same however often one is sent, the time and the signature are new."""

    def __init__(self, http: Http, keys: Sequence[bytes], clock: Clock) -> None:
        self._http = http
        self._keys = keys
        self._clock = clock

    async def send(self, delivery: Delivery) -> None:
        body = body_of(delivery)
        signed = headers(delivery.key, self._clock.now_ms() // 1_000, body, self._keys)
        await self._http.post(body, signed)
