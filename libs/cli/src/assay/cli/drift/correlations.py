"""Pairs of columns held to how they went together in a reference, window by window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assay.cli.drift.asking import Asked, Cut, cut_alike
from assay.cli.errors import CommandError
from assay.monitoring.multivariate import PairSums, PairVerdict, judge_pairs, pair_sums_of, reference_of, scores_of
from assay.monitoring.multivariate.pairs import LEAST_ROWS, LEAST_WINDOWS
from assay.monitoring.profiles import Profile
from assay.monitoring.profiles.cells import placed_in
from assay.monitoring.profiles.columns import Ints

__all__ = ["PairedWindow", "paired"]


@dataclass(frozen=True, slots=True)
class PairedWindow:
    """A window from 0, its rows, and what its pairs say."""

    number: int
    rows: int
    verdict: PairVerdict


def paired(reference: Path, current: Path, asked: Asked) -> Iterator[PairedWindow]:
    """Judge the pairs of each window of a file; the reference is cut into windows of the same size.

    Raises:
        CommandError: a file cannot be used, they share no two features, or the reference has too few windows.
    """
    if reference.name.endswith(".json"):
        raise CommandError(f"{reference}: a profile holds no rows, and correlations take rows; give a file of them")
    profile, before, now = cut_alike(reference, current, asked)
    features = [name for name in profile.names if name not in profile.notes]
    if len(features) < 2:
        raise CommandError(_no_pair(reference, current, profile, features))
    profile, before = profile.only(features), _whole(before, reference, asked)
    counts = [line[: bins.size].tolist() for line, bins in zip(profile.cells.values, profile.bins, strict=True)]
    scores = scores_of(counts)
    held = reference_of(features, [pair_sums_of(scores, bins) for bins in _binned(profile, before)])
    for number, bins in enumerate(_binned(profile, now)):
        sums: PairSums = pair_sums_of(scores, bins)
        yield PairedWindow(number, len(bins), judge_pairs(held, sums))


def _binned(profile: Profile, cut: Cut) -> Iterator[Ints]:
    """Rows x features of bins of each window; below 0 what is missing, not finite or was never seen."""
    placed = [placed_in(bins, name, cut.table[name]) for name, bins in zip(profile.names, profile.bins, strict=True)]
    every = np.stack(placed, axis=1)
    return (every[rows] for rows in cut.windows)


def _whole(before: Cut, file: Path, asked: Asked) -> Cut:
    """The reference without windows that are no measure; those of rows are all of one size."""
    least = max(asked.window_rows, LEAST_ROWS)
    kept = [rows for rows in before.windows if len(rows) >= least]
    if len(kept) < LEAST_WINDOWS:
        raise CommandError(f"{file}: {_too_few(before, len(kept), asked)}")
    return Cut(before.table, kept)


def _too_few(before: Cut, kept: int, asked: Asked) -> str:
    rows, least = sum(map(len, before.windows)), LEAST_WINDOWS * LEAST_ROWS
    if 0 < asked.window_rows < LEAST_ROWS:
        return f"windows of {asked.window_rows} rows tell no correlation; --window-rows takes {LEAST_ROWS} at least"
    if asked.window_rows:
        had = f"it has {kept} windows of {asked.window_rows:,} rows"
        other = f"--window-rows {rows // LEAST_WINDOWS} or less"
    else:
        had = f"it has {kept} windows of {asked.window_minutes:g} minutes with {LEAST_ROWS} rows or more"
        other = "another --window-minutes"
    other = f"or take {other}" if rows >= least else f"{least:,} at least"
    return f"{had}, and correlations take {LEAST_WINDOWS}: give it more rows, {other}"


def _no_pair(reference: Path, current: Path, profile: Profile, features: list[str]) -> str:
    had = f"only {features[0]}" if features else "none"
    why = "".join(f"; {name}: {note}" for name, note in profile.notes.items())
    return f"{reference} and {current} share {had} as a feature, and a pair takes two{why}"
