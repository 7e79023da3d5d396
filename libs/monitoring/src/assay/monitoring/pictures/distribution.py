"""Reference against window, bin by bin, with the bins that moved marked."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from assay.monitoring.pictures.svg import axis, line, number, picture, text, titled

__all__ = ["Bar", "between", "distribution"]

_WIDTH, _HEIGHT = 760, 384
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 64, 98
_PLOT_WIDTH, _PLOT_HEIGHT = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
_NAME = 14
_MOST_BARS = 60


@dataclass(frozen=True, slots=True)
class Bar:
    """One bin or cell: its name, how many rows of the reference and of the window lie in it, and whether it moved.

    `label` stands below it in place of a long name.
    """

    name: str
    reference: int
    window: int
    moved: bool = False
    label: str = ""


def between(
    edges: Sequence[float], reference: Sequence[int], window: Sequence[int], moved: Collection[int] = ()
) -> list[Bar]:
    """Return the bars of numeric bins: below the first edge, from each edge to below the next, from the last edge on.

    Raises:
        ValueError: there is not one count more than edges, on both sides.
    """
    if not len(edges) + 1 == len(reference) == len(window):
        raise ValueError(f"{len(edges)} edges make {len(edges) + 1} bins, not {len(reference)} and {len(window)}")
    names, labels = ["all"], ["all"]
    if edges:
        names = [f"< {edges[0]:.4g}", *(_span(low, high) for low, high in pairwise(edges)), f"≥ {edges[-1]:.4g}"]
        labels = [name if name[0] in "=≥" else f"< {edge:.4g}" for name, edge in zip(names, [*edges, 0], strict=True)]
    rows = zip(names, reference, window, labels, strict=True)
    return [Bar(name, old, new, index in moved, label) for index, (name, old, new, label) in enumerate(rows)]


def _span(low: float, high: float) -> str:
    return f"= {low:.4g}" if math.nextafter(low, math.inf) == high else f"{low:.4g} … {high:.4g}"


def distribution(title: str, bars: Sequence[Bar], said: str = "") -> str:
    """Draw the share of each bin in the reference and in the window as SVG; `said` is a line below the title.

    A bin that moved has another colour and an arrow in the direction of its move. Of more than 60 bins the last are
    drawn as one.
    """
    shown = _shown(bars)
    wholes = sum(bar.reference for bar in shown), sum(bar.window for bar in shown)
    shares = [(_share(bar.reference, wholes[0]), _share(bar.window, wholes[1])) for bar in shown]
    top, step = axis(1.06 * max((max(pair) for pair in shares), default=0.0))
    parts = [
        text(_LEFT, 24, title, kind="title", most=76),
        text(_LEFT, 42, said, kind="soft", most=100),
        *_legend(wholes, any(bar.moved for bar in shown)),
        *_grid(top, step),
    ]
    for index, (bar, pair) in enumerate(zip(shown, shares, strict=True)):
        parts.append(_slot(index, len(shown), bar, pair, top))
    return picture(_WIDTH, _HEIGHT, f"{title}: reference against window", parts)


def _shown(bars: Sequence[Bar]) -> list[Bar]:
    if len(bars) <= _MOST_BARS:
        return list(bars)
    rest = bars[_MOST_BARS - 1 :]
    counts = sum(bar.reference for bar in rest), sum(bar.window for bar in rest)
    return [*bars[: _MOST_BARS - 1], Bar(f"{len(rest)} more", *counts, any(bar.moved for bar in rest))]


def _share(count: int, whole: int) -> float:
    return count / whole if whole else 0.0


def _y(share: float, top: float) -> float:
    return _TOP + _PLOT_HEIGHT * (1 - share / top)


def _grid(top: float, step: float) -> list[str]:
    parts = []
    for index in range(round(top / step) + 1):
        y = _y(index * step, top)
        parts.append(line("grid", (_LEFT, y), (_WIDTH - _RIGHT, y)))
        parts.append(text(_LEFT - 8, y + 4, f"{number(100 * index * step)} %", kind="soft", anchor="end"))
    return parts


def _legend(wholes: tuple[int, int], has_moved: bool) -> list[str]:
    named = [("reference", f"reference, {wholes[0]:,} rows"), ("window", f"window, {wholes[1]:,} rows")]
    if has_moved:
        named.append(("moved", "window, moved"))
    parts, x = [], float(_LEFT)
    for kind, said in named:
        parts.append(f'<rect class="{kind}" x="{x:.1f}" y="{_HEIGHT - 18}" width="10" height="10"/>')
        parts.append(text(x + 15, _HEIGHT - 9, said, kind="soft"))
        x += 40 + 6.6 * len(said)
    return parts


def _slot(index: int, slots: int, bar: Bar, shares: tuple[float, float], top: float) -> str:
    step = _PLOT_WIDTH / slots
    width, middle = min(step * 0.42, 40.0), _LEFT + (index + 0.5) * step
    parts = [
        _bar("reference", middle - width, width, _y(shares[0], top)),
        _bar("moved" if bar.moved else "window", middle, width, _y(shares[1], top)),
    ]
    if bar.moved:
        parts.append(_arrow(middle + width / 2, _y(max(shares), top) - 4, up=shares[1] >= shares[0]))
    size = min(11.0, step * 0.9)
    parts.append(
        f'<g font-size="{size:.1f}">'
        + text(
            middle + size / 3,
            _TOP + _PLOT_HEIGHT + 13,
            bar.label or bar.name,
            kind="soft",
            anchor="end",
            most=_NAME,
            turn=-40,
        )
        + "</g>"
    )
    moved = ", moved" if bar.moved else ""
    return titled(parts, f"{bar.name[:100]}: {shares[0]:.2%} of the reference, {shares[1]:.2%} of the window{moved}")


def _bar(kind: str, x: float, width: float, y: float) -> str:
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{_TOP + _PLOT_HEIGHT - y:.1f}"/>'


def _arrow(x: float, y: float, *, up: bool) -> str:
    tip, foot = (y - 8, y) if up else (y, y - 8)
    return f'<path class="moved" d="M {x - 4.5:.1f} {foot:.1f} H {x + 4.5:.1f} L {x:.1f} {tip:.1f} Z"/>'
