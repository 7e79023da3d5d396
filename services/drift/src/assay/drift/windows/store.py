"""What is known of windows: those that were judged, those that are open, and how far each model is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import sqlalchemy as sa

from assay.api.drift.v1.drift_pb2 import ModelStanding, PartitionStanding
from assay.api.drift.v1.window_pb2 import Window
from assay.drift.judging.series import Stretch, counted
from assay.drift.models import WatchedModel
from assay.drift.windows.grid import Grid
from assay.drift.windows.judged import Watched, number_of
from assay.drift.windows.lanes import Lane
from assay.drift.windows.merged import counts_between, totals_of
from assay.drift.windows.series import Series
from assay.drift.windows.survey import Surveyed, survey
from assay.drift.windows.tables import PANES, SERIES, WINDOWS
from assay.drift.windows.turn import Known, stands_of
from assay.monitoring.profiles.cells import Cells
from assay.runtime import Clock
from assay.runtime.database import Database
from assay.streaming import Partition
from assay.streaming.standing import Bounds, Standing

__all__ = ["WindowStore"]

MOST_OPEN = 100
"""Windows that are answered as open, at most: events of clocks gone wrong lie far ahead."""

Models = Callable[[], Mapping[str, WatchedModel]]


class WindowStore:
    """Reads what panes and windows came to; every call is one short transaction.

    Args:
        database: where they are.
        models: the models in force, by name.
        references: what they are held to.
        clock: the wall clock.
        listening: since when panes are heard, and how long silence is borne, as the evaluator says.

    Raises:
        StoreAwayError: from every method, when the store does not answer.
    """

    def __init__(
        self, database: Database, models: Models, references: Known, clock: Clock, listening: Callable[[], Bounds]
    ) -> None:
        self._database = database
        self._models = models
        self._references = references
        self._clock = clock
        self._listening = listening

    async def latest(self, per_series: int) -> list[Window]:
        """Return the newest complete windows of every series, so many of each at most, the oldest first."""
        found: list[Window] = []
        for series in await self._database.run(_series):
            found += await self._database.run(partial(_newest, series=series, limit=per_series))
        return sorted(found, key=lambda each: each.end_ms)

    async def series(self) -> list[Series]:
        """Return every series that a window was judged of."""
        return await self._database.run(_series)

    async def turns(self) -> dict[str, int]:
        """Return the newest turn of each model: with it, `since` gives what is judged from now on."""
        return await self._database.run(_turns)

    async def since(self, turns: Mapping[str, int]) -> tuple[list[Window], dict[str, int]]:
        """Return windows that were judged since, here or by another process, and the turns to ask with the next time.

        Args:
            turns: of each model the last turn that is known; empty for nothing.
        """
        return await self._database.run(partial(_since, turns=turns, models=[*self._models()]))

    async def range(self, series: Series, since_ms: int, until_ms: int, limit: int) -> list[Window]:
        """Return complete windows of a series that begin at or after one time and before the other, the oldest first.

        0 is no bound.
        """
        return await self._database.run(
            partial(_range, series=series, since_ms=since_ms, until_ms=until_ms, limit=limit)
        )

    async def open_ones(self, series: Series) -> list[Window]:
        """Return the windows of a series that are not complete, oldest first, with counts and no verdict."""
        model = self._models().get(series.model)
        if model is None:
            return []
        return await self._database.run(partial(_open, model=model, series=series, references=self._references))

    async def cells(self, series: Series, start_ms: int, end_ms: int, reference: str) -> Cells | None:
        """Return what fell into the bins of a reference in a stretch of time; None where that is not kept."""
        counts = await self._database.run(partial(counts_between, series=series, start_ms=start_ms, end_ms=end_ms))
        return None if counts is None else totals_of(counts, self._references.by_id).features.get(reference)

    async def standings(self) -> list[ModelStanding]:
        """Return how far each model is, and how its partitions stand."""
        models = self._models()
        found, series = await self._database.run(partial(_all, models=[*models.values()]))
        now_ms, listening = self._clock.now_ms(), self._listening()
        return [
            _standing(model, found[name], [each for each in series if each.model == name], now_ms, listening)
            for name, model in sorted(models.items())
        ]


def _series(transaction: sa.Connection) -> list[Series]:
    columns = (SERIES.c.model, SERIES.c.version, SERIES.c.segment)
    return [Series(*row) for row in transaction.execute(sa.select(*columns).order_by(*columns))]


def _turns(transaction: sa.Connection) -> dict[str, int]:
    newest = sa.select(WINDOWS.c.model, sa.func.max(WINDOWS.c.turn)).group_by(WINDOWS.c.model)
    return {str(row[0]): int(row[1]) for row in transaction.execute(newest)}


def _newest(transaction: sa.Connection, series: Series, limit: int) -> list[Window]:
    query = sa.select(WINDOWS.c.window).filter_by(**series._asdict()).order_by(WINDOWS.c.start_ms.desc()).limit(limit)
    return [Window.FromString(each) for each in transaction.scalars(query)][::-1]


def _since(
    transaction: sa.Connection, turns: Mapping[str, int], models: Sequence[str]
) -> tuple[list[Window], dict[str, int]]:
    found: list[Window] = []
    after = dict(turns)
    for model in models:
        query = sa.select(WINDOWS.c.turn, WINDOWS.c.window).filter_by(model=model)
        fresh = query.where(WINDOWS.c.turn > turns.get(model, 0)).order_by(WINDOWS.c.turn, WINDOWS.c.start_ms)
        for turn, window in transaction.execute(fresh):
            found.append(Window.FromString(window))
            after[model] = turn
    return found, after


def _range(transaction: sa.Connection, series: Series, since_ms: int, until_ms: int, limit: int) -> list[Window]:
    query = sa.select(WINDOWS.c.window).filter_by(**series._asdict()).order_by(WINDOWS.c.start_ms).limit(limit)
    if since_ms:
        query = query.where(WINDOWS.c.start_ms >= since_ms)
    if until_ms:
        query = query.where(WINDOWS.c.start_ms < until_ms)
    return [Window.FromString(each) for each in transaction.scalars(query)]


def _open(transaction: sa.Connection, model: WatchedModel, series: Series, references: Known) -> list[Window]:
    """Windows with a stretch that end after the watermark."""
    mark_ms = survey(transaction, [model])[model.name].mark_ms
    grid, number = Grid.of(model.monitoring), number_of(transaction, series)
    query = sa.select(PANES.c.start_ms).distinct().filter_by(**series._asdict()).order_by(PANES.c.start_ms)
    starts = transaction.scalars(query.where(PANES.c.start_ms > mark_ms - grid.window_ms).limit(MOST_OPEN * 10))
    begins = sorted({at for start in starts for at in grid.with_stretch(start) if at + grid.window_ms > mark_ms})
    found: list[Window] = []
    for at_ms in begins[:MOST_OPEN]:
        end_ms = at_ms + grid.window_ms
        counts = counts_between(transaction, series, at_ms, end_ms)
        if counts is not None:
            stretch = Stretch(at_ms, end_ms, number + len(found))
            window = counted(model, stretch, totals_of(counts, references.by_id))
            window.model_version, window.segment = series.version, series.segment
            found.append(window)
    return found


def _all(transaction: sa.Connection, models: Sequence[WatchedModel]) -> tuple[Mapping[str, Surveyed], Sequence[Series]]:
    return survey(transaction, models), _series(transaction)


def _standing(
    model: WatchedModel, found: Surveyed, series: Sequence[Series], now_ms: int, listening: Bounds
) -> ModelStanding:
    watched = found.watched or Watched(model.name, now_ms, 0)
    stands = stands_of(model, found.lanes, now_ms, listening, watched.known_ms)
    lanes = {lane.place: lane for lane in found.lanes}
    return ModelStanding(
        model=model.name,
        versions=sorted({each.version for each in series}),
        segments=sorted({each.segment for each in series if each.segment}),
        watermark_ms=watched.watermark_ms,
        partitions=[_partition(place, stands[place], lanes.get(place)) for place in sorted(stands)],
        window_ms=1000 * model.monitoring.window_s,
        unmatched=sum(lane.unmatched for lane in found.lanes),
        forgotten=sum(lane.forgotten for lane in found.lanes),
    )


def _partition(place: Partition, stands: Standing, lane: Lane | None) -> PartitionStanding:
    return PartitionStanding(
        partition=place.partition,
        standing=stands,
        max_event_ms=lane.max_event_ms if lane else None,
        waiting=lane.log_end - lane.next_offset if lane else 0,
    )
