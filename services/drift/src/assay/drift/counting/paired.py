"""How features go together, counted from the cells in which the rows stand already; of all rows, and of no segment."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from assay.drift.counting.groups import Groups
from assay.drift.counting.known import EVERYONE
from assay.monitoring.multivariate import PairCounter, PairReference, PairSums, pair_counter
from assay.monitoring.profiles import Profile
from assay.monitoring.profiles.placed import Placed

__all__ = ["counted_pairs"]


def counted_pairs(
    profile: Profile, pairs: PairReference, placed: Placed, groups: Groups
) -> Iterator[tuple[tuple[str, int], PairSums]]:
    """Give the sums of each group of all rows, by its name; a segment has none.

    Args:
        profile: its bins are those of the rows.
        pairs: what is watched; the same object each time, so that its scores are made once.
        placed: the rows.
        groups: who they belong to.
    """
    if not any(segment == EVERYONE for segment, _ in groups.names):
        return
    counter = _counter(profile, pairs)
    for group, rows in groups.rows():
        if groups.names[group][0] == EVERYONE:
            is_all = rows.size == placed.cells.shape[1]
            yield groups.names[group], counter.count(placed, None if is_all else np.sort(rows))


@lru_cache(maxsize=64)
def _counter(profile: Profile, pairs: PairReference) -> PairCounter:
    return pair_counter(profile, pairs.names)
