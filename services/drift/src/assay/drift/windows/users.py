"""What users did, merged from all partitions: sums over users by stretch of time, exact however it came."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
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

    def plus(self, numerator: int, denominator: int) -> Totals:
        """Return these and more."""
        return Totals(self.numerator + numerator, self.denominator + denominator)


def contributions(by_start: Mapping[int, Totals], metric: Metric | None) -> dict[int, UserSums]:
    """Return what one user adds to the sums in each stretch: what the user is from then on, less what was before.

    A numerator or denominator that is `users` is 1 for each user, in however many partitions the user was seen.
    """
    found, before, above, below = {}, NOBODY, 0, 0
    for start in sorted(by_start):
        above, below = above + by_start[start].numerator, below + by_start[start].denominator
        now = sums_of(
            [1.0 if metric is not None and metric.numerator == "users" else _number(above)],
            [1.0 if metric is not None and metric.denominator == "users" else _number(max(below, 0))],
        )
        found[start], before = now - before, now
    return found


def settle(transaction: sa.Connection, model: str, metrics: Sequence[Metric], from_ms: int) -> set[tuple[Series, int]]:
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
    return {(Series(*map(str, key[:3])), int(str(key[5]))) for key, more in changed.items() if more != NOBODY}


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
    known = {row.start_ms: row for row in transaction.execute(sa.select(MARKS).filter_by(**of))}
    counted = {start: Totals(read_units(row.numerator), read_units(row.denominator)) for start, row in known.items()}
    there: dict[int, Totals] = {start: each for start, each in counted.items() if start < from_ms}
    for row in transaction.execute(sa.select(USERS).filter_by(**of).where(USERS.c.start_ms >= from_ms)):
        before = there.get(row.start_ms, Totals(0, 0))
        there[row.start_ms] = before.plus(read_units(row.numerator), read_units(row.denominator))
    for start, (above, below) in totals_of(transaction, name.visitor, metric, from_ms).items():
        there[start] = there.get(start, Totals(0, 0)).plus(above, below)
    _unmark(transaction, of, known.keys() - there.keys())
    put(
        transaction,
        MARKS,
        [(*name, start, f"{each.numerator:x}", f"{each.denominator:x}") for start, each in sorted(there.items())],
    )
    old, new = contributions(counted, metric), contributions(there, metric)
    return {start: new.get(start, NOBODY) - old.get(start, NOBODY) for start in {*old, *new}}


def _unmark(transaction: sa.Connection, of: Mapping[str, object], starts: Collection[int]) -> None:
    """Forget what is counted in stretches in which nothing is any more, as where a session went on and ends later."""
    if starts:
        mine = [MARKS.c[name] == value for name, value in of.items()]
        transaction.execute(sa.delete(MARKS).where(*mine, MARKS.c.start_ms.in_(starts)))


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
