"""What is known of windows: those that were judged, those that are open, and how far each model is."""

from __future__ import annotations

from collections.abc import Mapping

from assay.api.drift.v1.drift_pb2 import ModelStanding
from assay.api.drift.v1.window_pb2 import Window
from assay.drift.models import WatchedModel
from assay.drift.windows.series import Series
from assay.runtime.database import Database
from assay.streaming.standing import Bounds

__all__ = ["WindowStore"]


class WindowStore:
    """Reads what panes and windows came to; every call is one short transaction.

    Raises:
        StoreAwayError: from every method, when the store does not answer.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def latest(self, per_series: int) -> list[Window]:
        """Return the newest complete windows of every series, so many of each at most, the oldest first."""
        raise NotImplementedError

    async def since(self, turn: int) -> tuple[list[Window], int]:
        """Return the windows that were judged, here or by another process, after a turn; and the turn to ask for next.

        What is returned for 0 is everything that is kept.
        """
        raise NotImplementedError

    async def range(
        self, key: Series, since_ms: int, until_ms: int, limit: int, after: int | None = None
    ) -> list[Window]:
        """Return complete windows of a series that begin in a stretch of time, the oldest first, so many at most.

        Args:
            key: the series.
            since_ms: windows begin then or later.
            until_ms: windows begin before; 0 is no bound.
            limit: how many at most.
            after: the start of the last one of the page before.
        """
        raise NotImplementedError

    async def open(self, model: WatchedModel, key: Series) -> list[Window]:
        """Return the windows of a series that are not complete yet: counts, and no verdict."""
        raise NotImplementedError

    async def standings(self, models: Mapping[str, WatchedModel], now_ms: int, bounds: Bounds) -> list[ModelStanding]:
        """Return how far each model is, and how its partitions stand."""
        raise NotImplementedError
