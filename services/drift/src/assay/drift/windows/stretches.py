"""The longer stretches that windows close: their sums, and which window closes what came late."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa

from assay.drift.judging.scales import Longer
from assay.drift.windows import judged
from assay.drift.windows.grid import Grid
from assay.drift.windows.merged import Dirty, References, counts_between, totals_of
from assay.drift.windows.series import Series

__all__ = ["closers", "longer_of"]


def longer_of(
    transaction: sa.Connection, series: Series, grid: Grid, before_ms: int | None, end_ms: int, references: References
) -> list[Longer]:
    """Return the longer stretches that a window closes, each the sum of what came in it.

    Args:
        before_ms: the end of the window before; None for the first.
        end_ms: the end of the window.
    """
    found: list[Longer] = []
    for each in grid.closes(before_ms, end_ms):
        counts = counts_between(transaction, series, each.start, each.end)
        if counts is not None:
            found.append(Longer(each.length // 1000, each.start, totals_of(counts, references)))
    return found


def closers(
    transaction: sa.Connection, series: Series, grid: Grid, dirty: Collection[Dirty], mark_ms: int
) -> Mapping[Dirty, set[int]]:
    """Return, for stretches that were touched, the begins of the windows by which longer ones with them were closed.

    One that no window has closed yet needs nobody to ask: who closes it sums up what is there by then.
    """
    ends = {each: {end for end in grid.longer_ends(each.start_ms) if end <= mark_ms} for each in dirty}
    found = {
        end: judged.next_start(transaction, series, end - grid.window_ms - 1)
        for end in set[int]().union(*ends.values())
    }
    return {each: {start for end in of if (start := found[end]) is not None} for each, of in ends.items()}
