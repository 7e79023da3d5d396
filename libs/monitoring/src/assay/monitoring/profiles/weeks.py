"""Makes a reference by hour of the week: which features have a season, and how windows differ from what hours tell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assay.monitoring.profiles.bins import NumericBins
from assay.monitoring.profiles.cells import SPECIAL, Bins, placed_in, width_of
from assay.monitoring.profiles.columns import Booleans, Floats, Ints, Table
from assay.monitoring.profiles.dispersion import WINDOWS, Dispersion, Level, sharpened
from assay.monitoring.profiles.matching import Gap, gap_of, level_of_gaps, matched_to
from assay.monitoring.profiles.seasons import COVERED, HOUR_S, HOURS, MONDAY, Seasons

__all__ = ["seasons_of"]

WEEKS = 4
"""Weeks whose days a reference must cover; in one less of them an hour must have rows."""

GAIN = 0.95
"""Share of the error that is left where an hour is foretold by the same hour of other weeks, and not by all they have."""

MOST_PANES = 640
FINER = 2
PLENTY = 160
"""Windows of one size that tell their shape by themselves; fewer are helped by finer ones."""


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
    lines, slots, places = list[int](), list[Ints](), list[Ints]()
    for line in np.flatnonzero(judged).tolist():
        placed = placed_in(bins[line], names[line], table[names[line]])
        counts = calendar.counted(calendar.slot, placed, calendar.slots, width)
        if _is_seasonal(calendar, counts, ordered=isinstance(bins[line], NumericBins)):
            lines.append(line)
            slots.append(counts)
            places.append(placed)
    if not lines:
        return None
    by_slot = np.stack(slots, axis=1)
    by_hour = calendar.by_hour(by_slot)
    pane = np.arange(len(moments_s), dtype=np.int64) * panes // len(moments_s)
    ordered = np.array([isinstance(bins[line], NumericBins) for line in lines], dtype=np.bool_)
    dispersion, degrees = _Cut(calendar, by_slot, by_hour, places, ordered).dispersion(pane, panes)
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
        return flat.reshape(groups, width)


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
        own = np.zeros((len(hours), *self.by_slot.shape[1:]), dtype=np.int64)
        np.add.at(own, places, self.by_slot[slots])
        whole = self.by_hour.sum(axis=0) / max(int(self.calendar.rows.sum()), 1)
        mix, counts = np.bincount(places, weights=rows), self.by_hour[hours] - own
        return gap_of(matched_to(mix, of, counts, whole), window, self.ordered)
