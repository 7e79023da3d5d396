"""Evaluates the promises of every contract, again and again: each window once, soon after it is complete."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

import sqlalchemy as sa

from assay.alerts import breach_rows
from assay.alerts.book import Book
from assay.alerts.breaches import Kind, Step
from assay.alerts.panes.reading import PaneReader
from assay.alerts.panes.standing import Attention, Bounds, PartitionState, Standing, standings
from assay.alerts.promises import history, watched
from assay.alerts.promises.causes import Lineage, lineage
from assay.alerts.promises.clocks import ANY_CONTRACT, SETTLE_S, Look, platform_looks, step_by_clock
from assay.alerts.promises.gauges import Gauges
from assay.alerts.promises.grouping import departed, released
from assay.alerts.promises.standing import ContractStanding, contract_standing
from assay.alerts.promises.survey import Survey, survey
from assay.alerts.promises.turn import Turn, Turned, is_due, mark_of, sources_of
from assay.alerts.promises.watched import Watched
from assay.contracts import Contract
from assay.runtime import Clock, failpoint
from assay.runtime.database import Database, StoreAwayError
from assay.streaming.standing import Confirming
from assay.telemetry import get_logger, metrics

__all__ = ["Contracts", "Evaluator", "EvaluatorSettings"]

FORGET_EVERY_S = 60.0
SHOW_EVERY_S = 5.0
MOST_FORGOTTEN = 2_000
DAY_MS = 86_400_000
log = get_logger()


class Contracts(Protocol):
    """What is known of contracts, as `assay.client.Catalog` promises."""

    @property
    def contracts(self) -> Mapping[str, Contract]: ...

    @property
    def is_current(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class EvaluatorSettings:
    """How often it looks, how long silence is borne, and how long the history is kept."""

    every_s: float = 1.0
    dead_s: float = 20.0
    stuck_s: float = 30.0
    service_after_s: float = 30.0
    retention_d: float = 8.0


@dataclass(slots=True)
class _Seen:
    """What this process remembers from one look to the next; all else is in the store."""

    attention: Attention
    away_since_ms: int | None = None
    forgotten_ms: int = 0
    shown_ms: int = 0
    in_force: tuple[Contract, ...] = ()
    lineage: Lineage = field(default_factory=Lineage)
    confirming: Confirming = field(default_factory=Confirming)


class Evaluator:
    """Runs until cancelled. Several processes over one store evaluate each window once.

    Each contract is one transaction, so that one whose store is slow or whose counts can't be read delays no other.
    """

    def __init__(
        self,
        database: Database,
        known: Contracts,
        book: Book,
        reader: PaneReader,
        clock: Clock,
        settings: EvaluatorSettings,
        moved: Callable[[Sequence[Step]], None],
    ) -> None:
        self._database = database
        self._known = known
        self._book = book
        self._reader = reader
        self._clock = clock
        self._settings = settings
        self._moved = moved
        self._gauges = Gauges()
        self._seen = _Seen(Attention(clock.now_ms(), clock.now_ms()))

    async def run(self) -> None:
        """Look, evaluate what is due, and wait; a store that is away is asked again."""
        while True:
            has_more = False
            try:
                has_more = await self.look()
            except StoreAwayError as error:
                log.warning("evaluation.delayed", error=str(error))
            await asyncio.sleep(0 if has_more else self._settings.every_s)

    async def look(self) -> bool:
        """Take one look at everything; return whether more windows wait to be closed.

        Raises:
            StoreAwayError: the store does not answer.
        """
        now_ms = self._clock.now_ms()
        self._attend()
        self._note_registry(now_ms)
        found = await self._database.run(survey)
        contracts = dict(self._known.contracts)
        await self._platform(contracts, found, now_ms)
        await self._depart(contracts, found, now_ms)
        has_more = False
        for turn in await asyncio.to_thread(self._due, contracts, found, now_ms):
            has_more = await self._take(turn) or has_more
            self._attend()
        await self._forget(now_ms)
        await self._show(contracts, now_ms)
        return has_more

    def _attend(self) -> None:
        """Note that somebody looks, and that the store answers: without that for long, silence means nothing."""
        self._seen.attention = self._seen.attention.at(self._clock.now_ms())

    def _due(self, contracts: Mapping[str, Contract], found: Survey, now_ms: int) -> list[Turn]:
        """The turns that would do something, contracts upstream first; for a thread, there may be hundreds."""
        due = []
        for name in self._lineage(contracts).in_order(contracts):
            turn, states = self._turn(contracts[name], now_ms), found.states.get(name, ())
            row = found.rows.get(name)
            turn = replace(turn, confirmed_ms=self._confirmed(turn, row, states))
            if is_due(turn, row, states, found.touched.get(name), found.open_breaches):
                due.append(turn)
        return due

    def _confirmed(self, turn: Turn, row: Watched | None, states: Sequence[PartitionState]) -> int | None:
        found_ms = None if row is None else mark_of(turn, row, states)
        own = sources_of(turn.contract, states)
        return self._seen.confirming.at(turn.contract.id, found_ms, own, turn.now_ms)

    def _lineage(self, contracts: Mapping[str, Contract]) -> Lineage:
        """What is upstream of what; found anew when a contract changes."""
        in_force = tuple(contracts.values())
        if in_force != self._seen.in_force:
            self._seen.in_force, self._seen.lineage = in_force, lineage(contracts)
        return self._seen.lineage

    def _listening(self) -> Bounds:
        return Bounds(self._settings.dead_s, self._settings.stuck_s, self._seen.attention.since_ms)

    def _note_registry(self, now_ms: int) -> None:
        if self._known.is_current:
            self._seen.away_since_ms = None
        elif self._seen.away_since_ms is None:
            self._seen.away_since_ms = now_ms

    def _turn(self, contract: Contract, now_ms: int) -> Turn:
        away_ms = self._seen.away_since_ms
        is_open = away_ms is None or now_ms - away_ms >= 1000 * self._settings.service_after_s
        return Turn(contract, now_ms, self._listening(), clocks_run=is_open)

    async def _take(self, turn: Turn) -> bool:
        """Take a turn; return whether more windows wait."""
        try:
            done = await self._database.run(partial(turn.take, reader=self._reader, book=self._book))
        except StoreAwayError:
            raise
        except Exception:  # what a contract breaks, it breaks for itself alone
            log.exception("evaluation.failed", contract=turn.contract.id)
            metrics.EVALUATIONS_FAILED.labels(contract=turn.contract.id).inc()
            return False
        failpoint("alerts.evaluated")
        self._tell(done)
        return done.has_more

    async def _platform(self, contracts: Mapping[str, Contract], found: Survey, now_ms: int) -> None:
        looks = self._platform_looks(contracts, found, now_ms)
        is_due = any(step_by_clock(found.open_breaches.get(each.fingerprint), each, now_ms).breach for each in looks)
        is_held = any(each.fired.contract == ANY_CONTRACT and not each.is_told for each in found.open_breaches.values())
        if is_due or is_held:
            done = await self._database.run(partial(_move_platform, self._book, looks, now_ms))
            failpoint("alerts.evaluated")
            self._tell(Turned(steps=tuple(done)))

    async def _depart(self, contracts: Mapping[str, Contract], found: Survey, now_ms: int) -> None:
        """End what is open of contracts that are in force no more, as far as the registry says so."""
        if not self._known.is_current:
            return
        measured = (each.fired for each in found.open_breaches.values() if each.fired.kind is not Kind.INVALID_RECORDS)
        for name in sorted({each.contract for each in measured} - contracts.keys() - {ANY_CONTRACT}):
            done = await self._database.run(partial(_departed, self._book, name, now_ms))
            failpoint("alerts.evaluated")
            self._tell(Turned(steps=tuple(done)))

    def _platform_looks(self, contracts: Mapping[str, Contract], found: Survey, now_ms: int) -> list[Look]:
        listening, settings = self._listening(), self._settings
        later = Bounds(settings.dead_s + SETTLE_S, settings.stuck_s, listening.since_ms)
        dead, settled = (
            [name for name, each in contracts.items() if _is_dead(each, found, now_ms, bounds)]
            for bounds in (listening, later)
        )
        looks = list(platform_looks(dead, settled, self._seen.away_since_ms, settings.service_after_s, now_ms))
        away_ms = self._seen.away_since_ms
        if away_ms is not None and now_ms - away_ms < 1000 * settings.service_after_s:
            looks = [each for each in looks if each.is_broken is not True]
        return sorted(looks, key=lambda each: each.fingerprint, reverse=True)  # the registry before what it causes

    def _tell(self, done: Turned) -> None:
        for step in done.steps:
            if step.breach is not None and step.notice is not None:
                fired = step.breach.fired
                log.info("breach.moved", contract=fired.contract, promise=fired.promise, state=step.notice)
        if done.steps:
            self._moved(done.steps)
        metrics.WINDOWS_EVALUATED.inc(done.windows)

    async def standings(self, contract: str = "") -> list[ContractStanding]:
        """Return how contracts stand, or one of them, as of now.

        Raises:
            StoreAwayError: the store does not answer.
        """
        found, stands = await self._database.run(partial(_all, contract))
        return await asyncio.to_thread(self._stand, contract, found, stands)

    def _stand(self, contract: str, found: Survey, stands: Mapping[str, history.Stand]) -> list[ContractStanding]:
        now_ms, listening = self._clock.now_ms(), self._listening()
        return [
            contract_standing(each, found, stands, listening, now_ms)
            for name, each in sorted(self._known.contracts.items())
            if contract in ("", name)
        ]

    async def _forget(self, now_ms: int) -> None:
        if now_ms - self._seen.forgotten_ms < 1000 * FORGET_EVERY_S:
            return
        before_ms = now_ms - int(DAY_MS * self._settings.retention_d)
        gone = await self._database.run(partial(history.forget, before_ms=before_ms, most=MOST_FORGOTTEN))
        if gone < MOST_FORGOTTEN:
            self._seen.forgotten_ms = now_ms

    async def _show(self, contracts: Mapping[str, Contract], now_ms: int) -> None:
        if now_ms - self._seen.shown_ms >= 1000 * SHOW_EVERY_S:
            await asyncio.to_thread(self._gauges.show, contracts, await self.standings())
            self._seen.shown_ms = now_ms


def _is_dead(contract: Contract, found: Survey, now_ms: int, bounds: Bounds) -> bool:
    """Whether nobody is heard of on some partition of a contract."""
    row = found.rows.get(contract.id)
    if row is None:
        return False
    own = sources_of(contract, found.states.get(contract.id, ()))
    return Standing.DEAD in standings(contract, own, now_ms, bounds, row.known_ms).values()


def _all(contract: str, connection: sa.Connection) -> tuple[Survey, Mapping[str, history.Stand]]:
    return survey(connection), {each.fingerprint: each for each in history.stands(connection, contract)}


def _move_platform(book: Book, looks: Sequence[Look], now_ms: int, connection: sa.Connection) -> list[Step]:
    """Move what concerns all contracts; one process at a time."""
    watched.lock(connection, ANY_CONTRACT, now_ms)
    steps = []
    for look in looks:
        step = step_by_clock(breach_rows.newest(connection, look.fingerprint), look, now_ms)
        if step.breach is not None:
            steps.append(book.move(connection, step, now_ms))
    return [*steps, *released(connection, ANY_CONTRACT, book, now_ms)]


def _departed(book: Book, contract: str, now_ms: int, connection: sa.Connection) -> list[Step]:
    """End what is open of one contract; one process at a time."""
    watched.lock(connection, contract, now_ms)
    return departed(connection, contract, book, now_ms)
