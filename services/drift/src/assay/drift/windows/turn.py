"""One turn at one model: what is complete is judged, what came late is judged again, what changed is told. One transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import sqlalchemy as sa

from assay.api.drift.v1.window_pb2 import Window
from assay.drift.judging.series import Stretch, judge
from assay.drift.judging.totals import Totals
from assay.drift.models import WatchedModel
from assay.drift.references import Reference
from assay.drift.windows import judged
from assay.drift.windows.breaches import silenced, told
from assay.drift.windows.fold import lane_of
from assay.drift.windows.grid import Grid
from assay.drift.windows.judged import Judged, SeriesRow, State, Watched
from assay.drift.windows.lanes import Lane
from assay.drift.windows.merged import NO_COUNTS, Dirty, clean, counts_between, dirty_ones, totals_of, touch
from assay.drift.windows.outbox import post
from assay.drift.windows.series import Series
from assay.drift.windows.sessions import join_parts, sessions_between
from assay.drift.windows.stretches import closers, longer_of
from assay.drift.windows.tables import LANES
from assay.drift.windows.users import Variant, settle, sums_between
from assay.monitoring.experiments import UserSums
from assay.streaming import Partition
from assay.streaming.standing import Bounds, Standing, standings, watermark

__all__ = ["Known", "Turn", "Turned", "lanes_of", "mark_of", "stands_of"]

MOST_WINDOWS = 100
"""Windows that one transaction judges, so that the fold need not wait long."""


QUIET_MS, QUIET_WINDOWS = 86_400_000, 3
"""Without a prediction for a day, and for some windows, what fires is over."""


class Known(Protocol):
    """What is known of references, as `References` promises."""

    def of(self, model: str, version: str) -> Reference | None: ...

    def by_id(self, id: str) -> Reference | None: ...  # noqa: A002 -- it is what the wire calls it


@dataclass(frozen=True, slots=True)
class Turned:
    """What a turn did: windows in a new revision, and whether more wait."""

    windows: tuple[Window, ...] = ()
    has_more: bool = False
    revised: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """A model at one moment; `listening` says since when panes are heard, and how long silence is borne."""

    model: WatchedModel
    now_ms: int
    listening: Bounds
    confirmed_ms: int | None
    """How far the watermark is confirmed; None for not at all yet."""
    revises: bool = True
    """Whether windows that were judged are judged again for what came late; new ones are judged all the same."""

    def take(self, transaction: sa.Connection, references: Known) -> Turned:
        """Judge, keep and tell; all of it is kept, or nothing. Done again it changes nothing."""
        watched = judged.lock(transaction, self.model.name, self.now_ms)
        mark_ms = self.mark(watched, lanes_of(transaction, self.model))
        if mark_ms is None:
            judged.advance(transaction, self.model.name, None, 0, 0)
            return Turned()
        monitoring, grid = self.model.monitoring, Grid.of(self.model.monitoring)
        # What waits came in time by the bound that was in force when it came: a new one holds for what comes after it.
        sessions = join_parts(transaction, self.model.name, monitoring, watched.labels_from_ms, watched.turns)
        users = settle(transaction, self.model.name, monitoring.metrics, watched.labels_from_ms)
        waits = sessions.has_more or users.has_more
        touch(transaction, sessions.changed | users.changed, watched.turns)
        work = _Work(self, transaction, references, grid, mark_ms, watched.turns, has_more=waits)
        for series, dirty in dirty_ones(transaction, self.model.name).items():
            work.take(series, dirty)
        work.silence()
        labels_from_ms = watched.labels_from_ms
        if not waits:  # nor does what was settled change again where the contract gives a longer horizon
            labels_from_ms = max(
                labels_from_ms, grid.first_open(mark_ms, 1000 * max(monitoring.horizon_s, monitoring.lateness_s))
            )
        predictions_from_ms = max(labels_from_ms, grid.first_open(mark_ms, 1000 * monitoring.lateness_s))
        judged.advance(transaction, self.model.name, mark_ms, predictions_from_ms, labels_from_ms)
        return Turned(tuple(work.windows), work.has_more, work.revised)

    def mark(self, watched: Watched, lanes: Sequence[Lane]) -> int | None:
        """The watermark as far as it is confirmed; it never goes back."""
        found_ms, before_ms = mark_of(self, watched, lanes), watched.watermark_ms
        if found_ms is None or self.confirmed_ms is None:
            return before_ms
        sure_ms = min(found_ms, self.confirmed_ms)
        return sure_ms if before_ms is None else max(sure_ms, before_ms)


def lanes_of(transaction: sa.Connection, model: WatchedModel) -> list[Lane]:
    """Return the partitions of a model of which there was a pane."""
    lead = model.predictions.topics.validated
    rows = transaction.execute(sa.select(LANES).filter_by(model=model.name).order_by(LANES.c.partition)).mappings()
    return [lane_of({**row}, lead) for row in rows]


def stands_of(
    model: WatchedModel, lanes: Sequence[Lane], now_ms: int, bounds: Bounds, known_ms: int
) -> Mapping[Partition, Standing]:
    """Return how each partition of a model's logs stands."""
    contract = model.predictions
    places = [Partition(model.name, number) for number in range(contract.partitions)]
    return standings(places, lanes, now_ms, contract.watermark.idle_s, bounds, known_ms)


def mark_of(turn: Turn, watched: Watched, lanes: Sequence[Lane]) -> int | None:
    """Return the watermark of a model now, whether it is confirmed or not."""
    stands = stands_of(turn.model, lanes, turn.now_ms, turn.listening, watched.known_ms)
    return watermark(lanes, stands, watched.watermark_ms, delay_s=turn.model.predictions.watermark.delay_s)


@dataclass(slots=True)
class _Work:
    turn: Turn
    transaction: sa.Connection
    references: Known
    grid: Grid
    mark_ms: int
    number: int
    windows: list[Window] = field(default_factory=list)
    left: int = MOST_WINDOWS
    has_more: bool = False
    revised: bool = False

    def take(self, series: Series, dirty: Sequence[Dirty]) -> None:
        """Judge what of a series is complete and was touched, and what follows from it, in order of time."""
        waiting, there = self._waiting(series, dirty)
        kept, to_ms = self._judge_all(series, {start for starts in waiting.values() for start in starts}, there)
        looked_at = [
            each for each, starts in waiting.items() if starts or self.grid.closed_after(each.start_ms) <= to_ms
        ]
        done = [self._judged_to(each, waiting[each], to_ms) for each in looked_at]
        clean(self.transaction, series, done)
        self._tell(series, kept)
        self.windows += [each.window for each in kept]

    def _waiting(self, series: Series, dirty: Sequence[Dirty]) -> tuple[dict[Dirty, list[int]], set[int]]:
        """The windows to judge, by the stretch that asks for them, and which of them were judged before.

        Those that are left for a later turn are not among them.
        """
        longer = closers(self.transaction, series, self.grid, dirty, self.mark_ms)
        asked = {
            each: [at for at in {*self.grid.with_stretch(each.start_ms)} | longer[each] if self._is_due(at, each)]
            for each in dirty
        }
        there = judged.starts_among(self.transaction, series, {at for starts in asked.values() for at in starts})
        self.revised = self.revised or (self.turn.revises and bool(there))
        if self.turn.revises:
            return asked, there
        return {each: starts for each, starts in asked.items() if there.isdisjoint(starts)}, set()

    def _is_due(self, start_ms: int, dirty: Dirty) -> bool:
        return dirty.judged_to_ms < start_ms + self.grid.window_ms <= self.mark_ms

    def _judged_to(self, dirty: Dirty, asked: Sequence[int], to_ms: int) -> tuple[Dirty, int, bool]:
        """How far the windows that a stretch asks for are judged after this turn, and whether these are all."""
        judged_to_ms = max(dirty.judged_to_ms, to_ms)
        last_ms = max(self.grid.closed_after(dirty.start_ms), *(at + self.grid.window_ms for at in asked), 0)
        return dirty, judged_to_ms, last_ms <= judged_to_ms

    def _judge_all(self, series: Series, due: set[int], there: set[int]) -> tuple[list[Judged], int]:
        """Judge windows in order, each one after which the next stands otherwise than before among them.

        `there` has which of those that are due were judged before; the ones that follow were, all of them.

        Returns what changed, and up to which end of windows all is judged. What is left of the others is touched again.
        """
        kept: list[Judged] = []
        again: set[int] = set()
        while due or again:
            start_ms = min(due | again)
            if self.left <= 0:
                touch(self.transaction, {(series, at) for at in again}, self.number)
                self.has_more = True
                return kept, start_ms + self.grid.window_ms - 1
            known = start_ms in there or start_ms in again
            due.discard(start_ms)
            again.discard(start_ms)
            self.left -= 1
            found, moves_on = self._judge(series, start_ms, is_known=known)
            if found is not None:
                judged.keep(self.transaction, series, found, self.number)
                kept.append(found)
            following = judged.next_start(self.transaction, series, start_ms) if moves_on else None
            again |= set() if following is None else {following}
        return kept, self.mark_ms

    def _judge(self, series: Series, start_ms: int, *, is_known: bool) -> tuple[Judged | None, bool]:
        """The window in a new revision, None where nothing changed; and whether the next must be judged on from it."""
        end_ms = start_ms + self.grid.window_ms
        there = judged.window_at(self.transaction, series, start_ms) if is_known else None
        counts = counts_between(self.transaction, series, start_ms, end_ms)
        sessions = sessions_between(self.transaction, series, start_ms, end_ms)
        if counts is None and (sessions or (there is not None and there.window.HasField("sessions"))):
            counts = NO_COUNTS  # where nothing was done, what was done before may end
        if counts is None:  # they are forgotten, or there never were any
            return None, False
        before = judged.before(self.transaction, series, start_ms)
        state = State.read(before.state) if before else State()
        since_ms = before.end_ms if before else None
        users = _more(state.sums(), sums_between(self.transaction, series, since_ms, end_ms))
        totals = replace(totals_of(counts, self.references.by_id), users=users, sessions=sessions)
        stretch = Stretch(start_ms, end_ms, before.number + 1 if before else 0)
        reference = self._reference(series, there, totals)
        said = (self.turn.model, reference, stretch, totals, state.judging)
        longer = longer_of(self.transaction, series, self.grid, since_ms, end_ms, self.references.by_id)
        window, judging = judge(*said, is_segment=bool(series.segment), longer=longer)
        window.model_version, window.segment = series.version, series.segment
        return self._after(there, window, State.of(judging, users).written())

    def _after(self, there: Judged | None, window: Window, state: bytes) -> tuple[Judged | None, bool]:
        if there is None:
            window.revision, window.judged_at_ms = 1, self.turn.now_ms
            return Judged(window, state), True
        window.revision, window.judged_at_ms = there.window.revision, there.window.judged_at_ms
        moves_on = there.state != state or there.window.number != window.number
        if _text(window) != _text(there.window):
            window.revision, window.judged_at_ms = window.revision + 1, self.turn.now_ms
            return Judged(window, state), moves_on
        return (Judged(window, state) if moves_on else None), moves_on

    def _reference(self, series: Series, there: Judged | None, totals: Totals) -> Reference | None:
        """What a window is held to: what it was held to before, else that in whose bins most of it was counted.

        While a new reference comes into force, the rest is counted in the bins of the one before.
        """
        if there is not None:
            return self.references.by_id(there.window.reference)
        in_force = self.references.of(series.model, series.version)
        if not totals.features:
            return in_force
        own = in_force.id if in_force else ""
        most = max(totals.features, key=lambda name: (totals.features[name].rows, name == own, name))
        return self.references.by_id(most)

    def silence(self) -> None:
        """End what fires in series that no prediction came for in a long time, as of a version that is not asked any more."""
        quiet_ms = max(QUIET_MS, QUIET_WINDOWS * self.grid.window_ms)
        for series, row in judged.firing_before(self.transaction, self.turn.model.name, self.mark_ms - quiet_ms):
            last = judged.window_at(self.transaction, series, row.told_ms or 0)
            if last is not None:
                post(self.transaction, silenced(row.firing, last.window, self.turn.model.predictions))
            judged.keep_series(self.transaction, series, SeriesRow(row.told_ms, {}))

    def _tell(self, series: Series, kept: Sequence[Judged]) -> None:
        """Tell what the newest windows make known; one that is older than what was told of changes nothing."""
        row = before = judged.series_row(self.transaction, series) if kept else SeriesRow()
        for each in kept:
            if row.told_ms is None or each.window.start_ms >= row.told_ms:
                said, firing = told(row.firing, each.window, self.turn.model)
                post(self.transaction, said)
                row = SeriesRow(each.window.start_ms, firing)
        if row != before:
            judged.keep_series(self.transaction, series, row)


def _more(one: Mapping[Variant, UserSums], other: Mapping[Variant, UserSums]) -> dict[tuple[str, str], UserSums]:
    found: defaultdict[tuple[str, str], UserSums] = defaultdict(UserSums)
    for name, more in (*one.items(), *other.items()):
        found[name] += more
    return dict(found)


def _text(window: Window) -> bytes:
    """Equal windows have equal bytes, NaN or not."""
    return window.SerializeToString(deterministic=True)
