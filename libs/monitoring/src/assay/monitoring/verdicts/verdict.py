"""A closed window: what it says of each feature, and the evidence for it, spelt out when it is asked for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from assay.monitoring.profiles.cells import Cells
from assay.monitoring.profiles.columns import Ints
from assay.monitoring.profiles.reference import Profile
from assay.monitoring.univariate.measuring import TESTS, VALUES, Measured, Yardstick
from assay.monitoring.verdicts.standing import STATES, Severity, State, Windowed, severity_of

__all__ = ["Counted", "Judgement", "Moved", "Verdict"]

MOVED = 3
"""Bins that a verdict names."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A bin with its share of the reference and of the window."""

    bin: str
    reference: float
    window: float


@dataclass(frozen=True, slots=True)
class Counted:
    """A bin as it was tested, with how many rows of the reference and of the window it has, and whether it moved most."""

    bin: str
    reference: int
    window: int
    has_moved: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a window says of a column, and why; numbers are None where nothing was tested."""

    window: int
    column: str
    n: int
    state: State
    statistic: float | None = None
    p: float | None = None
    q: float | None = None
    effect: float | None = None
    test: str | None = None
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


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """A window that was tested: `tests` is the place in `TESTS` of each feature's surest one, `states` in `STATES`."""

    window: int
    profile: Profile
    cells: Cells
    held: Yardstick
    measured: Measured
    tests: Ints
    seen: Windowed
    states: Ints

    def verdicts(self) -> Iterator[Verdict]:
        """Spell out the verdict of each feature."""
        hit = self.seen.hit
        for line in range(len(self.profile.names)):
            yield self._verdict(line, hit=bool(hit[line]))

    def _verdict(self, line: int, *, hit: bool) -> Verdict:
        name, rows, state = self.profile.names[line], self.cells.rows, STATES[int(self.states[line])]
        note = self.profile.notes.get(name)
        if state == State.INSUFFICIENT:
            return Verdict(self.window, name, rows, state, note=note or "too few values are there to test them")
        of, test = self.measured, int(self.tests[line])
        statistic = float(of.statistics[line, test])
        known = not math.isnan(statistic)
        effect = float(self.seen.effect[line])
        return Verdict(
            self.window,
            name,
            rows,
            state,
            statistic if known else 0.0,
            float(self.seen.p[line]),
            float(self.seen.q[line]),
            effect,
            TESTS[test] if known else None,
            severity_of(effect) if hit else None,
            _direction(float(of.shift[line]) if test < VALUES else statistic),
            float(of.psi[line]),
            float(of.js[line]),
            float(of.hellinger[line]),
            None if math.isnan(of.wasserstein[line]) else float(of.wasserstein[line]),
            int(self.cells.counts[line, -1]) / rows,
            int(of.window.unseen[line]) / rows,
            self.moved([line])[0] if hit else (),
            self.seen.threshold,
            self.seen.floor,
            float(self.held.level.mean[line]),
        )

    def counted(self, line: int) -> list[Counted]:
        """The bins of one feature, as they were tested."""
        before, after = self.held.reference.values[line], self.measured.window.values[line]
        most = self._most(line) if self.seen.hit[line] and int(self.tests[line]) < VALUES else []
        folding = self.held.folding
        places = np.unique(folding.places[line][: self.profile.bins[line].size])
        return [
            Counted(self._name(line, place), int(before[place]), int(after[place]), place in most)
            for place in map(int, places[places < folding.width])
        ]

    def moved(self, lines: Sequence[int]) -> list[tuple[Moved, ...]]:
        """The bins of some features that moved most; none where what speaks is no test of the values."""
        before, after = self.held.reference.values[lines], self.measured.window.values[lines]
        most, parts = self._ranked(lines), self.measured.parts[lines]
        by_line = np.arange(len(lines))[:, None]
        columns = zip(
            lines,
            (self.tests[lines] < VALUES).tolist(),
            most.tolist(),
            (parts[by_line, most] > 0).tolist(),
            (before[by_line, most] / np.maximum(before.sum(axis=1, keepdims=True), 1)).tolist(),
            (after[by_line, most] / np.maximum(after.sum(axis=1, keepdims=True), 1)).tolist(),
            strict=True,
        )
        return [
            tuple(
                Moved(self._name(line, place), old, new)
                for place, counts, old, new in zip(places, adds, olds, news, strict=True)
                if counts
            )
            if of_values
            else ()
            for line, of_values, places, adds, olds, news in columns
        ]

    def _ranked(self, lines: Sequence[int]) -> Ints:
        """The folded bins of some features that add most to the distance, those that add nothing among them."""
        ranked: Ints = np.argsort(-self.measured.parts[lines], axis=1, kind="stable")[:, :MOVED]
        return ranked

    def _most(self, line: int) -> list[int]:
        """The folded bins of one feature that add most to the distance."""
        return [int(place) for place in self._ranked([line])[0] if self.measured.parts[line, place] > 0]

    def _name(self, line: int, place: int) -> str:
        known = self.held.names.get((line, place))
        if known is None:
            bins = self.profile.bins[line]
            numbers = np.flatnonzero(self.held.folding.places[line][: bins.size] == place)
            known = self.held.names[line, place] = bins.span(int(numbers[0]), int(numbers[-1]))
        return known


def _direction(shift: float) -> str | None:
    return None if math.isnan(shift) else "up" if shift > 0 else "down"
