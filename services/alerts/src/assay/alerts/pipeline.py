"""The stream of alerts: one measurement in, its breach and its notices kept, those who carry them woken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Protocol

from assay.alerts.breaches import Breach, Kind, Measurement, Step, step
from assay.alerts.errors import MalformedMeasurementError
from assay.alerts.wire import read_measurement
from assay.contracts import Contract
from assay.runtime import Clock, TransientError
from assay.telemetry import get_logger, metrics

__all__ = ["Alerts"]

FIRST_DELAY_S = 0.1
LONGEST_DELAY_S = 5.0
log = get_logger()


class Breaches(Protocol):
    """Where breaches are kept, as `BreachStore` promises."""

    async def advance(self, fingerprint: str, step: Callable[[Breach | None], Step], at_ms: int) -> Step: ...


class Alerts:
    """Takes the records of `assay.breaches`, one after the other; taking one twice changes nothing."""

    def __init__(
        self,
        contracts: Mapping[str, Contract],
        store: Breaches,
        moved: Callable[[Sequence[Step]], None],
        clock: Clock,
        retry_s: float,
    ) -> None:
        self._contracts = contracts
        self._store = store
        self._moved = moved
        self._clock = clock
        self._retry_s = retry_s

    async def take(self, _key: bytes | None, value: bytes) -> None:
        """Return once the measurement is kept; one that can't be read is counted and skipped.

        Raises:
            TransientError: the store kept failing for `retry_s`; the record is not settled.
        """
        try:
            measurement = read_measurement(value)
        except MalformedMeasurementError as error:
            log.warning("measurement.skipped", error=str(error), size_bytes=len(value))
            metrics.MEASUREMENTS_RECEIVED.labels(contract="", state="malformed").inc()
            return
        taken = await self._persistently(measurement)
        metrics.MEASUREMENTS_RECEIVED.labels(contract=measurement.contract, state=measurement.state).inc()
        if taken.notice is not None:
            log.info("breach.moved", contract=measurement.contract, promise=measurement.promise, state=taken.notice)
        if taken.breach is not None:
            self._moved([taken])

    async def _persistently(self, measurement: Measurement) -> Step:
        """Keep what the measurement makes of its breach, trying again while the store fails."""
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + self._retry_s
        delay_s = FIRST_DELAY_S
        while True:
            try:
                next_step = partial(self._step, measurement)
                return await self._store.advance(measurement.fingerprint, next_step, self._clock.now_ms())
            except TransientError as error:
                if loop.time() + delay_s > deadline_s:
                    raise
                log.warning("measurement.delayed", error=str(error), delay_s=delay_s)
            await asyncio.sleep(delay_s)
            delay_s = min(delay_s * 2, LONGEST_DELAY_S)

    def _step(self, measurement: Measurement, newest: Breach | None) -> Step:
        """The rule's step; a promise whose contract waits for several windows is told of by the stream alone."""
        contract = self._contracts.get(measurement.contract)
        if measurement.kind is Kind.PROMISE and contract is not None and _waits(contract, measurement.promise):
            return Step()
        return step(newest, measurement)


def _waits(contract: Contract, promise: str) -> bool:
    """Whether one window does not make a breach of a promise, nor its end."""
    held = next((each for each in contract.promises if each.id == promise), None)
    return held is not None and (held.patience.fires_after > 1 or held.patience.resolves_after > 1)
