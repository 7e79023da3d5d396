"""A table held to a reference profile, window by window: verdicts with their evidence."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from assay.monitoring.profiles.cells import Cells, no_cells
from assay.monitoring.profiles.columns import Ints, Table, taken
from assay.monitoring.profiles.dispersion import WINDOWS, Level, level_of
from assay.monitoring.profiles.folding import LEAST, folding
from assay.monitoring.profiles.reference import Profile
from assay.monitoring.univariate.measuring import TESTS, Measured, Yardstick, measured, yardstick
from assay.monitoring.verdicts.multiplicity import adjusted
from assay.monitoring.verdicts.standing import FLOOR, Evidence, Severity, Standing, State, severity_of, step

__all__ = ["Check", "Moved", "Verdict", "check", "windows_of_rows", "windows_of_time"]

MOVED = 3
"""Bins that a verdict names."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A bin with its share of the reference and of the window."""

    bin: str
    reference: float
    window: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a window says of a column, and why; numbers are None where nothing was tested."""

    window: int
    column: str
    n: int
    state: State
    test: str | None = None
    statistic: float | None = None
    p: float | None = None
    q: float | None = None
    effect: float | None = None
    severity: Severity | None = None
    direction: str | None = None
    psi: float | None = None
    js: float | None = None
    hellinger: float | None = None
    wasserstein: float | None = None
    missing: float | None = None
    unseen: float | None = None
    moved: tuple[Moved, ...] = ()
    threshold: float | None = None
    floor: float | None = None
    dispersion: float | None = None
    note: str | None = None


@dataclass(slots=True)
class Check:
    """Windows in, verdicts out: where each feature's monitor stands, and what was held over or is being learnt."""

    profile: Profile
    threshold: float
    floor: float = FLOOR
    standings: list[Standing] = field(init=False)
    window: int = 0
    _held: Cells = field(init=False)
    _learning: list[Cells] = field(default_factory=list)
    _learnt: Level | None = None
    _ready: dict[int, Yardstick] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.standings = [Standing()] * len(self.profile.names)
        self._held = no_cells(self.profile.bins)

    def close(self, cells: Cells) -> list[Verdict]:
        """Judge the next window; one with too few rows is held over and judged together with the next."""
        number, self.window = self.window, self.window + 1
        whole = self._held + cells
        if whole.rows < LEAST:
            self._held = whole
            note = f"{whole.rows} rows, fewer than {LEAST}: held over to the next window"
            return self._untested(number, cells, State.INSUFFICIENT, note)
        self._held = no_cells(self.profile.bins)
        if self.profile.dispersion is None and self._learnt is None:
            return self._learn(number, cells, whole)
        held = self._yardstick(whole.rows)
        return self._judged(number, whole, held, measured(held, whole))

    def _learn(self, number: int, cells: Cells, whole: Cells) -> list[Verdict]:
        self._learning.append(whole)
        seen = len(self._learning)
        if seen == WINDOWS:
            rows = sum(each.rows for each in self._learning) // WINDOWS
            fold = folding(self.profile.bins, self.profile.cells, rows)
            self._learnt = level_of([fold.of(each) for each in self._learning])
        return self._untested(number, cells, State.LEARNING, f"window {seen} of {WINDOWS} that show how windows differ")

    def _yardstick(self, rows: int) -> Yardstick:
        size = rows if len(self._ready) < 8 else round(2 ** (math.floor(4 * math.log2(rows)) / 4))
        if rows in self._ready:
            size = rows
        if size not in self._ready:
            self._ready[size] = yardstick(self.profile, size, self._learnt)
        return self._ready[size]

    def _untested(self, number: int, cells: Cells, state: State, note: str) -> list[Verdict]:
        return [
            Verdict(number, name, cells.rows, state, note=self.profile.notes.get(name, note))
            if name not in self.profile.notes
            else Verdict(number, name, cells.rows, State.INSUFFICIENT, note=self.profile.notes[name])
            for name in self.profile.names
        ]

    def _judged(self, number: int, cells: Cells, held: Yardstick, seen: Measured) -> list[Verdict]:
        q = adjusted(seen.p)
        order = _surest(seen, q, self.threshold, self.floor)
        return [self._verdict(number, line, int(order[line]), cells, held, seen, q) for line in range(len(order))]

    def _verdict(
        self,
        number: int,
        line: int,
        test: int,
        cells: Cells,
        held: Yardstick,
        seen: Measured,
        q: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    ) -> Verdict:
        name = self.profile.names[line]
        note = self.profile.notes.get(name)
        if note is not None:
            return Verdict(number, name, cells.rows, State.INSUFFICIENT, note=note)
        tested = not math.isnan(seen.p[line, test])
        p, best = (float(seen.p[line, test]), float(q[line, test])) if tested else (1.0, 1.0)
        effect = float(seen.effects[line, test]) if tested else 0.0
        evidence = Evidence(p, best, effect, self.threshold, self.floor)
        thin = bool(seen.thin[line])
        if thin and not evidence.hit:
            state, note = State.INSUFFICIENT, "too few values are there to test them"
        else:
            self.standings[line], state = step(self.standings[line], evidence)
        hit_test = TESTS[test] if tested else None
        return Verdict(
            number,
            name,
            cells.rows,
            state,
            hit_test,
            float(seen.statistics[line, test]) if tested else 0.0,
            p,
            best,
            effect,
            severity_of(effect) if evidence.hit else None,
            _direction(hit_test, float(seen.statistics[line, test]), float(seen.shift[line])),
            float(seen.psi[line]),
            float(seen.js[line]),
            float(seen.hellinger[line]),
            None if math.isnan(seen.wasserstein[line]) else float(seen.wasserstein[line]),
            int(cells.counts[line, -1]) / cells.rows,
            int(seen.window.unseen[line]) / cells.rows,
            self._moved(line, held, seen) if evidence.hit and test < 2 else (),
            self.threshold,
            self.floor,
            float(held.level.mean[line]),
            note,
        )

    def _moved(self, line: int, held: Yardstick, seen: Measured) -> tuple[Moved, ...]:
        names = self.profile.bins[line].names()
        places = held.folding.places[line]
        before, after = held.reference.values[line], seen.window.values[line]
        most = [int(place) for place in np.argsort(-seen.parts[line])[:MOVED] if seen.parts[line, place] > 0]
        return tuple(
            Moved(
                _span([names[bin_] for bin_ in np.flatnonzero(places[: len(names)] == place)]),
                float(before[place] / max(before.sum(), 1)),
                float(after[place] / max(after.sum(), 1)),
            )
            for place in most
        )


def check(
    profile: Profile, table: Table, windows: Sequence[Ints], threshold: float, floor: float = FLOOR
) -> Iterator[Verdict]:
    """Judge windows of a table in turn; a window is the places of its rows."""
    monitor = Check(profile, threshold, floor)
    for rows in windows:
        yield from monitor.close(profile.count(taken(table, rows)))


def windows_of_rows(rows: int, size: int) -> list[Ints]:
    """Cut rows into windows of a size; the last one may be smaller.

    Raises:
        ValueError: the size is not above 0.
    """
    if size < 1:
        raise ValueError(f"windows of {size} rows: take one at least")
    every = np.arange(rows, dtype=np.int64)
    return [every[start : start + size] for start in range(0, rows, size)]


def windows_of_time(
    moments_s: Sequence[float] | np.ndarray[tuple[int], np.dtype[np.float64]], size_s: float
) -> list[Ints]:
    """Cut rows into windows of event time, that begin at whole multiples of the size; empty ones are left out."""
    moments = np.asarray(moments_s, dtype=np.float64)
    order = np.argsort(moments, kind="stable")
    of_window = np.floor(moments[order] / size_s)
    starts = np.flatnonzero(np.diff(of_window)) + 1
    return [part for part in np.split(order, starts) if part.size]


def _surest(
    seen: Measured, q: np.ndarray[tuple[int, int], np.dtype[np.float64]], threshold: float, floor: float
) -> Ints:
    """The test that speaks for each feature: the surest among those that hit, else the surest."""
    p = np.where(np.isnan(seen.p), np.inf, seen.p)
    hit = (np.where(np.isnan(q), 2.0, q) <= threshold) & (seen.effects >= floor)
    best: Ints = np.argmin(np.where(hit, p, p + 2.0), axis=1)
    return best


def _direction(test: str | None, statistic: float, shift: float) -> str | None:
    if test is None:
        return None
    value = shift if test in ("chi2", "ks") else statistic
    return None if math.isnan(value) else "up" if value > 0 else "down"


def _span(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}" if names else "other"
