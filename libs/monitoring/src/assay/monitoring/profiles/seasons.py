"""A reference by hour of the week: for features whose hours are more like those of other weeks than like the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from assay.monitoring.profiles.columns import Floats, Ints
from assay.monitoring.profiles.dispersion import FITTING, Dispersion, Level, sized
from assay.monitoring.profiles.matching import Matched, matched_to

__all__ = ["COVERED", "HOURS", "HOUR_S", "MONDAY", "Seasons", "hours_counted", "hours_of"]

HOURS = 168
HOUR_S = 3_600
MONDAY = 72
"""Hours from Monday to the weekday that time is counted from, a Thursday."""

COVERED = 0.95
"""Share of rows that must be in hours that the reference knows: of the reference itself, and of a window."""


@dataclass(frozen=True, slots=True, eq=False)
class Seasons:
    """Counts of values by hour of the week (hours x features x bins) of the features that are held to their hours.

    `lines` are their places in the profile, `rows` the rows of the reference by hour, 0 in hours that it does not know well
    enough. `dispersion` is how windows differ from what their hours lead to expect, `degrees` (levels x features) on how many
    independent ones it was measured.
    """

    lines: tuple[int, ...]
    rows: Ints
    counts: Ints
    dispersion: Dispersion
    degrees: Floats
    whole: Ints = field(init=False)
    """Counts of all hours together."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "whole", self.counts.sum(axis=0))

    def only(self, kept: Sequence[int], bins: int) -> Seasons | None:
        """Return those of some features of the profile, which stand in the order of `kept` from then on."""
        places = [self.lines.index(line) for line in kept if line in self.lines]
        if not places:
            return None
        lines = tuple(place for place, line in enumerate(kept) if line in self.lines)
        levels = tuple(level.only(places) for level in self.dispersion.levels)
        degrees = self.degrees[:, places]
        return Seasons(lines, self.rows, self.counts[:, places, :bins], Dispersion(levels), degrees)

    def level(self, rows: int) -> tuple[Level, Floats]:
        """Return how windows of so many rows differ, and on how many it was measured."""
        fitting = sum(level.rows * FITTING >= rows for level in self.dispersion.levels)
        return sized(self.dispersion, rows), self.degrees[max(fitting - 1, 0)]

    def matched(self, hours: Ints, rows: int) -> Matched | None:
        """Match a window of so many rows, as they fall on the hours of the week; None where the reference lacks them.

        Few rows in hours that it lacks are held to the whole of it.
        """
        known = np.where(self.rows > 0, hours, 0)
        others = rows - int(known.sum())
        if not rows or others > (1 - COVERED) * rows:
            return None
        there = np.flatnonzero(known)
        whole, total = self.whole, int(self.rows.sum())
        mix, of, counts = known[there], self.rows[there], self.counts[there]
        if others:
            mix, of, counts = np.append(mix, others), np.append(of, total), np.concatenate([counts, whole[None]])
        return matched_to(mix, of, counts, whole / total)


def hours_of(moments_s: Floats) -> Ints:
    """Return the hour of the week of each moment in UTC, Monday's first is 0; -1 where there is no moment."""
    there = np.isfinite(moments_s)
    absolute = np.floor(np.where(there, moments_s, 0.0) / HOUR_S).astype(np.int64)
    hours: Ints = np.where(there, (absolute + MONDAY) % HOURS, -1)
    return hours


def hours_counted(moments_s: Floats) -> Ints:
    """Count moments by their hour of the week; this is what a monitor takes with a window."""
    hours = hours_of(moments_s)
    counted: Ints = np.bincount(hours[hours >= 0], minlength=HOURS).astype(np.int64)
    return counted
