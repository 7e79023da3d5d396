"""Judges the windows of every model, again and again: each soon after it is complete, and anew for what comes late."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from assay.api.drift.v1.window_pb2 import Window
from assay.drift.models import WatchedModel
from assay.drift.windows.forgetting import forget
from assay.drift.windows.judged import Watched
from assay.drift.windows.survey import Surveyed, survey
from assay.drift.windows.turn import Known, Turn, Turned, mark_of
from assay.runtime import Clock, failpoint
from assay.runtime.database import Database, StoreAwayError
from assay.streaming.standing import Attention, Bounds, Confirming
from assay.telemetry import get_logger, metrics

__all__ = ["Evaluator", "EvaluatorSettings"]

FORGET_EVERY_S = 60.0
log = get_logger()

Models = Callable[[], Mapping[str, WatchedModel]]
"""Returns the models that contracts speak of, by name, as they are now."""
Hear = Callable[[Sequence[Window]], None]


@dataclass(frozen=True, slots=True)
class EvaluatorSettings:
    """How often it looks, how long silence is borne, how long windows are kept, and how often late records are looked at."""

    every_s: float = 1.0
    dead_s: float = 20.0
    stuck_s: float = 30.0
    retention_d: float = 30.0
    revise_s: float = 10.0


@dataclass(slots=True)
class _Seen:
    """What this process remembers from one look to the next; all else is in the store."""

    attention: Attention
    forgotten_ms: int = 0
    revised_ms: dict[str, int] = field(default_factory=dict)
    confirming: Confirming = field(default_factory=Confirming)


class Evaluator:
    """Runs until cancelled. Several processes over one store judge each window once.

    Each model is one transaction, so that one whose counts can't be read delays no other.

    Args:
        database: where panes and windows are.
        models: the models in force.
        references: what they are held to; whoever runs it keeps them fresh.
        clock: the wall clock.
        settings: how often, how long.
        hear: called with windows that were judged, once they are kept; it must not wait.
    """

    def __init__(
        self,
        database: Database,
        models: Models,
        references: Known,
        clock: Clock,
        settings: EvaluatorSettings,
        hear: Hear = lambda _: None,
    ) -> None:
        self._database = database
        self._models = models
        self._references = references
        self._clock = clock
        self._settings = settings
        self._hear = hear
        self._seen = _Seen(Attention(clock.now_ms(), clock.now_ms()))

    async def run(self) -> None:
        """Look, judge what is due, and wait; a store that is away is asked again."""
        while True:
            has_more = False
            try:
                has_more = await self.look()
            except StoreAwayError as error:
                log.warning("judging.delayed", error=str(error))
            await asyncio.sleep(0 if has_more else self._settings.every_s)

    async def look(self) -> bool:
        """Take one look at every model; return whether more windows wait to be judged.

        Raises:
            StoreAwayError: the store does not answer.
        """
        self._attend()
        models = dict(self._models())
        found = await self._database.run(partial(survey, models=[*models.values()]))
        has_more = False
        for name, model in sorted(models.items()):
            has_more = await self._take(model, found[name]) or has_more
            self._attend()
        await self._forget(models)
        return has_more

    @property
    def listening(self) -> Bounds:
        """Since when panes are heard without a gap, and how long silence is borne."""
        return Bounds(self._settings.dead_s, self._settings.stuck_s, self._seen.attention.since_ms)

    def _attend(self) -> None:
        """Note that somebody looks, and that the store answers: without that for long, silence means nothing."""
        self._seen.attention = self._seen.attention.at(self._clock.now_ms())

    async def _take(self, model: WatchedModel, found: Surveyed) -> bool:
        """Take a turn at a model where there is something to do; return whether more windows wait."""
        now_ms = self._clock.now_ms()
        turn = self._turn(model, found, now_ms)
        if found.watched is not None and not found.is_due(turn.mark(found.watched, found.lanes)):
            return False
        try:
            done = await self._database.run(partial(turn.take, references=self._references))
        except StoreAwayError:
            raise
        except Exception:  # what a model breaks, it breaks for itself alone
            metrics.DRIFT_JUDGING_FAILED.labels(model.name).inc()
            log.exception("judging.failed", model=model.name)
            return False
        failpoint("drift.judged")
        self._tell(model.name, done, now_ms)
        return done.has_more

    def _turn(self, model: WatchedModel, found: Surveyed, now_ms: int) -> Turn:
        watched = found.watched or Watched(model.name, now_ms, 0)
        turn = Turn(model, now_ms, self.listening, None, self._revises(model.name, now_ms))
        found_ms = mark_of(turn, watched, found.lanes)
        confirmed_ms = self._seen.confirming.at(model.name, found_ms, found.lanes, now_ms)
        return Turn(model, now_ms, turn.listening, confirmed_ms, turn.revises)

    def _revises(self, model: str, now_ms: int) -> bool:
        """Whether late records are looked at: they are gathered, for a label judges all later windows anew."""
        return now_ms - self._seen.revised_ms.get(model, 0) >= 1000 * self._settings.revise_s

    def _tell(self, model: str, done: Turned, now_ms: int) -> None:
        if done.revised and not done.has_more:
            self._seen.revised_ms[model] = now_ms
        if done.windows:
            log.info("windows.judged", model=model, windows=len(done.windows))
            self._hear(done.windows)

    async def _forget(self, models: Mapping[str, WatchedModel]) -> None:
        now_ms = self._clock.now_ms()
        if now_ms - self._seen.forgotten_ms < 1000 * FORGET_EVERY_S:
            return
        gone = 0
        for model in models.values():
            gone += await self._database.run(partial(forget, model=model, retention_d=self._settings.retention_d))
        if not gone:
            self._seen.forgotten_ms = now_ms
