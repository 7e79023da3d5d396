"""Shows windows as Prometheus metrics: how models answer, how they do, and what moved most."""

from __future__ import annotations

import asyncio
from collections import Counter as Counts
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from prometheus_client import Gauge

from assay.api.drift.v1.drift_pb2 import ModelStanding
from assay.api.drift.v1.window_pb2 import DriftState
from assay.drift.live.desk import KeptWindows
from assay.drift.live.held import Held
from assay.drift.live.live import Live
from assay.drift.live.signals import FIRING, SEVERITIES, Mark
from assay.runtime import Clock
from assay.runtime.database import StoreAwayError
from assay.telemetry import get_logger, metrics

__all__ = ["Gauges"]

SIGNALS = 20
"""Signals of a model that have a series of their own; the others count in the sums."""

EVERY_S = 10.0
LEVELS = {DriftState.DRIFT_STATE_OK: 1, DriftState.DRIFT_STATE_PENDING: 2, DriftState.DRIFT_STATE_FIRING: 3}
QUANTILES = {"0.5": "latency_p50_ms", "0.95": "latency_p95_ms", "0.99": "latency_p99_ms"}

Shown = tuple[Gauge, tuple[str, ...]]


class Gauges:
    """Shows what is live, and nothing that was shown before and is no more."""

    def __init__(self, live: Live, windows: KeptWindows, clock: Clock) -> None:
        self._live = live
        self._windows = windows
        self._clock = clock
        self._shown: set[Shown] = set()

    async def run(self) -> None:
        """Show how things are again and again, until cancelled."""
        while True:
            try:
                self.show(await self._windows.standings())
            except StoreAwayError as error:
                get_logger().warning("standings.unknown", error=str(error))
                self.show(())
            await asyncio.sleep(EVERY_S)

    def show(self, standings: Sequence[ModelStanding]) -> None:
        """Set the series of what is live and of these standings, and remove all others that were set here."""
        shown: set[Shown] = set()
        for gauge, labels, value in (*self._of_models(), *_of_standings(standings, self._clock.now_ms())):
            gauge.labels(*labels).set(value)
            shown.add((gauge, labels))
        for gauge, labels in self._shown - shown:
            gauge.remove(*labels)
        self._shown = shown

    def _of_models(self) -> Iterator[tuple[Gauge, tuple[str, ...], float]]:
        for model in self._live.models():
            for held in self._live.fresh(model):
                if not held.series.segment:
                    yield from _of_window(held)
            marks = self._live.marks(model)
            worst = list(islice(marks, SIGNALS))
            for mark in worst:
                yield from _of_mark(mark)
            yield from _firing(model, (*worst, *marks))


def _of_window(held: Held) -> Iterator[tuple[Gauge, tuple[str, ...], float]]:
    window, name = held.window(), (held.series.model, held.series.version)
    for quantile, field in QUANTILES.items():
        if window.operations.HasField(field):  # type: ignore[arg-type]  # one of its fields
            yield metrics.DRIFT_LATENCY_MS, (*name, quantile), getattr(window.operations, field)
    if window.HasField("performance"):
        yield metrics.DRIFT_COVERAGE, name, window.performance.coverage


def _of_mark(mark: Mark) -> Iterator[tuple[Gauge, tuple[str, ...], float]]:
    window = mark.window
    labels = window.model, window.model_version, window.segment, mark.kind, mark.name
    yield metrics.DRIFT_SIGNAL_STATE, labels, LEVELS.get(mark.state, 0)
    yield metrics.DRIFT_EFFECT, labels, mark.effect


def _firing(model: str, marks: Iterable[Mark]) -> Iterator[tuple[Gauge, tuple[str, ...], float]]:
    found = Counts(each.severity for each in marks if each.state == FIRING)
    for severity in SEVERITIES:
        yield metrics.DRIFT_FIRING, (model, severity), found[severity]


def _of_standings(standings: Iterable[ModelStanding], now_ms: int) -> Iterator[tuple[Gauge, tuple[str, ...], float]]:
    for each in standings:
        name = (each.model,)
        if each.HasField("watermark_ms"):
            yield metrics.DRIFT_WATERMARK_AGE_S, name, (now_ms - each.watermark_ms) / 1000
        yield metrics.DRIFT_UNMATCHED, name, each.unmatched
        yield metrics.DRIFT_FORGOTTEN, name, each.forgotten
