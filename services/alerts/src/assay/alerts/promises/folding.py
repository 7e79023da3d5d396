"""Folds evaluations of one promise into its history, and its breaches with them, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from assay.alerts import breach_rows
from assay.alerts.book import Book
from assay.alerts.breaches import Breach, Kind, Measurement, State, Step
from assay.alerts.promises import history
from assay.alerts.promises.burn import BurnRate, burn_rate
from assay.alerts.promises.episodes import Seen, settled
from assay.alerts.promises.evaluate import Held, revised
from assay.alerts.promises.evaluation import Evaluation, Outcome
from assay.alerts.promises.hysteresis import Memory, moved
from assay.contracts import Contract, ServiceLevel, budget

__all__ = ["fold", "is_observed", "told_of"]


def fold(
    connection: sa.Connection,
    contract: Contract,
    held: Held,
    found: Sequence[Evaluation],
    stand: history.Stand | None,
    book: Book,
    open_breaches: Mapping[str, Breach],
) -> list[Step]:
    """Keep evaluations of windows of a promise, and what they make of its breaches; return how breaches moved.

    A window that was evaluated before gets a revision if anything of it changed; hysteresis goes on from there.
    """
    last_ms = stand.start_ms if stand is not None else None
    fresh = list(_fresh(connection, found, last_ms))
    steps: list[Step] = []
    while fresh:
        segment = _segment(connection, held, fresh, stand)
        seen, fresh = segment.seen, segment.left
        steps += _settle(connection, contract, held, segment, book, open_breaches)
        _stand(connection, held, seen[-1], stand)
    return steps


def is_observed(contract: Contract, held: Held) -> bool:
    """Whether a breach of a promise calls nobody: of a contract that only observes, all but what is refused."""
    is_error_rate = isinstance(held, ServiceLevel) and held.kind == "errorRate"
    return contract.enforcement == "observe" and not is_error_rate


def told_of(contract: Contract, held: Held, evaluation: Evaluation, state: State) -> Measurement:
    """Return what is told of a window."""
    span = (evaluation.start_ms, evaluation.end_ms)
    return Measurement(
        fingerprint=evaluation.fingerprint,
        contract=contract.id,
        contract_version=evaluation.version,
        promise=held.id,
        promised=held.promised,
        measured=evaluation.words,
        value=evaluation.value,
        window=held.window.words(*span, contract.timezone) if held.window else "",
        window_start_ms=evaluation.start_ms,
        window_end_ms=evaluation.end_ms,
        state=state,
        kind=Kind.PROMISE,
    )


def _fresh(connection: sa.Connection, found: Sequence[Evaluation], last_ms: int | None) -> Iterator[Evaluation]:
    """Those that say something new, the oldest first: windows not seen before, and revisions."""
    for each in sorted(found, key=lambda one: one.start_ms):
        known = None
        if last_ms is not None and each.start_ms <= last_ms:
            known = history.newest_of(connection, each.fingerprint, each.start_ms)
        again = each if known is None else revised(known, each)
        if again is not None:
            yield again


@dataclass(frozen=True, slots=True)
class _Segment:
    """Windows one after the other that were written: from the first that is fresh to where nothing changes any more."""

    seen: list[Seen]
    left: list[Evaluation]
    """Fresh windows after those."""
    was_firing: bool
    reaches_end: bool


def _segment(connection: sa.Connection, held: Held, fresh: list[Evaluation], stand: history.Stand | None) -> _Segment:
    """Write the fresh windows and what they make of those after them, until one remembers what it did before."""
    first = fresh[0]
    after: Iterator[tuple[Evaluation, Memory]] = iter(())
    if stand is None or first.start_ms > stand.start_ms:
        memory = stand.memory if stand is not None else Memory()
    else:
        memory = history.before(connection, first.fingerprint, first.start_ms)
        after = history.since(connection, first.fingerprint, first.start_ms - 1)
    was_firing, seen = memory.is_firing, list[Seen]()
    written: list[tuple[Evaluation, Memory]] = []
    waiting, stored, converged = list(fresh), next(after, None), False
    while (waiting or stored is not None) and not converged:
        if stored is None or (waiting and waiting[0].start_ms <= stored[0].start_ms):
            evaluation = waiting.pop(0)
            memory, flip = moved(memory, evaluation.outcome, held.patience)
            written.append((evaluation, memory))
            if stored is not None and stored[0].start_ms == evaluation.start_ms:
                stored = next(after, None)
        else:
            evaluation, before = stored
            memory, flip = moved(memory, evaluation.outcome, held.patience)
            converged = memory == before
            if not converged:
                history.remember(connection, evaluation, memory)
            stored = next(after, None)
        seen.append(Seen(evaluation, memory, flip))
    history.keep(connection, written)
    return _Segment(seen, waiting, was_firing, reaches_end=not converged or stored is None)


def _settle(
    connection: sa.Connection,
    contract: Contract,
    held: Held,
    segment: _Segment,
    book: Book,
    open_breaches: Mapping[str, Breach],
) -> list[Step]:
    """Move the breaches; where none is open and none fires there are none to move."""
    fingerprint, seen = held.fingerprint(contract.id), segment.seen
    is_quiet = not segment.was_firing and not any(each.flip or each.memory.is_firing for each in seen)
    if is_quiet and fingerprint not in open_breaches:
        return []
    steps = settled(
        seen,
        breach_rows.of_fingerprint(connection, fingerprint),
        lambda evaluation, state: told_of(contract, held, evaluation, state),
        was_firing=segment.was_firing,
        reaches_end=segment.reaches_end,
        is_observed=is_observed(contract, held),
    )
    return _moved(connection, steps, book, seen[-1].evaluation.at_ms)


def _moved(connection: sa.Connection, steps: Sequence[Step], book: Book, now_ms: int) -> list[Step]:
    """Keep the steps one after the other; each goes on from what the book made of the one before."""
    kept: dict[str, Breach] = {}
    done = []
    for step in steps:
        breach = step.breach
        if breach is not None and (before := kept.get(breach.id)) is not None:
            breach = replace(before, latest=breach.latest, resolved=breach.resolved)
        taken = book.move(connection, Step(breach, step.notice), now_ms)
        if taken.breach is not None:
            kept[taken.breach.id] = taken.breach
        done.append(taken)
    return done


def _stand(connection: sa.Connection, held: Held, last: Seen, stand: history.Stand | None) -> None:
    """Write how the promise stands after its newest window; one that was evaluated again changes its burn rates."""
    newest, memory = last.evaluation, last.memory
    if stand is not None and newest.start_ms < stand.start_ms:
        (newest,), memory = history.latest(connection, stand.fingerprint, 1), stand.memory
    history.stand(connection, newest, memory, _burns(connection, held, newest))


def _burns(connection: sa.Connection, held: Held, newest: Evaluation) -> list[BurnRate]:
    share = budget(held)
    if share is None or newest.outcome is Outcome.MAINTENANCE:
        return []
    return [
        burn_rate(over_s, records, bad, share)
        for over_s, records, bad in history.burned(connection, newest.fingerprint, newest.end_ms)
    ]
