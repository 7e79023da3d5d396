"""Windows of several lengths at once: a small shift needs rows, and a longer window has them sooner than patience does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self

from assay.monitoring.checking import Monitor, Untested
from assay.monitoring.profiles.cells import Cells
from assay.monitoring.profiles.columns import Booleans, Floats, Ints, Table, taken
from assay.monitoring.profiles.reference import Profile
from assay.monitoring.profiles.seasons import hours_counted
from assay.monitoring.verdicts.budget import q_for
from assay.monitoring.verdicts.standing import FLOOR, State
from assay.monitoring.verdicts.verdict import Judgement, Verdict

__all__ = ["Closing", "Heard", "Scaled", "check_at_scales", "closings", "loudness", "q_at_scales", "stands"]

_LOUD = {State.FIRING: 4, State.PENDING: 3, State.OK: 1}
_STILL_FIRES = 2


class Closing(NamedTuple):
    """A longer stretch that a window closes, [start, end), and its length."""

    length: int
    start: int
    end: int


def closings(before: int | None, end: int, lengths: Sequence[int], patience: float) -> list[Closing]:
    """Return the stretches that a window closes: those that end with it, and those that no window ended with.

    Stretches begin at whole multiples of their length. Where nothing came at the end of one, the next window closes it, if
    that ends no later than `patience` after.

    Args:
        before: the end of the window before; None for the first.
        end: the end of the window.
        lengths: of the stretches.
        patience: how late one may be closed.
    """
    found: list[Closing] = []
    for length in lengths:
        if before is not None and before % length:
            left = before - before % length + length
            if left < end <= left + patience:
                found.append(Closing(length, left - length, left))
        if end % length == 0:
            found.append(Closing(length, end - length, end))
    return found


def loudness(state: State, *, fires: bool) -> int:
    """Return how loud a scale speaks; of two that are as loud the shorter is heard.

    One that can say nothing of a window is louder than one that is calm while it fires since before: its drift is not over.
    """
    return _LOUD.get(state, _STILL_FIRES if fires else 0)


def stands(state: State, *, fires: bool) -> bool:
    """Whether what a longer scale said stands until it speaks again; that all is calm it says once."""
    return loudness(state, fires=fires) >= _STILL_FIRES


def q_at_scales(budget: float, features: int, windows_a_month: float, scales: Sequence[int]) -> list[float]:
    """Return the q of each scale: the budget is split evenly, and a longer one has fewer windows a month."""
    return [q_for(budget / len(scales), features, windows_a_month / scale) for scale in scales]


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """A window at all scales: what each says of it, the shortest first; None where a longer one has not spoken yet.

    `fires` has which features fire at a scale; `is_fresh`, whether the scale spoke in this window.
    """

    window: int
    scales: tuple[int, ...]
    said: tuple[Judgement | Untested | None, ...]
    fires: tuple[Booleans, ...]
    is_fresh: tuple[bool, ...]

    def verdicts(self) -> Iterator[Verdict]:
        """Spell out, of each feature, what the scale says that speaks loudest."""
        for _, verdict in self._loudest():
            yield verdict

    def speaking(self) -> list[Judgement | Untested]:
        """Return of each feature the window whose scale speaks loudest."""
        return [window for window, _ in self._loudest()]

    def _loudest(self) -> Iterator[tuple[Judgement | Untested, Verdict]]:
        at_scales = [
            (scale, said, list(said.verdicts()), fires, fresh)
            for scale, said, fires, fresh in zip(self.scales, self.said, self.fires, self.is_fresh, strict=True)
            if said is not None
        ]
        for line in range(len(self.fires[0])):
            heard = [
                (loudness(told[line].state, fires=bool(fires[line])), -scale, said, told[line])
                for scale, said, told, fires, fresh in at_scales
                if fresh or stands(told[line].state, fires=bool(fires[line]))
            ]
            _, scale, said, verdict = max(heard, key=lambda each: each[:2])
            yield said, replace(verdict, window=self.window, scale=-scale)


@dataclass(slots=True)
class Scaled:
    """Takes windows in and judges them at every scale: each has a monitor of its own, over the sums of its stretches."""

    scales: tuple[int, ...]
    monitors: tuple[Monitor, ...]
    _window: int = 0
    _before: int | None = None
    _open: list[tuple[int, Cells, Ints | None]] = field(default_factory=list)
    _said: list[Judgement | Untested | None] = field(default_factory=list)

    @classmethod
    def of(cls, profile: Profile, scales: Sequence[int], thresholds: Sequence[float], floor: float = FLOOR) -> Self:
        """Return what judges windows of these lengths, in multiples of the shortest, which is the first and 1."""
        monitors = tuple(Monitor(profile, threshold, floor) for threshold in thresholds)
        return cls(tuple(scales), monitors, _said=[None] * len(monitors))

    def close(self, place: int, cells: Cells, hours: Ints | None = None, patience: float = 0) -> Heard:
        """Judge the next window, at its place in time counted in windows; and each longer stretch that it closes."""
        self._open.append((place, cells, hours))
        fresh = [True, *[False] * (len(self.scales) - 1)]
        self._said[0] = self.monitors[0].close(cells, hours)
        for length, start, end in closings(self._before, place + 1, self.scales[1:], patience):
            at = self.scales.index(length)
            self._said[at], fresh[at] = self.monitors[at].close(*self._sum(start, end)), True
        self._before = place + 1
        oldest = (place + 1) // self.scales[-1] * self.scales[-1]
        self._open = [each for each in self._open if each[0] >= oldest]
        fires = tuple(each.standings.calm >= 0 for each in self.monitors)
        self._window += 1
        return Heard(self._window - 1, self.scales, tuple(self._said), fires, tuple(fresh))

    def _sum(self, start: int, end: int) -> tuple[Cells, Ints | None]:
        (_, cells, hours), *others = (each for each in self._open if start <= each[0] < end)
        for _, more, also in others:
            cells, hours = cells + more, None if hours is None or also is None else hours + also
        return cells, hours


def check_at_scales(
    profile: Profile,
    table: Table,
    windows: Sequence[tuple[int, Ints]],
    scaled: Scaled,
    moments_s: Floats | None = None,
    patience: float = 0,
) -> Iterator[Heard]:
    """Judge windows of a table in turn at every scale; a window is its place in time and the places of its rows."""
    for place, rows in windows:
        hours = None if moments_s is None else hours_counted(moments_s[rows])
        yield scaled.close(place, profile.count(taken(table, rows)), hours, patience)
