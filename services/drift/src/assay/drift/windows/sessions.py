"""Sessions of users, joined from the parts of all partitions: what ended in a stretch, exact however it came."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
import sqlalchemy as sa

from assay.api.drift.v1.pane_pb2 import UserSession
from assay.contracts.monitoring import LENGTH, Metric, Monitoring
from assay.contracts.monitoring import SESSIONS as OF_SESSIONS
from assay.drift.judging.totals import SessionCounts
from assay.drift.windows.errors import UnreadableSliceError
from assay.drift.windows.merged import BY_JUDGE
from assay.drift.windows.series import Series
from assay.drift.windows.tables import SESSION_PARTS, SESSION_SUMS, SESSIONS, TOUCHED
from assay.monitoring.experiments import Session, joined
from assay.monitoring.experiments.exact import UNIT_BITS, exact_sum
from assay.runtime.rows import put

__all__ = ["Joined", "Visitor", "join_parts", "keep_parts", "read_part", "sessions_between", "totals_of"]

MOST = 2_000
"""Parts that one turn joins, so that the fold need not wait long."""

NOTHING = SessionCounts()


class Visitor(NamedTuple):
    """A user of one variant."""

    series: Series
    variant: str
    user: bytes


class Joined(NamedTuple):
    """The stretches in which other sessions end than before, and whether more parts wait."""

    changed: set[tuple[Series, int]]
    has_more: bool


class _Ending(NamedTuple):
    """What the sessions of a variant come to that ended in a stretch."""

    series: Series
    variant: str
    start_ms: int


class _Rule(NamedTuple):
    """When a session ends, and which ends are settled."""

    gap_ms: int
    pane_ms: int
    from_ms: int

    def stretch_of(self, session: Session) -> int:
        """The stretch in which it has ended: for so long as the gap nothing more came."""
        return (session.last_ms + self.gap_ms) // self.pane_ms * self.pane_ms


def read_part(part: UserSession) -> Session:
    """Return a part of a session as a pane writes it.

    Raises:
        UnreadableSliceError: it is none.
    """
    if part.first_ms > part.last_ms or part.events < 1:
        raise UnreadableSliceError("a part of a session ends before it begins, or nothing was done in it")
    try:
        amounts = {metric: int(amount, 16) for metric, amount in part.amounts.items()}
    except ValueError as error:
        raise UnreadableSliceError("what was done in a session is no exact sum") from error
    return Session(part.first_ms, part.last_ms, part.events, amounts)


def keep_parts(transaction: sa.Connection, fresh: Mapping[Visitor, Sequence[Session]], shard: int, seq: int) -> None:
    """Write parts of sessions for who judges; `seq` is that of no other chunk of the shard."""
    put(
        transaction,
        SESSION_PARTS,
        [
            (*who.series, who.variant, who.user, shard, seq, *_written(part))
            for who, parts in fresh.items()
            for part in joined(parts, 0)
        ],
    )


def join_parts(transaction: sa.Connection, model: str, monitoring: Monitoring, from_ms: int, turn: int) -> Joined:
    """Join parts that wait, some thousands at most, to the sessions there are; touch the users whose totals change.

    Sessions that ended before `from_ms` are settled: what would change one comes too late.
    """
    rows = transaction.execute(sa.select(SESSION_PARTS).filter_by(model=model).limit(MOST)).all()
    rule = _Rule(1000 * monitoring.session_gap_s, 1000 * monitoring.pane_s, from_ms)
    parts: defaultdict[Visitor, list[Session]] = defaultdict(list)
    for row in rows:
        parts[Visitor(Series(row.model, row.version, row.segment), row.variant, row.user)].append(_read(row))
    endings: defaultdict[_Ending, SessionCounts] = defaultdict(SessionCounts)
    touched: list[tuple[object, ...]] = []
    for who, fresh in sorted(parts.items()):
        changed = _join(transaction, who, fresh, rule)
        for start_ms, counts in changed:
            endings[_Ending(who.series, who.variant, start_ms)] += counts
        metrics = [each.name for each in monitoring.session_metrics if who.variant in dict(each.shares)]
        touched += [(*who.series, name, who.variant, who.user, BY_JUDGE, turn) for name in metrics if changed]
    _add(transaction, endings)
    put(transaction, TOUCHED, touched)
    _take_off(transaction, rows)
    return Joined({(each.series, each.start_ms) for each in endings}, max(len(rows), len(touched)) >= MOST)


def sessions_between(
    transaction: sa.Connection, series: Series, start_ms: int, end_ms: int
) -> dict[str, SessionCounts]:
    """Return what the sessions come to that ended from start to end, by variant."""
    within = sa.and_(SESSION_SUMS.c.start_ms >= start_ms, SESSION_SUMS.c.start_ms < end_ms)
    query = sa.select(SESSION_SUMS).filter_by(**series._asdict()).where(within)
    found: defaultdict[str, SessionCounts] = defaultdict(SessionCounts)
    for row in transaction.execute(query):
        found[row.variant] += SessionCounts(row.ended, row.events, row.length_ms)
    return {variant: counts for variant, counts in sorted(found.items()) if counts != NOTHING}


def totals_of(
    transaction: sa.Connection, who: Visitor, metric: Metric | None, from_ms: int
) -> dict[int, tuple[int, int]]:
    """Return what a user's sessions add to a metric, above and below, in each stretch from `from_ms` on."""
    if metric is None or not metric.is_of_sessions:
        return {}
    query = sa.select(SESSIONS).filter_by(**_key(who)).where(SESSIONS.c.start_ms >= from_ms)
    found: dict[int, tuple[int, int]] = {}
    for row in transaction.execute(query):
        above, below = found.get(row.start_ms, (0, 0))
        one = 1 << UNIT_BITS if metric.denominator == OF_SESSIONS else 0
        found[row.start_ms] = (above + _amount(_read(row), metric), below + one)
    return found


def _amount(session: Session, metric: Metric) -> int:
    """What one session adds to a numerator, in units of 2**-1074."""
    if metric.numerator == OF_SESSIONS:
        return 1 << UNIT_BITS
    if metric.numerator == LENGTH:
        return exact_sum(np.array([session.length_ms / 1000]))
    return session.amounts.get(metric.name, 0)


def _join(
    transaction: sa.Connection, who: Visitor, parts: Sequence[Session], rule: _Rule
) -> list[tuple[int, SessionCounts]]:
    """Write the sessions of a user anew where parts change them; return what is to be added, stretch by stretch."""
    near = {row.first_ms: (row.start_ms, _read(row)) for row in transaction.execute(_near(who, parts, rule.gap_ms))}
    settled = [each for start_ms, each in near.values() if start_ms < rule.from_ms]
    live = {first_ms: each for first_ms, each in near.items() if each[0] >= rule.from_ms}
    in_time = [each for each in parts if not any(_touch(each, other, rule.gap_ms) for other in settled)]
    now = {
        each.first_ms: (rule.stretch_of(each), each)
        for each in joined(chain((each for _, each in live.values()), in_time), rule.gap_ms)
    }
    gone = [each for first_ms, each in live.items() if now.get(first_ms, (0, None))[1] != each[1]]
    new = [
        (start_ms, each)
        for start_ms, each in now.values()
        if start_ms >= rule.from_ms and live.get(each.first_ms, (0, None))[1] != each
    ]
    _exchange(transaction, who, [each.first_ms for _, each in gone], new)
    return [*((start_ms, -_counts(each)) for start_ms, each in gone), *((at, _counts(each)) for at, each in new)]


def _near(who: Visitor, parts: Sequence[Session], gap_ms: int) -> sa.Select[tuple[object, ...]]:
    """Asks for the sessions of a user that parts may belong to."""
    low, high = min(each.first_ms for each in parts), max(each.last_ms for each in parts)
    query = sa.select(SESSIONS).filter_by(**_key(who))
    return query.where(SESSIONS.c.last_ms >= low - gap_ms, SESSIONS.c.first_ms <= high + gap_ms)


def _touch(one: Session, other: Session, gap_ms: int) -> bool:
    return one.first_ms - other.last_ms <= gap_ms and other.first_ms - one.last_ms <= gap_ms


def _exchange(
    transaction: sa.Connection, who: Visitor, gone: Sequence[int], new: Sequence[tuple[int, Session]]
) -> None:
    if gone:
        mine = [SESSIONS.c[name] == value for name, value in _key(who).items()]
        transaction.execute(sa.delete(SESSIONS).where(*mine, SESSIONS.c.first_ms.in_(gone)))
    rows = []
    for start_ms, each in new:
        first_ms, last_ms, events, amounts = _written(each)
        rows.append((*who.series, who.variant, who.user, first_ms, last_ms, start_ms, events, amounts))
    put(transaction, SESSIONS, rows)


def _add(transaction: sa.Connection, endings: Mapping[_Ending, SessionCounts]) -> None:
    rows: list[tuple[object, ...]] = []
    for key, more in endings.items():
        of = key.series._asdict() | {"variant": key.variant, "start_ms": key.start_ms}
        row = transaction.execute(sa.select(SESSION_SUMS).filter_by(**of)).first()
        total = more if row is None else more + SessionCounts(row.ended, row.events, row.length_ms)
        rows.append((*key.series, key.variant, key.start_ms, total.ended, total.events, total.length_ms))
    put(transaction, SESSION_SUMS, rows)


def _take_off(transaction: sa.Connection, rows: Iterable[sa.Row[tuple[object, ...]]]) -> None:
    """Take away parts that were joined; nobody writes into a row that is there."""
    names = [column.name for column in SESSION_PARTS.primary_key]
    gone = [{f"of_{name}": getattr(row, name) for name in names} for row in rows]
    if gone:
        mine = [SESSION_PARTS.c[name] == sa.bindparam(f"of_{name}") for name in names]
        transaction.execute(sa.delete(SESSION_PARTS).where(*mine), gone)


def _key(who: Visitor) -> dict[str, object]:
    return {**who.series._asdict(), "variant": who.variant, "user": who.user}


def _counts(session: Session) -> SessionCounts:
    return SessionCounts(1, session.events, session.length_ms)


def _written(session: Session) -> tuple[int, int, int, str]:
    amounts = json.dumps({name: f"{amount:x}" for name, amount in sorted(session.amounts.items())})
    return session.first_ms, session.last_ms, session.events, amounts


def _read(row: sa.Row[tuple[object, ...]]) -> Session:
    amounts = {name: int(amount, 16) for name, amount in json.loads(row.amounts).items()}
    return Session(row.first_ms, row.last_ms, row.events, amounts)
