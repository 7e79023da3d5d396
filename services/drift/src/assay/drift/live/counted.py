"""Counts what windows come to for Prometheus: each prediction once, though windows overlap and come again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

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
        self._counted: defaultdict[Series, dict[int, Answers]] = defaultdict(dict)
        self._end_ms: dict[Series, int] = {}

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
        counted = self._counted[series]
        if window.start_ms not in counted:
            if window.revision > 1 or window.start_ms < self._end_ms.get(series, window.start_ms):
                return
            self._end_ms[series] = window.end_ms
        _add(series, window.operations, counted.get(window.start_ms, ({}, {})))
        counted[window.start_ms] = dict(window.operations.statuses), dict(window.operations.errors)
        if len(counted) > REMEMBERED:
            del counted[min(counted)]


def _add(series: Series, found: Operations, before: Answers) -> None:
    statuses, errors = before
    for status, count in found.statuses.items():
        metrics.DRIFT_REQUESTS.labels(series.model, series.version, status).inc(max(count - statuses.get(status, 0), 0))
    for error, count in found.errors.items():
        metrics.DRIFT_ERRORS.labels(series.model, series.version, error).inc(max(count - errors.get(error, 0), 0))
