"""The share of wrong answers by day as a picture, realised and estimated: inline SVG in the style of the report."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date
from html import escape

from assay.cli.demo.watched import DayWatched

__all__ = ["error_chart"]

_WIDTH, _HEIGHT = 960, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 18, 34
_PLOT_WIDTH, _PLOT_HEIGHT = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM


def error_chart(days: Sequence[DayWatched], title: str) -> str:
    """Draw a bar a day for what was realised, and a line for what was estimated."""
    top = _ceiling(max([0.1, *(share for day in days for share in (day.error, day.estimated) if share is not None)]))
    step = _PLOT_WIDTH / max(len(days), 1)
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}" class="chart">',
        *_grid(top),
        *_bars(days, step, top),
        *_days(days, step),
        _line(days, step, top),
        "</svg>",
    ]
    return "\n".join(parts)


def _ceiling(highest: float) -> float:
    return math.ceil(highest * 10 + 0.2) / 10


def _y(share: float, top: float) -> float:
    return _TOP + _PLOT_HEIGHT * (1 - share / top)


def _grid(top: float) -> Iterator[str]:
    for tenth in range(round(top * 10) + 1):
        y = _y(tenth / 10, top)
        yield f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text class="axis" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10 * tenth} %</text>'


def _bars(days: Sequence[DayWatched], step: float, top: float) -> Iterator[str]:
    width = max(step * 0.76, 1.2)
    for index, day in enumerate(days):
        if day.error is None:
            continue
        x, y = _LEFT + index * step + (step - width) / 2, _y(day.error, top)
        said = f"{day.day}: {day.error:.1%} of {day.labelled:,} wrong"
        yield (
            f'<rect class="{"broken" if day.firing else "kept"}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}"'
            f' height="{_TOP + _PLOT_HEIGHT - y:.1f}" rx="1.5"><title>{escape(said)}</title></rect>'
        )


def _days(days: Sequence[DayWatched], step: float) -> Iterator[str]:
    """Name some ten days."""
    every = max(round(len(days) / 10), 1)
    for index, day in enumerate(days):
        if index % every == 0:
            x, on = _LEFT + (index + 0.5) * step, date.fromisoformat(day.day)
            y = _TOP + _PLOT_HEIGHT + 18
            yield f'<text class="axis" x="{x:.1f}" y="{y}" text-anchor="middle">{on.day} {on:%b}</text>'


def _line(days: Sequence[DayWatched], step: float, top: float) -> str:
    points = " ".join(
        f"{_LEFT + (index + 0.5) * step:.1f},{_y(day.estimated, top):.1f}"
        for index, day in enumerate(days)
        if day.estimated is not None
    )
    return f'<polyline class="estimate" points="{points}"/>' if points else ""
