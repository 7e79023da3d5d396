"""A reference profile: what a model's features looked like when it was made, in frozen bins. Small, and never changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np

from assay.monitoring.profiles.bins import NumericBins, bins_of, no_bins
from assay.monitoring.profiles.cells import SPECIAL, UNSEEN, Bins, Cells, counted, placed_in, width_of
from assay.monitoring.profiles.columns import Column, Floats, Ints, Labels, Numbers, Table, rows_of
from assay.monitoring.profiles.dispersion import WINDOWS, Dispersion, level_of, sharpened
from assay.monitoring.profiles.folding import LEAST, folding
from assay.monitoring.profiles.placed import Placed, placed
from assay.monitoring.profiles.seasons import Seasons
from assay.monitoring.profiles.weeks import seasons_of

__all__ = ["PROFILE_VERSION", "Profile", "profile_of", "standing_for"]

PROFILE_VERSION = 2
SMALLEST = 15
"""Rows of the smallest windows that a dispersion is measured on."""

LEVELS = 7

FINER = 2
"""Smaller sizes that help to measure the dispersion of one."""


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """Names, bins and counts of a reference; `dispersion` is None where it could not be measured: then it is learnt.

    In `cells` the unseen are rows of the reference whose category stands nowhere else in it: so many of any new rows would
    be unseen too. `notes` says of a feature why it is not judged; `centres` is the mean of a numeric feature in each bin.
    `seasons` has the counts by hour of the week of features that have a season, `latest` the last moment, in seconds since
    1970, of features that are dates or points in time.
    """

    names: tuple[str, ...]
    bins: tuple[Bins, ...]
    cells: Cells
    centres: Floats
    dispersion: Dispersion | None
    notes: Mapping[str, str]
    seasons: Seasons | None = None
    latest: Mapping[str, float] = field(default_factory=dict)

    def only(self, names: Collection[str]) -> Profile:
        """Return the profile of some of its features."""
        kept = [line for line, name in enumerate(self.names) if name in names]
        chosen = tuple(self.names[line] for line in kept)
        bins = tuple(self.bins[line] for line in kept)
        width = width_of(bins)
        measured = self.dispersion and Dispersion(tuple(level.only(kept) for level in self.dispersion.levels))
        notes = {name: note for name, note in self.notes.items() if name in chosen}
        seasons = self.seasons and self.seasons.only(kept, width - SPECIAL)
        latest = {name: moment for name, moment in self.latest.items() if name in chosen}
        return Profile(
            chosen,
            bins,
            self.cells.only(kept, width),
            self.centres[kept, : width - SPECIAL],
            measured,
            notes,
            seasons,
            latest,
        )

    def count(self, table: Table) -> Cells:
        """Count a batch of rows in the bins of this profile."""
        return counted(self.bins, self.names, table, rows_of(table))

    def place(self, table: Table) -> Placed:
        """Find the cell of each row, to count groups of them: the sum of all groups is what `count` returns."""
        return placed(self.bins, self.names, table)

    def fitting(self, table: Table) -> Table:
        """Return the columns of a table that hold numbers where this profile does, or words where it does."""
        numeric = {name: isinstance(bins, NumericBins) for name, bins in zip(self.names, self.bins, strict=True)}
        return {name: each for name, each in table.items() if numeric.get(name) is isinstance(each, Numbers)}


def profile_of(
    table: Table,
    *,
    in_order: bool = True,
    notes: Mapping[str, str] | None = None,
    moments_s: Floats | None = None,
) -> Profile:
    """Make the profile of a reference; `in_order` says that its rows stand as they came, so that windows of it tell.

    A feature that is named in `notes` is counted, and not judged for the reason that stands there. `moments_s` are the event
    times of the rows: where they cover four weeks, features with a season are held to their hours of the week.

    Raises:
        ValueError: the reference has no row.
    """
    rows = rows_of(table)
    if not rows:
        raise ValueError("the reference has no row")
    names = tuple(table)
    found = {name: note for name in names if (note := standing_for(table[name])) is not None}
    bins = tuple(
        no_bins() if name in found and isinstance(table[name], Labels) else bins_of(table[name]) for name in names
    )
    cells = counted(bins, names, table, rows)
    panes = _panes(rows) if in_order else 0
    strangers = _unseen_elsewhere(table, bins, panes or min(WINDOWS, rows))
    cells.counts[:, UNSEEN] = strangers.sum(axis=0)
    dispersion = _measured(table, names, bins, cells, strangers) if panes else None
    said = found | dict(notes or {})
    seasons = None
    if panes and moments_s is not None:
        judged = np.array([name not in said for name in names], dtype=np.bool_)
        seasons = seasons_of(table, names, bins, moments_s, judged, panes)
    return Profile(names, bins, cells, _centres(table, names, bins), dispersion, said, seasons, _latest(table))


def standing_for(column: Column) -> str | None:
    """Say why a column is a row's own name and not a feature; None where it is one."""
    if isinstance(column, Labels):
        _, counts = np.unique(column.codes[column.codes >= 0], return_counts=True)
        once = int((counts == 1).sum())
        return "an identifier: most words stand there once" if once > 50 and once * 2 > counts.sum() else None
    values = column.finite()
    if values.size < 100 or not (values == np.floor(values)).all():
        return None
    if np.unique(values).size < values.size or np.ptp(values) * 20 > float(values.size) ** 2:
        return None
    return "an identifier: every value is a whole number of its own"


def _panes(rows: int) -> int:
    """How many panes the reference is cut into: 20 doubled as long as a pane keeps rows enough; 0 where 20 are too many."""
    if rows < WINDOWS * SMALLEST:
        return 0
    doublings = min(int(np.log2(rows / (WINDOWS * SMALLEST))), LEVELS - 1)
    return int(WINDOWS * 2**doublings)


def _unseen_elsewhere(table: Table, bins: tuple[Bins, ...], panes: int) -> Ints:
    """Rows of each pane whose category no other pane has: how much of what comes next would be unseen."""
    strangers = np.zeros((panes, len(bins)), dtype=np.int64)
    for line, (name, each) in enumerate(zip(table, bins, strict=True)):
        column = table[name]
        if isinstance(each, NumericBins) or not isinstance(column, Labels) or not each.closed:
            continue
        there = np.flatnonzero(column.codes >= 0)
        codes, pane = column.codes[there], there * panes // max(len(column), 1)
        first = np.full(len(column.words), panes, dtype=np.int64)
        last = np.full(len(column.words), -1, dtype=np.int64)
        np.minimum.at(first, codes, pane)
        np.maximum.at(last, codes, pane)
        alone = (first == last)[codes]
        strangers[:, line] = np.bincount(pane[alone], minlength=panes)
    return strangers


def _measured(
    table: Table,
    names: tuple[str, ...],
    bins: tuple[Bins, ...],
    reference: Cells,
    strangers: Ints,
) -> Dispersion:
    rows = reference.rows
    cells = _by_pane(table, names, bins, len(strangers), rows)
    for one, unseen in zip(cells, strangers, strict=True):
        one.counts[:, UNSEEN] = unseen
    sizes = [cells]
    while len(sizes[-1]) > WINDOWS:
        last = sizes[-1]
        sizes.append([one + other for one, other in zip(last[::2], last[1::2], strict=True)])
    levels = []
    for place, windows in enumerate(sizes):
        fold = folding(bins, reference, max(rows // len(windows), LEAST))
        finer = [level_of([fold.of(one) for one in each]) for each in reversed(sizes[max(place - FINER, 0) : place])]
        levels.append(sharpened(level_of([fold.of(one) for one in windows]), finer))
    return Dispersion(tuple(reversed(levels)))


def _by_pane(table: Table, names: tuple[str, ...], bins: tuple[Bins, ...], panes: int, rows: int) -> list[Cells]:
    """Count the reference in panes of equal length; the bin of each row is looked up once."""
    pane, width = np.arange(rows, dtype=np.int64) * panes // rows, width_of(bins)
    counts = np.empty((panes, len(bins), width), dtype=np.int64)
    for line, (name, each) in enumerate(zip(names, bins, strict=True)):
        placed = placed_in(each, name, table[name])
        flat = pane * width + np.where(placed < 0, placed + width, placed)
        counts[:, line] = np.bincount(flat, minlength=panes * width).reshape(panes, width)
    return [Cells(int(size), of) for size, of in zip(np.bincount(pane), counts, strict=True)]


def _latest(table: Table) -> dict[str, float]:
    """The last moment of each column of moments that has one."""
    moments = {
        name: column.finite() for name, column in table.items() if isinstance(column, Numbers) and column.are_moments
    }
    return {name: float(values.max()) for name, values in moments.items() if values.size}


def _centres(table: Table, names: tuple[str, ...], bins: tuple[Bins, ...]) -> Floats:
    width = max((each.size for each in bins), default=0)
    centres = np.zeros((len(bins), width))
    for line, (name, each) in enumerate(zip(names, bins, strict=True)):
        column = table[name]
        if isinstance(column, Numbers):
            placed = placed_in(each, name, column)
            there = placed >= 0
            counts = np.bincount(placed[there], minlength=width)
            sums = np.bincount(placed[there], weights=column.values[there], minlength=width)
            centres[line] = sums / np.maximum(counts, 1)
    return centres
