"""Parts of a picture in SVG: no script, no font and no picture from elsewhere; readable on light and dark."""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape
from typing import Literal

__all__ = ["axis", "clean", "line", "number", "picture", "text", "titled"]

Anchor = Literal["start", "middle", "end"]

_STYLE = """
svg { font: 12px system-ui, sans-serif; }
.back { fill: #ffffff; } .title { font-size: 15px; font-weight: 600; } text { fill: #1f2328; } .soft { fill: #59636e; }
.grid { stroke: #d8dee4; } .edge { stroke: #59636e; fill: none; } .reference { fill: #afb8c1; } .window { fill: #2f6fde; }
.moved { fill: #d1480f; } .trend { stroke: #2f6fde; fill: none; stroke-width: 1.5; } .floor { stroke: #d1480f; stroke-dasharray: 6 4; }
.ok { fill: #2f6fde; } .pending { fill: #ffffff; stroke: #b35900; stroke-width: 2; } .firing { fill: #cf222e; }
.insufficient, .learning { stroke: #59636e; stroke-width: 2; fill: none; }
@media (prefers-color-scheme: dark) {
.back { fill: #0d1117; } text { fill: #e6edf3; } .soft { fill: #9198a1; } .grid { stroke: #30363d; } .edge { stroke: #9198a1; }
.reference { fill: #545d68; } .window, .ok { fill: #58a6ff; } .moved { fill: #ff8a4c; } .trend { stroke: #58a6ff; } .floor { stroke: #ff8a4c; }
.pending { fill: #0d1117; stroke: #e3a008; } .firing { fill: #ff6b6b; } .insufficient, .learning { stroke: #9198a1; }
}"""


def picture(width: float, height: float, title: str, parts: Iterable[str]) -> str:
    """Return a whole SVG document; `title` is what a screen reader says of it."""
    size = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{clean(title, 200)}">'
    back = f'<rect class="back" width="{width:g}" height="{height:g}" rx="6"/>'
    return "\n".join((head, f"<style>{_STYLE}</style>", back, *parts, "</svg>\n"))


def clean(name: str, most: int) -> str:
    """Return a name as text of an element or attribute: cut to `most` characters, none of them a tag or unseen."""
    shown = name if len(name) <= most else name[: most - 1] + "…"
    seen = (each if each.isprintable() else each.encode("unicode_escape").decode() for each in shown)
    return escape("".join(seen))


def text(
    x: float, y: float, said: str, *, kind: str = "", anchor: Anchor = "start", most: int = 80, turn: int = 0
) -> str:
    """Return a line of text, cut to `most` characters; `turn` is in degrees around its anchor."""
    turned = f' transform="rotate({turn} {x:.1f} {y:.1f})"' if turn else ""
    classed = f' class="{kind}"' if kind else ""
    return f'<text{classed} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{turned}>{clean(said, most)}</text>'


def line(kind: str, left: tuple[float, float], right: tuple[float, float]) -> str:
    """Return a straight line."""
    return f'<line class="{kind}" x1="{left[0]:.1f}" y1="{left[1]:.1f}" x2="{right[0]:.1f}" y2="{right[1]:.1f}"/>'


def titled(parts: Iterable[str], said: str) -> str:
    """Return a group of parts that says something when it is pointed at."""
    return f"<g><title>{clean(said, 200)}</title>{''.join(parts)}</g>"


def number(value: float) -> str:
    """Return a number as a label has it."""
    return f"{value:.4g}"


def axis(highest: float) -> tuple[float, float]:
    """Return the top of a scale from 0 that holds `highest`, and its step: at most six round ones."""
    if not 1e-300 < highest < 1e300:
        return (highest, highest / 4) if 1e300 <= highest < math.inf else (1.0, 0.25)
    power = 10.0 ** math.floor(math.log10(highest))
    step = next(each * power for each in (0.2, 0.25, 0.5, 1.0, 2.0) if highest <= 6 * each * power)
    return math.ceil(highest / step) * step, step
