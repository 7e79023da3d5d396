"""A table held to a reference profile, window by window: verdicts with their evidence."""

from __future__ import annotations

import math
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from assay.monitoring.memory import Memory, UnreadableMemoryError
from assay.monitoring.profiles.cells import Cells
from assay.monitoring.profiles.columns import Floats, Ints, Table, taken
from assay.monitoring.profiles.dispersion import WINDOWS, Level, level_of
from assay.monitoring.profiles.folding import LEAST, folding
from assay.monitoring.profiles.reference import Profile
from assay.monitoring.profiles.seasons import hours_counted
from assay.monitoring.univariate.matching import held_to_hours
from assay.monitoring.univariate.measuring import Measured, Yardstick, measured, yardstick
from assay.monitoring.verdicts.multiplicity import adjusted
from assay.monitoring.verdicts.standing import FLOOR, Standings, State, Windowed
from assay.monitoring.verdicts.verdict import Judgement, Verdict

__all__ = ["Monitor", "Untested", "check", "windows_of_rows", "windows_of_time"]

SIZES = 8
"""Sizes of windows for which a yardstick is made exactly; more different ones share those of about their size."""


@dataclass(frozen=True, slots=True, eq=False)
class Untested:
    """A window that nothing was tested in: it was held over, or shows how windows differ."""

    window: int
    profile: Profile
    cells: Cells
    state: State
    note: str

    def verdicts(self) -> Iterator[Verdict]:
        """Spell out why nothing is said of each feature."""
        for name in self.profile.names:
            note = self.profile.notes.get(name)
            state = State.INSUFFICIENT if note else self.state
            yield Verdict(self.window, name, self.cells.rows, state, note=note or self.note)


@dataclass(slots=True)
class Monitor:
    """Takes windows in and judges them: where each feature stands, what is held over, and what is being learnt.

    `ready` holds the yardsticks of this profile by the rows that they are for; to share it with others of the same profile
    and the same `learnt` spares making them again.
    """

    profile: Profile
    threshold: float
    floor: float = FLOOR
    window: int = 0
    standings: Standings = field(init=False)
    held_over: Cells = field(init=False)
    hours_over: Ints | None = field(init=False, default=None)
    learning: list[Cells] = field(default_factory=list)
    learnt: Level | None = None
    ready: MutableMapping[int, Yardstick] = field(default_factory=dict)
    _sizes: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.standings = Standings.fresh(len(self.profile.names))
        self.held_over = _none_of(self.profile)

    @classmethod
    def restored(
        cls,
        profile: Profile,
        threshold: float,
        memory: Memory,
        floor: float = FLOOR,
        ready: MutableMapping[int, Yardstick] | None = None,
    ) -> Self:
        """Return a monitor that goes on where another with the same profile had that memory.

        Raises:
            UnreadableMemoryError: it is the memory of another profile.
        """
        monitor = cls(profile, threshold, floor, memory.window, list(memory.learning), memory.learnt)
        if memory.held_over.counts.shape != monitor.held_over.counts.shape:
            raise UnreadableMemoryError("a monitor's memory of other features")
        monitor.standings, monitor.held_over, monitor._sizes = memory.standings, memory.held_over, [*memory.sizes]
        monitor.hours_over = memory.hours_over
        if ready is not None:
            monitor.ready = ready
        return monitor

    @property
    def memory(self) -> Memory:
        """What `restored` takes: all that later verdicts depend on, besides the profile."""
        sizes, learning = tuple(self._sizes), tuple(self.learning)
        return Memory(self.window, sizes, self.standings, self.held_over, learning, self.learnt, self.hours_over)

    def close(self, cells: Cells, hours: Ints | None = None) -> Judgement | Untested:
        """Judge the next window; one with too few rows is held over and judged together with the next.

        `hours` has its rows by hour of the week, as `hours_counted` gives them; without it no feature is held to its hours.
        """
        number, self.window = self.window, self.window + 1
        whole, hours = self.held_over + cells, self._hours(cells, hours)
        if whole.rows < LEAST:
            self.held_over, self.hours_over = whole, hours
            note = f"{whole.rows} rows, and a test takes {LEAST}: held over to the next window"
            return Untested(number, self.profile, cells, State.INSUFFICIENT, note)
        self.held_over, self.hours_over = _none_of(self.profile), None
        if self.profile.dispersion is None and self.learnt is None:
            note = f"window {len(self.learning) + 1} of {WINDOWS} that show how windows differ"
            self._learn(whole)
            return Untested(number, self.profile, whole, State.LEARNING, note)
        return self._judged(number, whole, hours)

    def _hours(self, cells: Cells, hours: Ints | None) -> Ints | None:
        """The hours of a window and of what is held over to it; None where those of some rows are not known."""
        if not self.held_over.rows:
            return hours
        if not cells.rows:
            return self.hours_over
        return None if hours is None or self.hours_over is None else hours + self.hours_over

    def _learn(self, cells: Cells) -> None:
        """Take in one more window; once there are enough, only what they showed is remembered."""
        self.learning.append(cells)
        if len(self.learning) < WINDOWS:
            return
        rows = sum(each.rows for each in self.learning) // WINDOWS
        fold = folding(self.profile.bins, self.profile.cells, rows)
        self.learnt = level_of([fold.of(each) for each in self.learning])
        self.learning.clear()

    def _judged(self, number: int, cells: Cells, hours: Ints | None) -> Judgement:
        held = self._yardstick(cells.rows)
        of, to_hours = measured(held, cells), None
        if hours is not None and self.learnt is None:
            of, to_hours = held_to_hours(self.profile, cells, hours, of)
        tests, seen = _surest(held, of, self.threshold, self.floor)
        self.standings, states = self.standings.step(seen)
        return Judgement(number, self.profile, cells, held, of, tests, seen, states, to_hours)

    def _yardstick(self, rows: int) -> Yardstick:
        size = rows
        if rows not in self._sizes and len(self._sizes) >= SIZES:
            size = round(2 ** (math.floor(4 * math.log2(rows)) / 4))
        if size not in self._sizes:
            self._sizes.append(size)
        held = self.ready.get(size)
        if held is None:
            held = self.ready[size] = yardstick(self.profile, size, self.learnt)
        return held


def _none_of(profile: Profile) -> Cells:
    return Cells(0, np.zeros_like(profile.cells.counts))


def _surest(held: Yardstick, of: Measured, threshold: float, floor: float) -> tuple[Ints, Windowed]:
    """The test that speaks for each feature: the surest among those that hit, else the surest."""
    q = adjusted(of.p)
    there = ~np.isnan(of.p)
    p = np.where(there, of.p, 1.0)
    hit = there & (np.where(there, q, 1.0) <= threshold) & (of.effects >= floor)
    best: Ints = np.argmin(np.where(hit, p, p + 2.0) + np.where(there, 0.0, 2.0), axis=1)
    lines = np.arange(len(best))
    known = there[lines, best]
    effect = np.where(known, of.effects[lines, best], 0.0)
    tested = held.judged & (~of.thin | hit.any(axis=1))
    return best, Windowed(p[lines, best], np.where(known, q[lines, best], 1.0), effect, tested, threshold, floor)


def check(
    profile: Profile,
    table: Table,
    windows: Sequence[Ints],
    threshold: float,
    floor: float = FLOOR,
    moments_s: Floats | None = None,
) -> Iterator[Judgement | Untested]:
    """Judge windows of a table in turn; a window is the places of its rows, `moments_s` has their event times."""
    monitor = Monitor(profile, threshold, floor)
    for rows in windows:
        hours = None if moments_s is None else hours_counted(moments_s[rows])
        yield monitor.close(profile.count(taken(table, rows)), hours)


def windows_of_rows(rows: int, size: int) -> list[Ints]:
    """Cut rows into windows of a size; the last one may be smaller.

    Raises:
        ValueError: the size is not above 0.
    """
    if size < 1:
        raise ValueError(f"windows of {size} rows: take one at least")
    every = np.arange(rows, dtype=np.int64)
    return [every[start : start + size] for start in range(0, rows, size)]


def windows_of_time(moments_s: Floats, size_s: float) -> list[Ints]:
    """Cut rows into windows of event time that begin at whole multiples of the size; empty ones are left out.

    A row without a moment is in none.
    """
    order = np.argsort(moments_s, kind="stable").astype(np.int64)
    order = order[np.isfinite(moments_s[order])]
    starts = np.flatnonzero(np.diff(np.floor(moments_s[order] / size_s))) + 1
    return [part for part in np.split(order, starts) if part.size]
