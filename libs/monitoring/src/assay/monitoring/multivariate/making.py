"""From the rows of a reference to what its pairs are held to: features are chosen, windows are cut and counted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.checking import windows_of_rows
from assay.monitoring.multivariate.pairs import LEAST_ROWS, LEAST_WINDOWS, PairReference, reference_of
from assay.monitoring.multivariate.placed import pair_counter
from assay.monitoring.multivariate.products import PairSums
from assay.monitoring.profiles import Profile, Table
from assay.monitoring.profiles.columns import rows_of
from assay.monitoring.profiles.predicted import LABEL, SCORE

__all__ = ["MOST_PAIRED", "even_windows", "pairs_of", "unknown"]

MOST_PAIRED = 64
"""Features whose pairs are watched: 2,016 pairs. Pairs grow as the square of features, and so does what they cost."""

SAMPLE = 20_000
"""Rows that are looked at to choose features."""

SIZE, MOST_WINDOWS = 2_000, 100
"""Rows of windows where nobody said how long they are, as long as there are not more windows than that."""

Ints = NDArray[np.int64]


def pairs_of(profile: Profile, table: Table, windows: Sequence[Ints]) -> PairReference | None:
    """Return what the pairs of a reference are held to; None where it has no two features.

    Of more than `MOST_PAIRED` features those are taken that are tied to another most. Windows with too few rows don't count.
    With fewer than `LEAST_WINDOWS` others nothing is known of how pairs vary: it is to be learnt.

    Args:
        profile: of the table; features with a note are in no pair, nor is what the model says.
        table: the rows.
        windows: the places of the rows of each, in order of time.
    """
    names = [name for name in profile.names if name not in profile.notes and name not in (SCORE, LABEL)]
    if len(names) < 2:
        return None
    placed = profile.place(table)
    if len(names) > MOST_PAIRED:
        names = _most_tied(pair_counter(profile, names).count(placed, _sample(rows_of(table))), names)
    counter = pair_counter(profile, names)
    kept = [rows for rows in windows if len(rows) >= LEAST_ROWS]
    if len(kept) < LEAST_WINDOWS:
        return unknown(names)
    return reference_of(names, [counter.count(placed, rows) for rows in kept])


def even_windows(rows: int) -> list[Ints]:
    """Cut a reference into windows of one size, where nobody said how long windows will be; none of too few rows."""
    count = min(max(rows // SIZE, LEAST_WINDOWS), MOST_WINDOWS)
    size = rows // count
    return windows_of_rows(size * count, size) if size >= LEAST_ROWS else []


def unknown(names: Sequence[str]) -> PairReference:
    """Return a reference of which windows are still to show how its pairs go together."""
    size = len(names)
    nothing, nobody = np.full((size, size), np.nan), np.zeros((size, size), dtype=np.int64)
    return PairReference(tuple(names), nothing, nothing, nobody, nobody)


def _sample(rows: int) -> Ints:
    return np.arange(0, rows, max(rows // SAMPLE, 1), dtype=np.int64)


def _most_tied(sums: PairSums, names: Sequence[str]) -> list[str]:
    """The features with the strongest correlation to another, in the order that they had."""
    ties = np.abs(sums.correlations())
    np.fill_diagonal(ties, 0.0)
    strongest = np.nan_to_num(ties).max(axis=1)
    chosen = np.argsort(-strongest, kind="stable")[:MOST_PAIRED]
    return [names[place] for place in sorted(chosen.tolist())]
