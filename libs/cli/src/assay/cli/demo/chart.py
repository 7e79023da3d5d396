"""The daily measure of a promise as a picture: inline SVG, no script, no font from elsewhere."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from html import escape

from assay.cli.demo.outcome import DayMeasured

__all__ = ["daily_chart"]

_WIDTH, _HEIGHT = 960, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 26, 34
_PLOT_WIDTH = _WIDTH - _LEFT - _RIGHT
_PLOT_HEIGHT = _HEIGHT - _TOP - _BOTTOM


def daily_chart(days: Sequence[DayMeasured], limit: float, title: str) -> str:
    """Draw a bar a day, the promised limit as a line, and the days beyond it marked and named."""
    top = _ceiling(max([limit, *(day.percent for day in days)]))
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}" class="chart">',
        *_grid(top),
        *_bars(days, top),
        *_months(days),
        _limit_line(days, limit, top),
        *_labels(days, top),
        "</svg>",
    ]
    return "\n".join(parts)


def _ceiling(highest: float) -> float:
    """The top of the scale: the next multiple of 20 that leaves room for a label."""
    return min(100.0, 20.0 * math.ceil((highest + 1) / 20))


def _y(percent: float, top: float) -> float:
    return _TOP + _PLOT_HEIGHT * (1 - min(percent, top) / top)


def _grid(top: float) -> list[str]:
    lines = []
    for percent in range(0, int(top) + 1, 20):
        y = _y(percent, top)
        lines.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        lines.append(f'<text class="axis" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{percent} %</text>')
    return lines


def _bars(days: Sequence[DayMeasured], top: float) -> list[str]:
    step = _PLOT_WIDTH / max(len(days), 1)
    width = max(step * 0.76, 1.2)
    bars = []
    for index, day in enumerate(days):
        x = _LEFT + index * step + (step - width) / 2
        y = _y(day.percent, top)
        kind = "kept" if day.kept else "broken"
        bars.append(
            f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{_TOP + _PLOT_HEIGHT - y:.1f}"'
            f' rx="1.5"><title>{escape(day.day)}: {day.percent:.1f} % of {day.rows:,} missing, {kind}</title></rect>'
        )
    return bars


def _labels(days: Sequence[DayMeasured], top: float) -> list[str]:
    """Name the broken days; of two neighbours one label stands to the left and one to the right."""
    step = _PLOT_WIDTH / max(len(days), 1)
    labels = []
    for index, day in enumerate(days):
        if day.kept:
            continue
        x = _LEFT + (index + 0.5) * step
        labels.append(
            f'<text class="label" x="{x:.1f}" y="{_y(day.percent, top) - 7:.1f}" text-anchor="{_side(days, index)}">'
            f"{_day(day.day)}: {day.percent:.0f} %</text>"
        )
    return labels


def _side(days: Sequence[DayMeasured], index: int) -> str:
    if index + 1 < len(days) and not days[index + 1].kept:
        return "end"
    if index and not days[index - 1].kept:
        return "start"
    return "middle"


def _day(day: str) -> str:
    on = date.fromisoformat(day)
    return f"{on.day} {on:%b}"


def _months(days: Sequence[DayMeasured]) -> list[str]:
    step = _PLOT_WIDTH / max(len(days), 1)
    marks = []
    for index, day in enumerate(days):
        on = date.fromisoformat(day.day)
        if index == 0 or on.day == 1:
            x = _LEFT + index * step
            y = _TOP + _PLOT_HEIGHT
            marks.append(f'<line class="tick" x1="{x:.1f}" x2="{x:.1f}" y1="{y}" y2="{y + 6}"/>')
            marks.append(f'<text class="axis" x="{x + 3:.1f}" y="{y + 18}">{_month(on, index == 0)}</text>')
    return marks


def _month(on: date, with_year: bool) -> str:
    return f"{on:%b %Y}" if with_year else f"{on:%b}"


def _limit_line(days: Sequence[DayMeasured], limit: float, top: float) -> str:
    """Draw the limit, and say so over the longest stretch of days that keep it: no label stands there."""
    y = _y(limit, top)
    start, length = _longest_kept(days)
    x = _LEFT + (start + length / 2) * _PLOT_WIDTH / max(len(days), 1)
    return (
        f'<line class="limit" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="limit-label" x="{x:.1f}" y="{y - 6:.1f}" text-anchor="middle">promised: at most {limit:g} %</text>'
    )


def _longest_kept(days: Sequence[DayMeasured]) -> tuple[int, int]:
    """Answer where the longest run of days that keep the promise begins, and how long it is."""
    longest = start = 0, 0
    for index, day in enumerate(days):
        start = (start[0], start[1] + 1) if day.kept else (index + 1, 0)
        longest = max(longest, start, key=lambda run: run[1])
    return longest
