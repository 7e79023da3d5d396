"""Reads what panes came to, merged over shards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import NamedTuple

import numpy as np
import sqlalchemy as sa

from assay.drift.judging.totals import ModelCounts, Totals
from assay.drift.references import Reference
from assay.drift.windows.counts import SliceCounts, unpacked
from assay.drift.windows.series import Series
from assay.drift.windows.tables import DIRTY, PANES, of_series
from assay.monitoring.performance import MulticlassCounts, RegressionCounts
from assay.monitoring.profiles.cells import Cells
from assay.monitoring.profiles.columns import Ints
from assay.monitoring.profiles.seasons import HOURS, hours_of
from assay.runtime.rows import put

__all__ = ["NO_COUNTS", "Counts", "Dirty", "clean", "counts_between", "dirty_ones", "totals_of", "touch"]

BY_JUDGE = -1
"""The shard of what who judges touched itself."""

_FROM_TO = PANES.c.start_ms >= sa.bindparam("from_ms"), PANES.c.start_ms < sa.bindparam("to_ms")
_COUNTS = sa.select(PANES.c.start_ms, PANES.c.counts).where(of_series(PANES), *_FROM_TO)
_MINE = {f"of_{name}": DIRTY.c[name] for name in (*Series._fields, "start_ms", "shard", "seq")}
_CLEANED = sa.delete(DIRTY).where(*(column == sa.bindparam(name) for name, column in _MINE.items()))
_LEFT = (
    sa.update(DIRTY)
    .where(*(column == sa.bindparam(name) for name, column in _MINE.items()))
    .values(judged_to_ms=sa.bindparam("to_ms"))
)

References = Callable[[str], Reference | None]
"""Returns a reference by its id."""


class Dirty(NamedTuple):
    """A stretch of a series that was touched; windows with it that end at `judged_to_ms` or before were judged since."""

    start_ms: int
    shard: int
    seq: int
    judged_to_ms: int


class Counts(NamedTuple):
    """What stretches came to together, and of the rows that were counted for each reference how many fell to each hour of
    the week."""

    together: SliceCounts
    hours: Mapping[str, Ints]


NO_COUNTS = Counts(SliceCounts(), {})


def counts_between(transaction: sa.Connection, series: Series, start_ms: int, end_ms: int) -> Counts | None:
    """Return what the stretches from start to end came to; None where there are none."""
    between = {**series._asdict(), "from_ms": start_ms, "to_ms": end_ms}
    found = [(at_ms, unpacked(written)) for at_ms, written in transaction.execute(_COUNTS, between)]
    if not found:
        return None
    together = [counts for _, counts in found]
    return Counts(sum(together[1:], together[0]), _hours(found))


def _hours(found: Sequence[tuple[int, SliceCounts]]) -> Mapping[str, Ints]:
    """A stretch is an hour at most, and within one."""
    hours: defaultdict[str, Ints] = defaultdict(lambda: np.zeros(HOURS, dtype=np.int64))
    places = hours_of(np.array([at_ms / 1000 for at_ms, _ in found]))
    for place, (_, counts) in zip(places.tolist(), found, strict=True):
        for name, flat in counts.features.items():
            hours[name][place] += flat.rows
    return hours


def totals_of(counts: Counts, references: References) -> Totals:
    """Return counts as they are judged; cells of a reference that is not known are left out.

    Of labelled predictions that were counted in several ways, as while a new reference comes into force, those stand that
    count most. Those of several classes are one sum, and only what was foretold is that of most predictions; so are those of a
    regression, and only where predictions fall and how far they are off there is that of most.
    """
    features = {
        name: Cells(flat.rows, flat.cells.reshape(len(held.profile.names), -1))
        for name, flat in counts.together.features.items()
        if (held := references(name)) is not None and flat.cells.size == held.profile.cells.counts.size
    }
    performance = _at_once(counts.together.performance)
    hours = {name: counts.hours[name] for name in features}
    pairs = {name: sums for name in features if (sums := counts.together.features[name].pairs)}
    return Totals(features, counts.together.operations, performance, counts.together.skew, hours=hours, pairs=pairs)


def _at_once(ways: Sequence[ModelCounts]) -> ModelCounts | None:
    most = max(ways, key=lambda each: (each.n, each.labelled), default=None)
    numbers = [each for each in ways if isinstance(each, RegressionCounts)]
    if isinstance(most, RegressionCounts) and len(ways) == len(numbers) > 1:
        return reduce(RegressionCounts.with_labels_of, (each for each in numbers if each is not most), most)
    several = [each for each in ways if isinstance(each, MulticlassCounts)]
    if len(several) < 2 or len(several) < len(ways) or len({each.classes for each in several}) > 1:
        return most
    told = max((each.foretold for each in several), key=lambda each: (each.chance.n, each.labelled.n))
    bare = [each.bare() for each in several]
    return replace(sum(bare[1:], bare[0]), foretold=told)


def dirty_ones(transaction: sa.Connection, model: str) -> Mapping[Series, Sequence[Dirty]]:
    """Return the stretches of a model that were touched, by series, the oldest first."""
    found: defaultdict[Series, list[Dirty]] = defaultdict(list)
    for row in transaction.execute(sa.select(DIRTY).filter_by(model=model).order_by(DIRTY.c.start_ms)):
        found[Series(row.model, row.version, row.segment)].append(
            Dirty(row.start_ms, row.shard, row.seq, row.judged_to_ms)
        )
    return dict(sorted(found.items()))


def touch(transaction: sa.Connection, places: Collection[tuple[Series, int]], turn: int) -> None:
    """Note that the windows with these stretches are to be judged again."""
    put(transaction, DIRTY, [(*series, start, BY_JUDGE, turn, 0) for series, start in sorted(places)])


def clean(transaction: sa.Connection, series: Series, judged: Sequence[tuple[Dirty, int, bool]]) -> None:
    """Note up to where the windows of stretches were judged, and whether those were all.

    One that was touched since it was read is as it was.
    """

    def keys(each: Dirty) -> dict[str, object]:
        return dict(zip(_MINE, (*series, each.start_ms, each.shard, each.seq), strict=True))

    gone = [keys(each) for each, _, are_all in judged if are_all]
    left = [keys(each) | {"to_ms": to_ms} for each, to_ms, are_all in judged if not are_all]
    if gone:
        transaction.execute(_CLEANED, gone)
    if left:
        transaction.execute(_LEFT, left)
