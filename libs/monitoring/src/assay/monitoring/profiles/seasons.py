"""A reference by hour of the week: for features whose hours are more like those of other weeks than like the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.monitoring.profiles.bins import NumericBins
from assay.monitoring.profiles.cells import SPECIAL, Bins, placed_in, width_of
from assay.monitoring.profiles.columns import Booleans, Floats, Ints, Table
from assay.monitoring.profiles.dispersion import FITTING, WINDOWS, Dispersion, Level, sharpened, sized
from assay.monitoring.profiles.matching import Gap, Matched, gap_of, level_of_gaps, matched_to

__all__ = ["HOURS", "Seasons", "hours_counted", "hours_of", "seasons_of"]

HOURS = 168
HOUR_S = 3_600
MONDAY = 72
"""Hours from Monday to the weekday that time is counted from, a Thursday."""

WEEKS = 4
"""Weeks whose days a reference must cover; in one less of them an hour must have rows."""

COVERED = 0.95
"""Share of rows that must be in hours that the reference knows: of the reference itself, and of a window."""

GAIN = 0.95
"""Share of the error that is left where an hour is foretold by the same hour of other weeks, and not by all they have."""

MOST_PANES = 640
FINER = 2
PLENTY = 160
"""Windows of one size that tell their shape by themselves; fewer are helped by finer ones."""


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
        whole, total = self.counts.sum(axis=0), int(self.rows.sum())
        mix, of, counts = known[there], self.rows[there], self.counts[there]
        if others:
            mix, of, counts = np.append(mix, others), np.append(of, total), np.concatenate([counts, whole[None]])
        return matched_to(mix.astype(np.float64), of.astype(np.float64), counts.astype(np.float64), whole / total)


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


def seasons_of(
    table: Table, names: tuple[str, ...], bins: tuple[Bins, ...], moments_s: Floats, judged: Booleans, panes: int
) -> Seasons | None:
    """Make the reference by hour of the week; None where it has too few weeks or hours, or no feature has a season.

    A feature has one where an hour of it is foretold better by the same hour of the other weeks than by all hours of them.
    """
    calendar = _calendar(moments_s)
    if calendar is None:
        return None
    width = width_of(bins) - SPECIAL
    lines, slots = [], []
    for line in np.flatnonzero(judged).tolist():
        placed = placed_in(bins[line], names[line], table[names[line]])
        counts = calendar.counted(calendar.slot, placed, calendar.slots, width)
        if _is_seasonal(calendar, counts, ordered=isinstance(bins[line], NumericBins)):
            lines.append(line)
            slots.append(counts)
    if not lines:
        return None
    by_slot = np.stack(slots, axis=1)
    by_hour = calendar.by_hour(by_slot)
    pane = np.arange(len(moments_s), dtype=np.int64) * panes // len(moments_s)
    ordered = np.array([isinstance(bins[line], NumericBins) for line in lines], dtype=np.bool_)
    placed = [placed_in(bins[line], names[line], table[names[line]]) for line in lines]
    cut = _Cut(calendar, by_slot, by_hour, placed, ordered)
    dispersion, degrees = cut.dispersion(pane, panes)
    known = by_hour * calendar.known[:, None, None]
    return Seasons(tuple(lines), calendar.known_rows, known, dispersion, degrees)


@dataclass(frozen=True, slots=True, eq=False)
class _Calendar:
    """The hours that a reference has, one after the other (`slot`), and the hour of the week of each."""

    slot: Ints
    hour: Ints
    rows: Ints
    known: Booleans

    @property
    def slots(self) -> int:
        return len(self.hour)

    @property
    def known_rows(self) -> Ints:
        rows: Ints = np.bincount(self.hour, weights=self.rows, minlength=HOURS).astype(np.int64) * self.known
        return rows

    def by_hour(self, slots: Ints) -> Ints:
        summed = np.zeros((HOURS, *slots.shape[1:]), dtype=np.int64)
        np.add.at(summed, self.hour, slots)
        return summed

    @staticmethod
    def counted(group: Ints, placed: Ints, groups: int, width: int) -> Ints:
        there = (placed >= 0) & (group >= 0)
        flat = np.bincount(group[there] * width + placed[there], minlength=groups * width)
        return flat.reshape(groups, width).astype(np.int64)


def _calendar(moments_s: Floats) -> _Calendar | None:
    there = np.isfinite(moments_s)
    if there.mean() < COVERED:
        return None
    absolute = np.floor(np.where(there, moments_s, 0.0) / HOUR_S).astype(np.int64)
    distinct, slot = np.unique(absolute[there], return_inverse=True)
    if distinct[-1] // 24 - distinct[0] // 24 + 1 < WEEKS * 7:
        return None
    placed = np.full(len(moments_s), -1, dtype=np.int64)
    placed[there] = slot
    hour, rows = (distinct + MONDAY) % HOURS, np.bincount(slot).astype(np.int64)
    known = np.bincount(hour, minlength=HOURS) >= WEEKS - 1
    return _Calendar(placed, hour, rows, known) if rows[known[hour]].sum() >= COVERED * len(moments_s) else None


def _is_seasonal(calendar: _Calendar, counts: Ints, *, ordered: bool) -> bool:
    """Whether hours are foretold better by their like than by all: squared gaps, of distribution functions for numbers."""
    whole, by_hour = counts.sum(axis=0), calendar.by_hour(counts)
    shares = whole / max(int(whole.sum()), 1)
    rows = counts.sum(axis=1)
    like = by_hour[calendar.hour] - counts
    others = like.sum(axis=1)
    fair = (rows > 0) & (others > 0) & calendar.known[calendar.hour]
    if not fair.any():
        return False
    used = shares > 0
    per = counts[fair][:, used] / rows[fair, None]
    rest = (whole - counts[fair])[:, used] / (whole.sum() - rows[fair])[:, None]
    alike = like[fair][:, used] / others[fair, None]
    weight = rows[fair, None] * (shares[used] if ordered else 1 / shares[used])
    left, all_hours = (np.cumsum(gap, axis=1) if ordered else gap for gap in (per - alike, per - rest))
    return float((weight * left**2).sum()) < GAIN * float((weight * all_hours**2).sum())


@dataclass(frozen=True, slots=True, eq=False)
class _Cut:
    """Cuts the reference into panes, and holds each to the same hours of the weeks that it is not of."""

    calendar: _Calendar
    by_slot: Ints
    by_hour: Ints
    placed: list[Ints]
    ordered: Booleans

    def dispersion(self, pane: Ints, panes: int) -> tuple[Dispersion, Floats]:
        """Measure how much panes differ from what their hours lead to expect, at each size down to 20 panes."""
        while panes > MOST_PANES:
            pane, panes = pane // 2, panes // 2
        sizes, degrees = list[Level](), list[Floats]()
        while panes >= WINDOWS:
            level, measured_on = self._level(pane, panes)
            sizes.append(level)
            degrees.append(measured_on)
            pane, panes = pane // 2, panes // 2
        levels = [
            level if level.windows >= PLENTY else sharpened(level, sizes[max(place - FINER, 0) : place][::-1])
            for place, level in enumerate(sizes)
        ]
        return Dispersion(tuple(reversed(levels))), np.stack(degrees[::-1])

    def _level(self, pane: Ints, panes: int) -> tuple[Level, Floats]:
        width = self.by_slot.shape[2]
        windows = np.stack([self.calendar.counted(pane, each, panes, width) for each in self.placed], axis=1)
        there = self.calendar.slot >= 0
        pairs, rows = np.unique(pane[there] * self.calendar.slots + self.calendar.slot[there], return_counts=True)
        ends = np.searchsorted(pairs // self.calendar.slots, np.arange(panes + 1))
        gaps = (
            self._gap(pairs[first:last] % self.calendar.slots, rows[first:last], window)
            for first, last, window in zip(ends[:-1], ends[1:], windows, strict=True)
        )
        weeks = self.calendar.slots / max(int(self.calendar.known.sum()), 1)
        return level_of_gaps(round(len(pane) / panes), (gap for gap in gaps if gap is not None), 1 - 1 / weeks)

    def _gap(self, slots: Ints, rows: Ints, window: Ints) -> Gap | None:
        """A pane against its hours in the other weeks; one of hours that they do not have says nothing."""
        hours, places = np.unique(self.calendar.hour[slots], return_inverse=True)
        own_rows = np.bincount(places, weights=self.calendar.rows[slots])
        of = np.bincount(self.calendar.hour, weights=self.calendar.rows, minlength=HOURS)[hours] - own_rows
        if not self.calendar.known[hours].all() or (of <= 0).any():
            return None
        own = np.zeros((len(hours), *self.by_slot.shape[1:]))
        np.add.at(own, places, self.by_slot[slots])
        whole = self.by_hour.sum(axis=0) / max(int(self.calendar.rows.sum()), 1)
        mix = np.bincount(places, weights=rows)
        return gap_of(matched_to(mix, of, self.by_hour[hours] - own, whole), window, self.ordered)
