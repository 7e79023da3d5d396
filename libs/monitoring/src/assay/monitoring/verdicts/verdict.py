"""A closed window: what it says of each feature, and the evidence for it, spelt out when it is asked for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from assay.monitoring.profiles.cells import Cells
from assay.monitoring.profiles.columns import Floats, Ints
from assay.monitoring.profiles.reference import Profile
from assay.monitoring.univariate.matching import Held
from assay.monitoring.univariate.measuring import TESTS, VALUES, Measured, Yardstick
from assay.monitoring.verdicts.standing import STATES, Severity, State, Windowed, severity_of

__all__ = ["SEASONAL", "Counted", "Judgement", "Moved", "Verdict"]

SEASONAL = "held to its hours of the week"

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
    scale: int | None = None
    """How many windows it is of; None where windows of one length alone are judged."""


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
    to_hours: Held | None = None

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
            self._dispersion(line),
            None if self._place(line) is None else SEASONAL,
        )

    def _place(self, line: int) -> int | None:
        return None if self.to_hours is None else self.to_hours.place(line)

    def _dispersion(self, line: int) -> float:
        place = self._place(line)
        if self.to_hours is None or place is None:
            return float(self.held.level.mean[line])
        return float(self.to_hours.dispersion[place])

    def _sides(self, line: int) -> tuple[Ints, Ints, Floats]:
        """Reference and window in the bins that were tested, and what each adds to the distance.

        Where a feature is held to its hours, the reference is what they lead to expect of as many rows as it has in all.
        """
        place = self._place(line)
        if self.to_hours is None or place is None:
            return self.held.reference.values[line], self.measured.window.values[line], self.measured.parts[line]
        expected, window = self.to_hours.expected[place], self.to_hours.window[place]
        rows = self.profile.cells.rows / self.cells.rows
        return np.rint(expected * rows).astype(np.int64), window, self.to_hours.parts[place]

    def counted(self, line: int) -> list[Counted]:
        """The bins of one feature, as they were tested."""
        before, after, _ = self._sides(line)
        most = self._most(line) if self.seen.hit[line] and int(self.tests[line]) < VALUES else []
        return [
            Counted(self._name(line, place), int(before[place]), int(after[place]), place in most)
            for place in self._places(line)
        ]

    def _places(self, line: int) -> list[int]:
        """The bins that were tested, in their order."""
        size, folding = self.profile.bins[line].size, self.held.folding
        if self._place(line) is not None:
            return np.flatnonzero(self.profile.cells.values[line, :size]).tolist()
        places = np.unique(folding.places[line][:size])
        return [int(place) for place in places[places < folding.width]]

    def moved(self, lines: Sequence[int]) -> list[tuple[Moved, ...]]:
        """The bins of some features that moved most; none where what speaks is no test of the values."""
        if self.to_hours is not None:
            return [self._moved(line) if int(self.tests[line]) < VALUES else () for line in lines]
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

    def _moved(self, line: int) -> tuple[Moved, ...]:
        before, after, _ = self._sides(line)
        old, new = before / max(int(before.sum()), 1), after / max(int(after.sum()), 1)
        return tuple(Moved(self._name(line, at), float(old[at]), float(new[at])) for at in self._most(line))

    def _ranked(self, lines: Sequence[int]) -> Ints:
        """The folded bins of some features that add most to the distance, those that add nothing among them."""
        ranked: Ints = np.argsort(-self.measured.parts[lines], axis=1, kind="stable")[:, :MOVED]
        return ranked

    def _most(self, line: int) -> list[int]:
        """The bins of one feature that add most to the distance."""
        parts = self._sides(line)[2]
        return [int(place) for place in np.argsort(-parts, kind="stable")[:MOVED] if parts[place] > 0]

    def _name(self, line: int, place: int) -> str:
        bins = self.profile.bins[line]
        if self._place(line) is not None:
            return bins.span(place, place)
        known = self.held.names.get((line, place))
        if known is None:
            numbers = np.flatnonzero(self.held.folding.places[line][: bins.size] == place)
            known = self.held.names[line, place] = bins.span(int(numbers[0]), int(numbers[-1]))
        return known


def _direction(shift: float) -> str | None:
    return None if math.isnan(shift) else "up" if shift > 0 else "down"
