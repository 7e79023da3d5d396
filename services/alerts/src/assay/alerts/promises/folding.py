"""Folds evaluations of a contract's promises into their histories, and its breaches with them, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from assay.alerts import breach_rows
from assay.alerts.book import Book
from assay.alerts.breaches import Breach, Kind, Measurement, State, Step
from assay.alerts.promises import history
from assay.alerts.promises.burn import BurnRate, burn_rates, stretches
from assay.alerts.promises.episodes import Seen, settled
from assay.alerts.promises.evaluate import Held, revised
from assay.alerts.promises.evaluation import Evaluation, Outcome
from assay.alerts.promises.hysteresis import Memory, moved
from assay.contracts import Contract, ServiceLevel, budget

__all__ = ["fold", "is_observed", "told_of"]


def fold(
    connection: sa.Connection, contract: Contract, found: Sequence[tuple[Held, Sequence[Evaluation]]], book: Book
) -> list[Step]:
    """Keep evaluations of windows of promises, and what they make of their breaches; return how breaches moved.

    A window that was evaluated before gets a revision if anything of it changed; hysteresis goes on from there.
    """
    stands = {each.fingerprint: each for each in history.stands(connection, contract.id)}
    open_breaches = {each.fired.fingerprint: each for each in breach_rows.open_ones(connection, [contract.id])}
    waiting = [_waiting(connection, held, each, stands.get(held.fingerprint(contract.id))) for held, each in found]
    newest: dict[str, _Newest] = {}
    steps: list[Step] = []
    while waiting := [each for each in waiting if each.fresh]:
        segments = [_segment(connection, each) for each in waiting]
        history.keep(connection, [each for segment in segments for each in segment.written])
        for each, segment in zip(waiting, segments, strict=True):
            steps += _settle(connection, contract, each.held, segment, book, open_breaches)
            newest[each.held.id] = _Newest.of(connection, each, segment.seen[-1], newest.get(each.held.id))
        waiting = [replace(each, fresh=segment.left) for each, segment in zip(waiting, segments, strict=True)]
    _stand(connection, [*newest.values()])
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


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A promise, its windows that say something new, the oldest first, and how it stood before them."""

    held: Held
    fresh: list[Evaluation]
    stand: history.Stand | None


def _waiting(
    connection: sa.Connection, held: Held, found: Sequence[Evaluation], stand: history.Stand | None
) -> _Waiting:
    """Leave out what was seen before and found the same again."""
    fresh = []
    for each in sorted(found, key=lambda one: one.start_ms):
        known = None
        if stand is not None and each.start_ms <= stand.start_ms:
            known = history.newest_of(connection, each.fingerprint, each.start_ms)
        again = each if known is None else revised(known, each)
        if again is not None:
            fresh.append(again)
    return _Waiting(held, fresh, stand)


@dataclass(frozen=True, slots=True)
class _Segment:
    """Windows one after the other that change: from the first that is fresh to where nothing changes any more."""

    seen: list[Seen]
    written: list[tuple[Evaluation, Memory]]
    """Those of them that are to be kept, with what is remembered after each."""
    left: list[Evaluation]
    """Fresh windows after those."""
    was_firing: bool
    reaches_end: bool


def _segment(connection: sa.Connection, promise: _Waiting) -> _Segment:
    """Find what the fresh windows make of those after them, until one remembers what it did before."""
    held, fresh, stand = promise.held, promise.fresh, promise.stand
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
    return _Segment(seen, written, waiting, was_firing, reaches_end=not converged or stored is None)


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


@dataclass(frozen=True, slots=True)
class _Newest:
    """The newest window of a promise as it is now, and the burn rates that its own are counted on from."""

    held: Held
    evaluation: Evaluation
    memory: Memory
    before: tuple[BurnRate, ...] = ()

    @classmethod
    def of(cls, connection: sa.Connection, promise: _Waiting, last: Seen, known: _Newest | None) -> _Newest:
        """Return it after the last window of a segment; one that was evaluated again has burn rates counted anew."""
        stand, evaluation, memory = promise.stand, last.evaluation, last.memory
        if stand is not None and evaluation.start_ms < stand.start_ms:
            (evaluation,), memory = history.latest(connection, stand.fingerprint, 1), stand.memory
        goes_on = known is None and stand is not None and promise.fresh[0].start_ms > stand.start_ms
        return cls(promise.held, evaluation, memory, _counted(stand) if stand is not None and goes_on else ())


def _counted(stand: history.Stand) -> tuple[BurnRate, ...]:
    return stand.burns if all(each.to_ms for each in stand.burns) else ()


def _stand(connection: sa.Connection, found: Sequence[_Newest]) -> None:
    """Write how promises stand after their newest windows; what is counted over the same time is counted at once."""
    burning: dict[tuple[tuple[int, int], ...], list[_Newest]] = {}
    for each in found:
        if budget(each.held) is not None and each.evaluation.outcome is not Outcome.MAINTENANCE:
            burning.setdefault(tuple(stretches(each.before, each.evaluation.end_ms)), []).append(each)
    burns: dict[str, list[BurnRate]] = {}
    for over, those in burning.items():
        counts = history.counted(connection, [each.evaluation.fingerprint for each in those], over)
        for each in those:
            fingerprint, share = each.evaluation.fingerprint, budget(each.held)
            assert share is not None
            burns[fingerprint] = burn_rates(each.before, each.evaluation.end_ms, counts[fingerprint], share)
    standing = [(each, burns.get(each.evaluation.fingerprint, [])) for each in found]
    history.stand(connection, [history.Stand.after(each.evaluation, each.memory, rates) for each, rates in standing])
