"""What users did, merged from all partitions: sums over users by stretch of time, exact however it came."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import NamedTuple

import sqlalchemy as sa

from assay.contracts.monitoring import Metric
from assay.drift.windows.series import Series
from assay.drift.windows.sessions import Visitor, totals_of
from assay.drift.windows.tables import MARKS, SUMS, TOUCHED, USERS, of_series
from assay.monitoring.experiments import UserSums, sums_of
from assay.monitoring.experiments.exact import LARGEST, SMALLEST, UNIT_BITS
from assay.runtime.rows import put

__all__ = ["Totals", "Variant", "contributions", "read_units", "settle", "sums_between"]

NOBODY = UserSums()
MOST = 2_000
"""Users that one turn counts."""

ONE = 1 << UNIT_BITS

_SUMS = sa.select(SUMS.c.metric, SUMS.c.variant, SUMS.c.sums).where(of_series(SUMS))
_UP_TO = _SUMS.where(SUMS.c.start_ms < sa.bindparam("end_ms"))
_BETWEEN = _UP_TO.where(SUMS.c.start_ms >= sa.bindparam("since_ms"))


class Variant(NamedTuple):
    """One variant of one metric."""

    metric: str
    variant: str


class _Participant(NamedTuple):
    """A user of one variant of one metric, as rows name them."""

    model: str
    version: str
    segment: str
    metric: str
    variant: str
    user: bytes

    @property
    def visitor(self) -> Visitor:
        """Whose sessions these are."""
        return Visitor(Series(self.model, self.version, self.segment), self.variant, self.user)


@dataclass(frozen=True, slots=True)
class Totals:
    """What one user did in one stretch, in units of 2**-1074."""

    numerator: int
    denominator: int

    def plus(self, more: Totals) -> Totals:
        """Return these and more."""
        return Totals(self.numerator + more.numerator, self.denominator + more.denominator)


NOTHING = Totals(0, 0)


class Settled(NamedTuple):
    """The stretches whose sums changed, and whether more users wait."""

    changed: set[tuple[Series, int]]
    has_more: bool


def contributions(
    by_start: Mapping[int, Totals], metric: Metric | None, before: Totals | None = None
) -> dict[int, UserSums]:
    """Return what one user adds to the sums in each stretch: what the user is from then on, less what was before.

    A numerator or denominator that is `users` is 1 for each user, in however many partitions the user was seen. `before` is
    what the user did before all of these stretches; None who was not seen then.
    """
    found: dict[int, UserSums] = {}
    total, last = before or NOTHING, NOBODY if before is None else _summed(before, metric)
    for start in sorted(by_start):
        total = total.plus(by_start[start])
        now = _summed(total, metric)
        found[start], last = now - last, now
    return found


def _summed(total: Totals, metric: Metric | None) -> UserSums:
    return sums_of(
        [1.0 if metric is not None and metric.numerator == "users" else _number(total.numerator)],
        [1.0 if metric is not None and metric.denominator == "users" else _number(max(total.denominator, 0))],
    )


def settle(transaction: sa.Connection, model: str, metrics: Sequence[Metric], from_ms: int) -> Settled:
    """Count users who did more, some thousands at most; return the stretches whose sums changed with it.

    Stretches before `from_ms` are settled: what comes for them comes too late.
    """
    rows = transaction.execute(sa.select(TOUCHED).filter_by(model=model).limit(MOST)).all()
    metric_of = {each.name: each for each in metrics}
    changed: defaultdict[tuple[object, ...], UserSums] = defaultdict(UserSums)
    for name in sorted({_Participant(*row[:6]) for row in rows}):
        for start, more in _change(transaction, name, metric_of.get(name.metric), from_ms).items():
            changed[(*name[:5], start)] += more
    _add(transaction, {key: more for key, more in changed.items() if more != NOBODY})
    _clean(transaction, rows)
    stretches = {(Series(*map(str, key[:3])), int(str(key[5]))) for key, more in changed.items() if more != NOBODY}
    return Settled(stretches, len(rows) == MOST)


def sums_between(
    transaction: sa.Connection, series: Series, since_ms: int | None, end_ms: int
) -> dict[Variant, UserSums]:
    """Return what the stretches between two times add to the sums."""
    query = _UP_TO if since_ms is None else _BETWEEN
    since = {} if since_ms is None else {"since_ms": since_ms}
    found: defaultdict[Variant, UserSums] = defaultdict(UserSums)
    for metric, variant, text in transaction.execute(query, {**series._asdict(), **since, "end_ms": end_ms}):
        found[Variant(metric, variant)] += UserSums.from_json(json.loads(text))
    return dict(found)


def _clean(transaction: sa.Connection, rows: Sequence[sa.Row[tuple[object, ...]]]) -> None:
    """Note that these were counted; a user who did more since is touched still."""
    if rows:
        gone = sa.delete(TOUCHED).where(*(column == sa.bindparam(f"of_{column.name}") for column in TOUCHED.c))
        names = [f"of_{column.name}" for column in TOUCHED.c]
        transaction.execute(gone, [dict(zip(names, row, strict=True)) for row in rows])


def _change(transaction: sa.Connection, name: _Participant, metric: Metric | None, from_ms: int) -> dict[int, UserSums]:
    """What one user adds now, less what is counted, by stretch; and the new counted."""
    of = name._asdict()
    rows = transaction.execute(sa.select(MARKS).filter_by(**of))
    counted = {row.start_ms: Totals(read_units(row.numerator), read_units(row.denominator)) for row in rows}
    settled = {start: each for start, each in counted.items() if start < from_ms}
    there = settled | _done(transaction, name, metric, from_ms)
    _mark(transaction, name, counted, _together(settled) | {at: each for at, each in there.items() if at >= from_ms})
    first = min((at for at in {*counted, *there} if counted.get(at) != there.get(at)), default=None)
    if first is None:
        return {}
    before = reduce(Totals.plus, (each for at, each in there.items() if at < first), NOTHING)
    known = before if any(at < first for at in there) else None
    old, new = (
        contributions({at: each for at, each in side.items() if at >= first}, metric, known)
        for side in (counted, there)
    )
    return {at: new.get(at, NOBODY) - old.get(at, NOBODY) for at in {*old, *new}}


def _done(transaction: sa.Connection, name: _Participant, metric: Metric | None, from_ms: int) -> dict[int, Totals]:
    """What a user did in each stretch since one, summed over shards and sessions."""
    found: defaultdict[int, Totals] = defaultdict(lambda: NOTHING)
    query = sa.select(USERS).filter_by(**name._asdict()).where(USERS.c.start_ms >= from_ms)
    for row in transaction.execute(query):
        more = Totals(read_units(row.numerator), read_units(row.denominator))
        found[row.start_ms] = found[row.start_ms].plus(more)
    for start, sides in totals_of(transaction, name.visitor, metric, from_ms).items():
        found[start] = found[start].plus(Totals(*sides))
    return dict(found)


def _together(settled: Mapping[int, Totals]) -> dict[int, Totals]:
    """What never changes again in one mark, or marks would grow with all that a user ever did."""
    return {max(settled): reduce(Totals.plus, settled.values())} if settled else {}


def _mark(
    transaction: sa.Connection, name: _Participant, before: Mapping[int, Totals], now: Mapping[int, Totals]
) -> None:
    """Write what is counted now, as far as it is not there; nothing may be left where a session went on and ends later."""
    gone = before.keys() - now.keys()
    if gone:
        mine = [MARKS.c[column] == value for column, value in name._asdict().items()]
        transaction.execute(sa.delete(MARKS).where(*mine, MARKS.c.start_ms.in_(gone)))
    fresh = {start: each for start, each in sorted(now.items()) if before.get(start) != each}
    put(
        transaction,
        MARKS,
        [(*name, start, f"{each.numerator:x}", f"{each.denominator:x}") for start, each in fresh.items()],
    )


def _add(transaction: sa.Connection, changed: Mapping[tuple[object, ...], UserSums]) -> None:
    columns = [column.name for column in SUMS.primary_key]
    rows: list[tuple[object, ...]] = []
    for key, more in changed.items():
        text = transaction.scalar(sa.select(SUMS.c.sums).filter_by(**dict(zip(columns, key, strict=True))))
        there = NOBODY if text is None else UserSums.from_json(json.loads(text))
        rows.append((*key, json.dumps((there + more).as_json())))
    put(transaction, SUMS, rows)


def _number(total: int) -> float:
    """The nearest double; what is beyond the bounds of a metric counts as 0."""
    value = float(Fraction(total, ONE)) if total.bit_length() < UNIT_BITS + 101 else 0.0
    return value if SMALLEST <= abs(value) <= LARGEST else 0.0


def read_units(text: str) -> int:
    """Return an exact sum as a pane writes it.

    Raises:
        ValueError: it is none.
    """
    return int(text or "0", 16)
