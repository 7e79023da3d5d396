"""The trend of an effect over windows, with its floor and the state of each window."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from assay.monitoring.pictures.svg import axis, line, number, picture, text, titled

__all__ = ["Point", "trend"]

_WIDTH, _HEIGHT = 760, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 20, 64, 62
_PLOT_WIDTH, _PLOT_HEIGHT = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
_STATES = ("ok", "pending", "firing", "insufficient", "learning")
_MOST_POINTS, _HIGHEST = 300, 1e299


@dataclass(frozen=True, slots=True)
class Point:
    """One window: its name, the effect or None where nothing can be said, and the state of the verdict."""

    name: str
    effect: float | None
    state: str


def trend(title: str, points: Sequence[Point], floor: float | None, said: str = "") -> str:
    """Draw the effect of each window as SVG, the newest 300 of them; `said` is a line below the title.

    Each state has a shape of its own, so that it is told apart without colour. A window without an effect breaks the
    line; its mark lies at the bottom. An effect below 0 is drawn at 0.
    """
    shown = points[-_MOST_POINTS:]
    effects = [_effect(point) for point in shown]
    floors = [min(floor, _HIGHEST)] if floor is not None and 0 <= floor < math.inf else []
    top, step = axis(1.1 * max([0.0, *floors, *(each for each in effects if each is not None)]))
    places = [(_x(index, len(shown)), _y(each, top)) for index, each in enumerate(effects)]
    parts = [
        text(_LEFT, 24, title, kind="title", most=76),
        text(_LEFT, 42, said, kind="soft", most=100),
        *_grid(top, step),
        *(_floor(each, top) for each in floors),
        *_names(shown),
        *_lines(effects, places),
        *(_mark(point, place) for point, place in zip(shown, places, strict=True)),
        *_legend({point.state for point in shown}),
    ]
    return picture(_WIDTH, _HEIGHT, f"{title}: trend of the effect", parts)


def _effect(point: Point) -> float | None:
    is_known = point.effect is not None and math.isfinite(point.effect)
    return min(max(point.effect or 0.0, 0.0), _HIGHEST) if is_known else None


def _x(index: int, points: int) -> float:
    return _LEFT + (index + 0.5) * _PLOT_WIDTH / points


def _y(effect: float | None, top: float) -> float:
    return _TOP + _PLOT_HEIGHT * (1 - (effect or 0.0) / top)


def _grid(top: float, step: float) -> list[str]:
    parts = []
    for index in range(round(top / step) + 1):
        y = _y(index * step, top)
        parts.append(line("grid", (_LEFT, y), (_WIDTH - _RIGHT, y)))
        parts.append(text(_LEFT - 8, y + 4, number(index * step), kind="soft", anchor="end"))
    return parts


def _floor(floor: float, top: float) -> str:
    y = _y(floor, top)
    drawn = line("floor", (_LEFT, y), (_WIDTH - _RIGHT, y))
    return drawn + text(_WIDTH - _RIGHT, y - 5, f"floor {number(floor)}", kind="soft", anchor="end")


def _names(points: Sequence[Point]) -> list[str]:
    """Name the first and the last window, and some of those between."""
    every = max(math.ceil(len(points) / 6), 1)
    chosen = range(0, len(points), every)
    y = _TOP + _PLOT_HEIGHT + 18
    return [
        text(_x(index, len(points)), y, points[index].name, kind="soft", anchor="middle", most=16) for index in chosen
    ]


def _lines(effects: Sequence[float | None], places: Sequence[tuple[float, float]]) -> list[str]:
    runs: list[list[str]] = [[]]
    for effect, (x, y) in zip(effects, places, strict=True):
        if effect is None:
            runs.append([])
        else:
            runs[-1].append(f"{x:.1f},{y:.1f}")
    return [f'<polyline class="trend" points="{" ".join(run)}"/>' for run in runs if len(run) > 1]


def _mark(point: Point, place: tuple[float, float]) -> str:
    effect = "no effect to tell" if point.effect is None else f"effect {number(point.effect)}"
    return titled([_shape(point.state, *place)], f"{point.name[:100]}: {effect}, {point.state}")


def _shape(state: str, x: float, y: float) -> str:
    match state:
        case "ok":
            return f'<circle class="ok" cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>'
        case "pending":
            return f'<circle class="pending" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'
        case "firing":
            return f'<path class="firing" d="M {x:.1f} {y - 6.5:.1f} l 6.5 6.5 l -6.5 6.5 l -6.5 -6.5 Z"/>'
        case "insufficient":
            return f'<path class="insufficient" d="M {x - 3.5:.1f} {y - 3.5:.1f} l 7 7 m 0 -7 l -7 7"/>'
        case _:
            return f'<rect class="learning" x="{x - 3.5:.1f}" y="{y - 3.5:.1f}" width="7" height="7"/>'


def _legend(states: set[str]) -> list[str]:
    parts, x = [], float(_LEFT + 8)
    for state in (*_STATES, *sorted(states - set(_STATES))[:2]):
        if state in states:
            parts.append(_shape(state, x, _HEIGHT - 16))
            parts.append(text(x + 12, _HEIGHT - 12, state, kind="soft", most=24))
            x += 44 + 6.6 * min(len(state), 24)
    return parts
