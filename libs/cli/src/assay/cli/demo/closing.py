"""What the demo ends with: a table, a tree, the checks, and where to look next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from assay.cli.demo.outcome import Check, Outcome
from assay.cli.trace.tree import way_tree
from assay.cli.trace.way import Way

__all__ = ["show_closing"]


def show_closing(console: Console, outcome: Outcome, way: Way | None, looks: Sequence[tuple[str, str]]) -> None:
    """Print the end of the demo."""
    console.print(_records(outcome), "")
    console.print(_breaches(outcome), "")
    if way is not None:
        console.print(Text("The way of one repaired record", "bold"), way_tree(way), "", soft_wrap=True)
    console.print(_checks(outcome.checks), "", soft_wrap=True)
    console.print(_looks(looks), soft_wrap=True)


def _records(outcome: Outcome) -> Table:
    table = Table(title="Records", title_justify="left", title_style="bold")
    table.add_column("contract")
    for name in ("raw", "replayed", "validated", "dead letters", "repaired", "in the lake", "in the warehouse"):
        table.add_column(name, justify="right")
    for contract, counts in outcome.counts.items():
        table.add_row(contract, *(f"{number:,}" for number in astuple(counts)))
    return table


def _breaches(outcome: Outcome) -> Group:
    lines = [Text.assemble(("Breaches", "bold"), f"  {outcome.fired} fired, {outcome.resolved} resolved")]
    for breach in outcome.breaches:
        lines.append(Text.assemble(("  fired     ", "red"), f"{breach.fired_on}  {breach.fired_measured}"))
        lines.append(Text(f"            promised: {breach.promised}", "dim"))
        if breach.resolved_on:
            lines.append(Text.assemble(("  resolved  ", "green"), f"{breach.resolved_on}  {breach.resolved_measured}"))
        lines.append(Text(f"            told of both: {', '.join(breach.told)}", "dim"))
    return Group(*lines)


def _checks(checks: Sequence[Check]) -> Group:
    failed = [check for check in checks if not check.ok]
    head = f"  {len(checks) - len(failed)} of {len(checks)} hold"
    lines = [Text.assemble(("Checks", "bold"), head)]
    for check in checks:
        mark = ("  holds  ", "green") if check.ok else ("  FAILS  ", "bold red")
        lines.append(Text.assemble(mark, check.name, (f"  {check.detail}", "dim")))
    return Group(*lines)


def _looks(looks: Sequence[tuple[str, str]]) -> Group:
    width = max(len(what) for what, _ in looks)
    return Group(
        Text("Where to look next", "bold"),
        *(Text.assemble(f"  {what:<{width}}  ", (where, "cyan")) for what, where in looks),
    )
