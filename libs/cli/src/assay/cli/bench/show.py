"""The figures of a measurement as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

__all__ = ["show", "show_alerts", "show_drift", "show_recovery", "show_registry"]

GOALS = {
    "vs_bare": "≥ 0.70",
    "vs_bare_headers": "",
    "vs_faust_jsonschema": "≥ 20",
    "vs_quixstreams": "≥ 3",
    "vs_bytewax": "≥ 3",
    "exactly_once_tax": "≤ 0.10",
    "tracing_cost": "< 0.05",
    "two_workers": "≥ 1.8",
    "p99_ms": "< 50",
    "records_per_cpu_s": "",
}


def show(figures: Mapping[str, Mapping[str, Any]]) -> None:
    """Print a row for each figure, a column for each size, and the goal."""
    table = Table(title="validate", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("figure", no_wrap=True)
    for size in figures:
        table.add_column(size, justify="right")
    table.add_column("goal", justify="right")
    for name, goal in GOALS.items():
        table.add_row(name, *(_text(found[name]) for found in figures.values()), goal)
    Console(highlight=False).print(table)
    for size, found in figures.items():
        tiers = found["tiers"]
        Console(highlight=False).print(
            f"{size}: first tier ({tiers['engine']}) {tiers['screen']:.1%}, second tier {tiers['explain']:.1%}"
        )


def show_registry(figures: Mapping[str, Any]) -> None:
    """Print a row for each figure of the registry, and the goal."""
    table = Table(title="registry", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("figure", "registry", "goal"):
        table.add_column(name, no_wrap=True, justify="left" if name == "figure" else "right")
    table.add_row("vs_bare_asgi", _text(figures["vs_bare_asgi"]), "≥ 0.60")
    for kind, found in figures["check_ms"].items():
        table.add_row(f"check_ms {kind}", _text(found), "< 50")
        table.add_row(f"check_cpu_ms {kind}", _text(figures["check_cpu_ms"][kind]), "")
    table.add_row("start_s", _text(figures["start_s"]), "< 5")
    table.add_row("start_cpu_s", _text(figures["start_cpu_s"]), "")
    Console(highlight=False).print(table)


def show_recovery(figures: Mapping[str, Any]) -> None:
    """Print a row for each figure of recovery, and the goal."""
    goals = {"lost": "0", "doubled": "0", "index_vs_bare": "≥ 0.40", "replay_vs_bare": "≥ 0.50"}
    table = Table(title="recovery", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("figure", "recovery", "goal"):
        table.add_column(name, no_wrap=True, justify="left" if name == "figure" else "right")
    for name, found in figures.items():
        if name != "figures":
            table.add_row(name, _text(found), goals.get(name, ""))
    Console(highlight=False).print(table)


def show_alerts(figures: Mapping[str, Any]) -> None:
    """Print a row for each figure of alerts, and the goal."""
    goals = {"panes_per_s": "≥ 20,000", "wrong_windows": "0", "lag_ms": "< 5,000"}
    table = Table(title="alerts", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("figure", "alerts", "goal"):
        table.add_column(name, no_wrap=True, justify="left" if name == "figure" else "right")
    for name, found in figures.items():
        if name != "figures":
            table.add_row(name, _text(found), goals.get(name, ""))
    Console(highlight=False).print(table)


def show_drift(figures: Mapping[str, Any]) -> None:
    """Print a row for each figure of drift, and the goal."""
    goals = {"feature_values_per_s": "≥ 1,000,000", "pane_close_ms": "< 5", "reads_p99_ms": "< 5"}
    table = Table(title="drift", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("figure", "drift", "goal"):
        table.add_column(name, no_wrap=True, justify="left" if name == "figure" else "right")
    for name, found in figures.items():
        if name != "figures":
            table.add_row(name, _text(found), goals.get(name, ""))
    Console(highlight=False).print(table)


def _text(figure: float | None) -> str:
    if figure is None:
        return "-"
    return f"{figure:,}" if isinstance(figure, int) else f"{figure:,.2f}"
