"""Writes the figures of docs/evidence/ into docs/performance.md, and draws docs/growth.svg."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["drawn", "written"]

DOCS = Path(__file__).parents[2] / "docs"
VALIDATE = DOCS / "evidence" / "bench-validate.json"
GROWTH = DOCS / "evidence" / "bench-growth.json"
REGISTRY = DOCS / "evidence" / "bench-registry.json"
RECOVERY = DOCS / "evidence" / "bench-recovery.json"
ALERTS = DOCS / "evidence" / "bench-alerts.json"
DRIFT = DOCS / "evidence" / "bench-drift.json"
PAGE = DOCS / "performance.md"
PLOT = DOCS / "growth.svg"

Figures = Mapping[str, Any]
WIDE, HIGH, EDGE = 340, 220, 44


def written(page: str, found: Mapping[Path, Figures]) -> str:
    """Return the page with its tables as the figures are: between `<!-- NAME -->` and `<!-- end -->`."""
    tables = {
        "ratios": ratios(found[VALIDATE]),
        "rates": rates(found[VALIDATE]),
        "growth": growths(found[GROWTH]),
        "registry": kept(found[REGISTRY]),
        "recovery": recovered(found[RECOVERY]),
        "alerts": merged(found[ALERTS]),
        "drift": watched(found[DRIFT]),
    }
    for name, lines in tables.items():
        before, _, rest = page.partition(f"<!-- {name} -->\n")
        _, _, after = rest.partition("<!-- end -->")
        page = f"{before}<!-- {name} -->\n{chr(10).join(lines)}\n<!-- end -->{after}"
    return page


def ratios(figures: Figures) -> Iterator[str]:
    """Give a table of what is held to a goal."""
    rows: tuple[tuple[str, str, str], ...] = (
        ("bare client", "vs_bare", "at least 0.70"),
        ("bare client, our headers", "vs_bare_headers", ""),
        ("Faust agent, jsonschema", "vs_faust_jsonschema", "at least 20"),
        ("Quix Streams", "vs_quixstreams", "at least 3"),
        ("Bytewax", "vs_bytewax", "at least 3"),
        ("price of exactly once", "exactly_once_tax", "at most 0.10"),
        ("price of traces", "tracing_cost", "below 0.05"),
        ("two workers by one", "two_workers", "at least 1.8"),
        ("p99 at half load, ms", "p99_ms", "below 50"),
        ("records per CPU second", "records_per_cpu_s", ""),
    )
    yield from head("Ours beside", *figures, "Goal")
    for text, name, goal in rows:
        yield line(text, *(number(found[name]) for found in figures.values()), goal)
    yield line("first tier takes", *(f"{found['tiers']['screen']:.1%}" for found in figures.values()), "")


def rates(figures: Figures) -> Iterator[str]:
    """Give a table of records per CPU second, and by the wall behind the stroke."""
    yield from head("Records per second of CPU / of wall", *figures)
    names = [name for found in figures.values() for name in found["figures"]["medians"]]
    for name in dict.fromkeys(names):
        medians = [found["figures"]["medians"].get(name) for found in figures.values()]
        yield line(
            f"`{name}`",
            *("-" if each is None else f"{each['per_cpu_s']:,} / {each['per_wall_s']:,}" for each in medians),
        )


def growths(growth: Figures) -> Iterator[str]:
    """Give a table of the CPU of a record along each axis."""
    yield from head("Axis", "n", "Bytes", "Ours, µs", "Bare, µs")
    for axis, points in growth.items():
        for each in points:
            yield line(axis, f"{each['n']:g}", str(each["bytes"]), f"{each['us']:.1f}", f"{each['bare_us']:.1f}")


def kept(registry: Figures) -> Iterator[str]:
    """Give a table of what the registry is held to."""
    yield from head("Registry", "Figure", "Its CPU", "Goal")
    yield line("schema by id, beside a bare ASGI server", number(registry["vs_bare_asgi"]), "", "at least 0.60")
    for kind, wall in registry["check_ms"].items():
        cpu = number(registry["check_cpu_ms"][kind])
        yield line(f"check of {registry['figures']['fields']} fields, {kind}, ms", number(wall), cpu, "below 50")
    text = f"start with {registry['figures']['schemas']:,} schemas, s"
    yield line(text, number(registry["start_s"]), number(registry["start_cpu_s"]), "below 5")


def recovered(recovery: Figures) -> Iterator[str]:
    """Give a table of what recovery is held to."""
    kills, wall = recovery["figures"]["kills"], recovery["figures"]
    yield from head("Recovery", "Figure", "By the wall", "Goal")
    for name, text in (
        ("dead", "dead letters"),
        ("indexed", "indexed"),
        ("repaired", "repaired"),
        ("replayed", "replayed"),
    ):
        yield line(text, number(recovery[name]), "", "")
    yield line(f"lost after {kills} kills", number(recovery["lost"]), "", "0")
    yield line(f"doubled after {kills} kills", number(recovery["doubled"]), "", "0")
    yield line(
        "index beside a bare reader", number(recovery["index_vs_bare"]), number(wall["index_vs_bare_by_wall"]), ""
    )
    yield line(
        "replays beside a bare copier", number(recovery["replay_vs_bare"]), number(wall["replay_vs_bare_by_wall"]), ""
    )
    yield line("most memory, MB", number(recovery["rss_mb"]), "", "")


def merged(alerts: Figures) -> Iterator[str]:
    """Give a table of what alerts is held to."""
    found = alerts["figures"]
    yield from head("Alerts", "Figure", "Goal")
    text = f"panes merged per CPU second, {found['contracts']:,} contracts with {found['promises']:,} promises"
    yield line(text, number(alerts["panes_per_s"]), "at least 20,000")
    yield line("the same by the wall", number(found["per_wall_s"]), "")
    yield line(f"wrong windows of {found['windows']:,}", number(alerts["wrong_windows"]), "0")
    yield line("evaluation behind the watermark, ms", number(alerts["lag_ms"]), "below 5,000")
    yield line("beside only reading the panes", number(alerts["vs_bare"]), "")
    yield line("beside an upsert for each pane, columns fixed", number(alerts["vs_upsert"]), "")


def watched(drift: Figures) -> Iterator[str]:
    """Give a table of what drift is held to."""
    found = drift["figures"]
    yield from head("Drift", "Figure", "Goal")
    text = f"feature values counted per CPU second, {found['features']} features, joined by prediction id"
    yield line(text, number(drift["feature_values_per_s"]), "at least 1,000,000")
    yield line("the same by the wall", number(found["per_wall_s"]), "")
    yield line("beside River, one value at a time", number(drift["vs_river"]), "")
    yield line("beside bare numpy binning", number(drift["vs_numpy"]), "")
    yield line("a window of 500 features closed, ms", number(drift["pane_close_ms"]), "below 5")
    reads = found["reads"]
    text = f"p99 of {reads['reads_per_s']:,} reads a second beside {reads['feature_values_per_s']:,} feature values counted, ms"
    yield line(text, number(drift["reads_p99_ms"]), "below 5")


def head(*titles: str) -> Iterator[str]:
    """Give the two lines that a table begins with."""
    yield line(*titles)
    yield "|---|" + "--:|" * (len(titles) - 1)


def line(*cells: str) -> str:
    """Return a row."""
    return "| " + " | ".join(cells) + " |"


def number(found: float | None) -> str:
    """Return a figure as it is shown; one that could not be had is a dash."""
    if found is None:
        return "-"
    return f"{found:,}" if isinstance(found, int) else f"{found:.2f}"


def drawn(growth: Figures) -> str:
    """Return a drawing with a panel for each axis: the cost of a record in µs, ours and the bare client's."""
    panels = [panel(axis, points, index) for index, (axis, points) in enumerate(growth.items())]
    high = (len(panels) + 1) // 2 * HIGH
    style = "text{font:12px sans-serif;fill:#555}.ours{stroke:#c2410c}.bare{stroke:#64748b}polyline{fill:none;stroke-width:2}"
    body = "\n".join(panels)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * WIDE} {high}">\n<style>{style}</style>\n{body}\n</svg>\n'


def panel(axis: str, points: Sequence[Mapping[str, float]], index: int) -> str:
    """Return the panel of one axis."""
    right = max(each["n"] for each in points)
    top = max(each["us"] for each in points)

    def x(n: float) -> float:
        return EDGE + n / right * (WIDE - 2 * EDGE)

    def y(us: float) -> float:
        return HIGH - EDGE - us / top * (HIGH - 2 * EDGE)

    at = f'transform="translate({index % 2 * WIDE},{index // 2 * HIGH})"'
    return f"""<g {at}>
<path d="M{EDGE},{EDGE}V{HIGH - EDGE}H{WIDE - EDGE}" fill="none" stroke="#bbb"/>
{curve("ours", points, "us", x, y)}
{curve("bare", points, "bare_us", x, y)}
<text x="{EDGE}" y="{EDGE - 16}">{axis}: µs a record (grey: bare client)</text>
<text x="4" y="{EDGE + 4}">{top:.0f}</text><text x="{WIDE - EDGE - 8}" y="{HIGH - EDGE + 18}">{right:g}</text>
</g>"""


def curve(
    name: str, points: Sequence[Mapping[str, float]], of: str, x: Callable[[float], float], y: Callable[[float], float]
) -> str:
    """Return a line through the points."""
    corners = " ".join(f"{x(each['n']):.1f},{y(each[of]):.1f}" for each in points)
    return f'<polyline class="{name}" points="{corners}"/>'


def main() -> None:
    """Write both."""
    found = {each: json.loads(each.read_text()) for each in (VALIDATE, GROWTH, REGISTRY, RECOVERY, ALERTS, DRIFT)}
    PAGE.write_text(written(PAGE.read_text(), found))
    PLOT.write_text(drawn(found[GROWTH]))


if __name__ == "__main__":
    main()
