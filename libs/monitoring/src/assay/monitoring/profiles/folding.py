"""Fewer, fuller bins for a window that is too small for all of them: which bins are counted together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assay.monitoring.profiles.bins import CategoryBins
from assay.monitoring.profiles.cells import SPECIAL, UNSEEN, Bins, Cells
from assay.monitoring.profiles.columns import Floats, Ints

__all__ = ["LEAST", "PER_BIN", "Folded", "Folding", "bins_for", "folding"]

PER_BIN = 50
"""Rows that a window must have for each bin but one."""

LEAST = 2 * PER_BIN
"""Rows below which a window is held over and merged with the next."""

EXPECTED = 5
"""Rows that a bin must be expected to hold in a window; a category with fewer goes to the others."""

FULL = 2_000
"""Rows from which on all quantiles are used."""


@dataclass(frozen=True, slots=True, eq=False)
class Folded:
    """Counts of a window for the tests: by folded bin, and the special cells."""

    values: Ints
    unseen: Ints
    special: Ints
    rows: int


@dataclass(frozen=True, slots=True, eq=False)
class Folding:
    """For each feature and bin the place that it is counted at; the last place takes what the reference never had."""

    places: Ints
    width: int
    _flat: Ints

    def of(self, cells: Cells) -> Folded:
        """Fold the cells of a window."""
        features = len(self.places)
        flat = np.bincount(self._flat, weights=cells.values.ravel(), minlength=features * (self.width + 1))
        folded = flat.astype(np.int64).reshape(features, self.width + 1)
        unseen = folded[:, -1] + cells.counts[:, UNSEEN]
        return Folded(folded[:, :-1], unseen, cells.counts[:, -SPECIAL:], cells.rows)

    def spread(self, weighted: Floats) -> Floats:
        """Sum some weight of each bin over the bins that are folded together."""
        features = len(self.places)
        flat = np.bincount(self._flat, weights=weighted.ravel(), minlength=features * (self.width + 1))
        return flat.astype(np.float64).reshape(features, self.width + 1)[:, :-1]


def bins_for(rows: float) -> int:
    """Return how many quantiles a window of so many rows is tested on."""
    return 20 if rows >= FULL else min(10, int(rows) // PER_BIN + 1)


def folding(features: tuple[Bins, ...], reference: Cells, rows: int) -> Folding:
    """Fold each feature's bins for windows of about so many rows."""
    each = [_places(bins, reference.values[line], rows / max(reference.rows, 1)) for line, bins in enumerate(features)]
    width = max((int(places.max(initial=-1)) + 1 for places in each), default=0)
    all_places = np.full(reference.values.shape, width, dtype=np.int64)
    for line, places in enumerate(each):
        all_places[line, : len(places)] = np.where(places < 0, width, places)
    lines = np.arange(len(features), dtype=np.int64)[:, None] * (width + 1)
    return Folding(all_places, width, (all_places + lines).ravel())


def _places(bins: Bins, counts: Ints, part: float) -> Ints:
    """The folded bin of each bin of a feature, for windows of that part of the reference; -1 where it has nothing."""
    own = counts[: bins.size]
    there = own.sum()
    if not there:
        return np.full(bins.size, -1, dtype=np.int64)
    shares: Floats = own / int(there)
    rows = float(there) * part
    if isinstance(bins, CategoryBins):
        return _rare_to_others(shares, rows)
    return _neighbours(shares, rows, frozenset(bins.masses))


def _rare_to_others(shares: Floats, rows: float) -> Ints:
    places = np.full(len(shares), -1, dtype=np.int64)
    common = [place for place, share in enumerate(shares[:-1]) if share * rows >= EXPECTED]
    places[common] = np.arange(len(common))
    rare = [place for place, share in enumerate(shares) if share > 0 and places[place] < 0]
    others = sum(shares[place] for place in rare)
    places[rare] = len(common) if others * rows >= EXPECTED or not common else len(common) - 1
    return places


def _neighbours(shares: Floats, rows: float, masses: frozenset[int]) -> Ints:
    """Fill bins from the left until each holds its part; a single value that is common enough stands alone."""
    part = 1 / bins_for(rows)
    least = EXPECTED / max(rows, 1.0)
    places = np.full(len(shares), -1, dtype=np.int64)
    place, filled, alone = 0, 0.0, False
    for number, share in enumerate(shares):
        if share <= 0:
            continue
        single = number in masses and share >= part
        if filled >= least and (alone or single or filled + share / 2 > part):
            place, filled = place + 1, 0.0
        places[number] = place
        filled += share
        alone = single or (alone and filled < least)
    if place and filled < max(part / 2, least) and not alone:
        places[places == place] = place - 1
    return places
