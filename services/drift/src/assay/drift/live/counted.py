"""Counts what windows come to for Prometheus: each prediction once, though windows overlap and come again."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping
from math import inf

from assay.api.drift.v1.window_pb2 import Operations, Window
from assay.drift.windows.series import Series
from assay.telemetry import metrics

__all__ = ["Counted"]

REMEMBERED = 1_000
"""Windows of a series whose revisions still add to what was counted."""

Answers = tuple[Mapping[str, int], Mapping[str, int]]


class Counted:
    """Takes the windows that this process judged. Of those that overlap, it counts the ones that stand side by side.

    A revision adds what it has more than the one that was counted here; one of a window that was not adds nothing.
    """

    def __init__(self) -> None:
        self._rows: defaultdict[Series, _Row] = defaultdict(_Row)

    def note(self, windows: Iterable[Window]) -> None:
        """Count windows that were judged; never waits."""
        for window in windows:
            if window.is_complete:
                made = metrics.DRIFT_REVISIONS if window.revision > 1 else metrics.DRIFT_WINDOWS_JUDGED
                made.labels(window.model).inc()
                if not window.segment:
                    self._count(window)

    def _count(self, window: Window) -> None:
        series = Series(window.model, window.model_version)
        row = self._rows[series]
        before = row.counted.get(window.start_ms)
        if before is None and (window.revision > 1 or not row.has_room(window)):
            return
        _add(series, window.operations, before or ({}, {}))
        row.put(window)


class _Row:
    """Windows of a series that were counted: no two of them overlap."""

    def __init__(self) -> None:
        self.counted: dict[int, Answers] = {}
        self._stretches: list[tuple[int, int]] = []
        self._forgotten_ms = -inf

    def has_room(self, window: Window) -> bool:
        """Whether it overlaps none that was counted, in any order: one may come into being behind others."""
        place = bisect_left(self._stretches, (window.start_ms, window.end_ms))
        end_ms = self._stretches[place - 1][1] if place else self._forgotten_ms
        return end_ms <= window.start_ms and all(
            window.end_ms <= start_ms for start_ms, _ in self._stretches[place : place + 1]
        )

    def put(self, window: Window) -> None:
        """Remember what was counted of a window; of too many, the oldest is forgotten."""
        if window.start_ms not in self.counted:
            insort(self._stretches, (window.start_ms, window.end_ms))
        self.counted[window.start_ms] = dict(window.operations.statuses), dict(window.operations.errors)
        if len(self.counted) > REMEMBERED:
            start_ms, self._forgotten_ms = self._stretches.pop(0)
            del self.counted[start_ms]


def _add(series: Series, found: Operations, before: Answers) -> None:
    statuses, errors = before
    for status, count in found.statuses.items():
        metrics.DRIFT_REQUESTS.labels(series.model, series.version, status).inc(max(count - statuses.get(status, 0), 0))
    for error, count in found.errors.items():
        metrics.DRIFT_ERRORS.labels(series.model, series.version, error).inc(max(count - errors.get(error, 0), 0))
