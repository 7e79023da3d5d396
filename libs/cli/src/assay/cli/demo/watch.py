"""The delay model beside the flights: held to what it has learnt from, asked, and watched until its windows are judged."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assay.cli.demo.delays import Delays
from assay.cli.demo.rewatch import recounted_days
from assay.cli.demo.send import Answered
from assay.cli.demo.settle import until_reached
from assay.cli.demo.show import Show
from assay.cli.demo.watched import Alerted, DayWatched, Watched
from assay.cli.demo.watching import alerts_of, hold, pictures_of, watched_days
from assay.client import Setting
from assay.contracts import Contract
from assay.examples.flights.model import MODEL, THRESHOLD, VERSION

__all__ = ["Watch"]


@dataclass(frozen=True, slots=True)
class Watch:
    """The model, the contract of its predictions, and what a person sees of it."""

    delays: Delays
    predictions: Contract
    show: Show

    @property
    def setting(self) -> Setting:
        """How its answers are logged."""
        return Setting.of(self.predictions, VERSION, threshold=THRESHOLD)

    async def begin(self, drift: str) -> None:
        """Hold the model to the flights that it has learnt from."""
        papers = await asyncio.to_thread(self.delays.reference.papers)
        await hold(drift, MODEL, VERSION, papers)
        self.show.say(f"{MODEL}: held to {self.delays.learnt_from:,} flights of January, which it has learnt from")

    async def settle(self, drift: str, alerts: str, answered: Answered, expected: Sequence[DayWatched]) -> Watched:
        """Wait until each answer and each label is in a window, each whole day is judged, and people were told.

        Answers what windows and people say.
        """
        whole = [day for day in expected if day.is_complete]
        wanted = len(answered.scores) + sum(day.labelled for day in whole) + len(whole)

        async def counted() -> int:
            found = await watched_days(drift, MODEL)
            return sum(day.rows + day.labelled + day.is_complete for day in found)

        with self.show.bar("answers and labels in windows", wanted) as moved:
            await until_reached(wanted, counted, moved)
        found = await watched_days(drift, MODEL)
        watched = Watched(len(answered.scores), answered.labelled, found, await pictures_of(drift, found))
        return replace(watched, alerts=await self._told(alerts, watched))

    async def _told(self, alerts: str, watched: Watched) -> tuple[Alerted, ...]:
        """What people were told, once all is told that windows say."""
        news = sum(1 + (ended is not None) for _, _, ended in watched.runs)

        async def told() -> int:
            return sum(1 + (each.resolved_on is not None) for each in await alerts_of(alerts, self.predictions.id))

        with self.show.bar("alerts on the model", news) as moved:
            await until_reached(news, told, moved)
        return await alerts_of(alerts, self.predictions.id)

    def expected(self, answered: Answered) -> tuple[DayWatched, ...]:
        """What windows must say; blocks for a second."""
        return recounted_days(self.delays, answered.scores, self.predictions.monitoring)
