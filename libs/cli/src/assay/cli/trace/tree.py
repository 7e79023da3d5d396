"""The way of a record as a tree for a terminal."""

from __future__ import annotations

from datetime import UTC, datetime

from rich.text import Text
from rich.tree import Tree

from assay.cli.trace.way import Step, Way

__all__ = ["moment", "way_tree"]


def way_tree(way: Way) -> Tree:
    """Draw each step as the child of the one before it, with the time since the first."""
    root = Tree(_head(way), guide_style="dim")
    since = next((step.at_ms for step in way.steps if step.at_ms is not None), None)
    branch = root
    for step in way.steps:
        branch = branch.add(_line(step, since))
    return root


def moment(at_ms: int | None, since_ms: int | None) -> str:
    """Answer a time of day for the first step, and what has gone by since then for the others."""
    if at_ms is None or since_ms is None:
        return ""
    if at_ms == since_ms:
        return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%H:%M:%S.%f")[:-3]
    return f"+{at_ms - since_ms:,} ms"


def _head(way: Way) -> Text:
    head = Text.assemble((way.contract, "bold"))
    for name, value in (("event", way.event_id), ("trace", way.trace_id)):
        if value:
            head.append(f"  {name} ", "dim").append(value)
    return head


def _line(step: Step, since_ms: int | None) -> Text:
    line = Text.assemble((step.name, "bold green" if step.ok else "bold yellow"), "  ", step.detail)
    if step.where:
        line.append(f"  {step.where}", "cyan")
    when = moment(step.at_ms, since_ms)
    if when:
        line.append(f"  {when}", "dim")
    return line
