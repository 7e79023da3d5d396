"""Pictures of the columns that fire: the first window that did, against the reference, and how its effect went."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from assay.monitoring.checking import Untested
from assay.monitoring.pictures import Bar, Point, distribution, trend
from assay.monitoring.scales import Heard
from assay.monitoring.verdicts import State, Verdict
from assay.monitoring.verdicts.verdict import Counted, Judgement

__all__ = ["Album"]

LONGEST = 60


class Album:
    """Takes windows in turn, and keeps of each column what its pictures show."""

    def __init__(self) -> None:
        self._points: dict[str, list[Point]] = {}
        self._fired: dict[str, tuple[Verdict, list[Bar]]] = {}

    def take(self, window: Judgement | Untested | Heard, told: Sequence[Verdict]) -> None:
        """Keep a window and what it says of each column."""
        speaking = window.speaking() if isinstance(window, Heard) else [window] * len(told)
        for line, (verdict, spoken) in enumerate(zip(told, speaking, strict=True)):
            point = Point(str(verdict.window), verdict.effect, verdict.state.value)
            self._points.setdefault(verdict.column, []).append(point)
            if isinstance(spoken, Judgement) and verdict.state is State.FIRING and verdict.column not in self._fired:
                self._fired[verdict.column] = verdict, [_bar(each) for each in spoken.counted(line)]

    def save(self, folder: Path) -> None:
        """Write two files for each column that fired.

        Raises:
            OSError: the folder can't be made or written to.
        """
        folder.mkdir(parents=True, exist_ok=True)
        for number, (column, (verdict, bars)) in enumerate(self._fired.items(), 1):
            name = f"{number:03}-{_plain(column)}"
            said = f"window {verdict.window}, {verdict.n:,} rows: {_why(verdict)}"
            (folder / f"{name}.window.svg").write_text(distribution(column, bars, said), encoding="utf-8")
            drawn = trend(column, self._points[column], verdict.floor, f"fired first in window {verdict.window}")
            (folder / f"{name}.trend.svg").write_text(drawn, encoding="utf-8")


def _bar(counted: Counted) -> Bar:
    """An interval is named in full where it is pointed at, and by its upper end below its bar."""
    interval = re.fullmatch(r"\[.+, (.+)\)", counted.bin)
    label = f"< {interval.group(1)}" if interval else counted.bin
    return Bar(counted.bin, counted.reference, counted.window, counted.has_moved, label)


def _why(verdict: Verdict) -> str:
    effect = "" if verdict.effect is None else f", effect {verdict.effect:.3f}"
    chance = "" if verdict.p is None else f", p {verdict.p:.1e}"
    return f"{verdict.severity or 'firing'}, {verdict.test}{effect}{chance}"


def _plain(column: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "_", column)[:LONGEST]
