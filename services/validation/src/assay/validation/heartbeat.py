"""Says every few seconds where each partition stands on which no record comes: so that idle, stuck and dead differ."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from assay.runtime import Clock
from assay.streaming import BrokerError, Partition, Publisher, RefusedRecordError, Standing
from assay.telemetry import get_logger, metrics
from assay.validation.panes import heartbeat, written
from assay.validation.seating import Seating

__all__ = ["Heartbeat"]

EVERY_S = 5.0


class Heartbeat:
    """Publishes panes without counts, outside of every transaction: a repeated one does no harm, a lost one is the next.

    A partition whose position moved since the last beat has none: its panes say where it stands.
    """

    def __init__(self, publisher: Publisher, seating: Seating, clock: Clock, every_s: float = EVERY_S) -> None:
        self._publisher = publisher
        self._seating = seating
        self._clock = clock
        self._every_s = every_s
        self._last: dict[Partition, int] = {}

    async def run(self, standing: Callable[[], Mapping[Partition, Standing]]) -> None:
        """Beat until cancelled."""
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self._beat(standing())
            except (BrokerError, RefusedRecordError) as error:
                get_logger().warning("heartbeat.failed", error=str(error))

    async def _beat(self, standing: Mapping[Partition, Standing]) -> None:
        seats, now_ms = self._seating.seats.in_force, self._clock.now_ms()
        still = {partition: at for partition, at in standing.items() if self._last.get(partition) == at.position}
        self._last = {partition: at.position for partition, at in standing.items()}
        panes = [
            heartbeat(seats[partition.topic].contract.id, partition, at.position, at.log_end, now_ms)
            for partition, at in still.items()
            if partition.topic in seats
        ]
        if panes:
            await self._publisher.publish([written(pane) for pane in panes])
        for pane in panes:
            metrics.PANES_WRITTEN.labels(pane.contract, "heartbeat").inc()
