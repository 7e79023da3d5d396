"""One turn at one contract: what closed is evaluated, clocks are looked at, breaches move. One transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from assay.alerts import breach_rows
from assay.alerts.book import Book
from assay.alerts.breaches import Breach, Kind, Step
from assay.alerts.panes.reading import PaneReader
from assay.alerts.panes.standing import Bounds, PartitionState, standings, watermark
from assay.alerts.promises import history, watched
from assay.alerts.promises.clocks import Look, halted, level_looks, service_looks, step_by_clock
from assay.alerts.promises.evaluate import Held, evaluate, held_over, measured_over
from assay.alerts.promises.evaluation import Evaluation, Outcome
from assay.alerts.promises.folding import fold
from assay.alerts.promises.grouping import gone, released
from assay.alerts.promises.hysteresis import Memory
from assay.alerts.promises.windows import Span, plan, touched
from assay.contracts import Contract, Window

__all__ = ["Turn", "Turned", "is_due", "look_at", "mark_of", "sources_of"]

MINUTE_MS = 60_000
ANY_MS = 2**63 - 1
MOST_DIRTY = 500
"""Minutes that may wait to be looked at though no window with them is closed."""


@dataclass(frozen=True, slots=True)
class Turned:
    """What a turn did: windows that were evaluated, breaches that moved, and whether more windows wait."""

    windows: int = 0
    steps: tuple[Step, ...] = ()
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """A contract in force at one moment; `listening` says since when panes are heard, and how long silence is borne."""

    contract: Contract
    now_ms: int
    listening: Bounds
    clocks_run: bool = True
    """Whether silence means something: not while the registry is just gone, and nobody knows yet whether for long."""
    confirmed_ms: int | None = ANY_MS
    """How far the watermark is confirmed; None for not at all yet."""

    def take(self, connection: sa.Connection, reader: PaneReader, book: Book) -> Turned:
        """Evaluate and move; all of it is kept, or nothing. Done again it changes nothing."""
        return _Work(self, connection, reader, book).done()


def sources_of(contract: Contract, states: Sequence[PartitionState]) -> list[PartitionState]:
    """The partitions of the contract's sources: what recovery sends back is no sign of a producer."""
    return [each for each in states if each.topic in (contract.topics.raw_app, contract.topics.raw_cdc)]


def look_at(turn: Turn, states: Sequence[PartitionState], known_ms: int) -> tuple[list[Look], str]:
    """Return what the clocks say of a contract, and why nothing of it can be measured, empty where it can."""
    contract, now_ms, listening = turn.contract, turn.now_ms, turn.listening
    own = sources_of(contract, states)
    looks = list(service_looks(contract, own, now_ms, listening, known_ms)) if turn.clocks_run else []
    why = halted(standings(contract, own, now_ms, listening, known_ms))
    if not why:
        looks += level_looks(contract, own, now_ms, listening.since_ms, known_ms)
    return looks, why


def is_due(
    turn: Turn,
    row: watched.Watched | None,
    states: Sequence[PartitionState],
    waiting: watched.Touched | None,
    open_breaches: Mapping[str, Breach],
) -> bool:
    """Whether a turn would do anything, as far as can be seen without one: most seconds it would not."""
    if row is None:
        return True
    looks, why = look_at(turn, states, row.known_ms)
    if any(step_by_clock(open_breaches.get(each.fingerprint), each, turn.now_ms).breach for each in looks):
        return True
    own = [each for each in open_breaches.values() if each.fired.contract == turn.contract.id]
    if any(each.under and each.under not in {one.id for one in open_breaches.values()} for each in own):
        return True
    if why:
        return False
    mark_ms, lengths = _mark(turn, row, states), measured_over(turn.contract)
    if row.evaluated_to_ms is None:
        return waiting is not None and mark_ms is not None and waiting.first_minute * MINUTE_MS <= mark_ms
    if waiting is not None and (waiting.minutes > MOST_DIRTY or waiting.first_minute * MINUTE_MS < row.evaluated_to_ms):
        return True
    done_ms, timezone = row.evaluated_to_ms, turn.contract.timezone
    return mark_ms is not None and any(each.bounds(done_ms, timezone)[1] <= mark_ms for each in lengths)


def mark_of(turn: Turn, row: watched.Watched, states: Sequence[PartitionState]) -> int | None:
    """Return the watermark of a contract now, whether it is confirmed or not."""
    own = sources_of(turn.contract, states)
    stands = standings(turn.contract, own, turn.now_ms, turn.listening, row.known_ms)
    return watermark(turn.contract, own, stands, row.watermark_ms)


def _mark(turn: Turn, row: watched.Watched, states: Sequence[PartitionState]) -> int | None:
    """The watermark of a contract as far as it is confirmed; it never goes back."""
    found_ms, before_ms = mark_of(turn, row, states), row.watermark_ms
    if found_ms is None or turn.confirmed_ms is None:
        return before_ms
    sure_ms = min(found_ms, turn.confirmed_ms)
    return sure_ms if before_ms is None else max(sure_ms, before_ms)


@dataclass(slots=True)
class _Work:
    turn: Turn
    connection: sa.Connection
    reader: PaneReader
    book: Book
    steps: list[Step] = field(default_factory=list)
    windows: int = 0

    def done(self) -> Turned:
        contract, now_ms = self.turn.contract, self.turn.now_ms
        row = watched.lock(self.connection, contract.id, now_ms)
        states = self.reader.partitions(self.connection, contract.id)
        looks, why = look_at(self.turn, states, row.known_ms)
        service = [each for each in looks if each.kind is Kind.SERVICE]
        self._look(service)
        has_more = not why and self._evaluate(row, states)
        self._look([each for each in looks if each.kind is not Kind.SERVICE])
        self.steps += gone(self.connection, contract, self.book, now_ms)
        self.steps += released(self.connection, contract.id, self.book, now_ms)
        return Turned(self.windows, tuple(self.steps), has_more)

    def _look(self, looks: Sequence[Look]) -> None:
        """Move what the clocks say; of a level by the clock its history has each change."""
        for look in looks:
            newest = breach_rows.newest(self.connection, look.fingerprint)
            step = step_by_clock(newest, look, self.turn.now_ms)
            if step.breach is None:
                continue
            if look.kind is Kind.PROMISE:
                if self.turn.contract.enforcement == "observe" and look.is_broken:
                    continue
                self._note(look)
            self.steps.append(self.book.move(self.connection, step, self.turn.now_ms))

    def _note(self, look: Look) -> None:
        measured = look.measurement(self.turn.now_ms)
        found = Evaluation(
            fingerprint=look.fingerprint,
            contract=look.contract,
            version=look.version,
            promise=look.promise,
            start_ms=measured.window_start_ms,
            end_ms=measured.window_end_ms,
            outcome=Outcome.BROKEN if look.is_broken else Outcome.KEPT,
            value=look.value,
            words=look.measured,
            at_ms=self.turn.now_ms,
        )
        memory = Memory(is_firing=bool(look.is_broken))
        if history.newest_of(self.connection, look.fingerprint, found.start_ms) is None:
            history.keep(self.connection, [(found, memory)])
        history.stand(self.connection, [history.Stand.after(found, memory)])

    def _evaluate(self, row: watched.Watched, states: Sequence[PartitionState]) -> bool:
        """Close what can be closed and look again at what late records fell into; return whether more can be closed."""
        contract, lengths = self.turn.contract, measured_over(self.turn.contract)
        mark_ms = _mark(self.turn, row, states)
        dirty = self.reader.dirty_minutes(self.connection, contract.id)
        done_ms = self._start(row, mark_ms)
        if done_ms is None or mark_ms is None:
            watched.advance(self.connection, contract.id, None, mark_ms)
            return False
        following = watched.first_minute(self.connection, contract.id, done_ms)
        next_ms = None if following is None else max(done_ms, following * MINUTE_MS)
        closing = plan(lengths, contract.timezone, done_ms, mark_ms, next_ms)
        again = touched(lengths, contract.timezone, done_ms, {each.minute for each in dirty})
        whole = self._whole(again)
        self._fold(lengths, whole, closing.closed)
        self.reader.clean(self.connection, contract.id, dirty)
        watched.advance(self.connection, contract.id, closing.to_ms, mark_ms)
        return closing.has_more

    def _start(self, row: watched.Watched, mark_ms: int | None) -> int | None:
        """How far it is evaluated: to begin with, up to the first minute with a record, once the watermark is there."""
        if row.evaluated_to_ms is not None:
            return row.evaluated_to_ms
        first = watched.first_minute(self.connection, self.turn.contract.id)
        return None if first is None or mark_ms is None or first * MINUTE_MS > mark_ms else first * MINUTE_MS

    def _whole(self, again: Sequence[tuple[Window, Span]]) -> list[tuple[Window, Span]]:
        """Those of which every minute is still kept: of the others, counts would be too small."""
        oldest = watched.horizon(self.connection, self.turn.contract.id) if again else None
        return [each for each in again if oldest is None or each[1][0] >= oldest * MINUTE_MS]

    def _fold(
        self,
        lengths: Mapping[Window, Sequence[Held]],
        again: Sequence[tuple[Window, Span]],
        closed: Sequence[tuple[Window, Span]],
    ) -> None:
        found: dict[str, list[Evaluation]] = {}
        for held, each in self._evaluations(lengths, [*again, *closed], {*closed}):
            found.setdefault(held.id, []).append(each)
        self.windows = len(again) + len(closed)
        if not found:
            return
        contract = self.turn.contract
        promises = [(held, found[held.id]) for held in held_over(contract) if held.id in found]
        self.steps += fold(self.connection, contract, promises, self.book)

    def _evaluations(
        self,
        lengths: Mapping[Window, Sequence[Held]],
        windows: Sequence[tuple[Window, Span]],
        closed: set[tuple[Window, Span]],
    ) -> Iterator[tuple[Held, Evaluation]]:
        """What each window came to. One that is looked at again and had nothing of a promise stays without."""
        contract = self.turn.contract
        for window, span in windows:
            counts = self.reader.counts(self.connection, contract.id, *span)
            for held in lengths[window]:
                each = evaluate(contract, held, span, counts, self.turn.now_ms)
                if (window, span) in closed or each.records or each.outcome.counts:
                    yield held, each
