"""What the demo ends with: a table, a tree, the checks, and where to look next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple

from rich import box
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
        console.print(Text("The way of one repaired record", "bold"), way_tree(way), "")
    console.print(_checks(outcome.checks), "")
    console.print(_looks(looks), soft_wrap=True)


def _records(outcome: Outcome) -> Table:
    table = Table(title="Records", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.collapse_padding = True  # the whole year in 80 columns: a number is never cut
    table.add_column("contract", overflow="fold")
    for name in ("raw", "replayed", "validated", "dead", "repaired", "lake", "warehouse"):
        table.add_column(name, justify="right", overflow="fold")
    for contract, counts in outcome.counts.items():
        table.add_row(contract, *(f"{number:,}" for number in astuple(counts)))
    return table


def _breaches(outcome: Outcome) -> Table:
    table = _hanging(Text.assemble(("Breaches", "bold"), f"  {outcome.fired} fired, {outcome.resolved} resolved"))
    for breach in outcome.breaches:
        table.add_row(Text("fired", "red"), f"{breach.fired_on}  {breach.fired_measured}")
        if breach.resolved_on:
            table.add_row(Text("resolved", "green"), f"{breach.resolved_on}  {breach.resolved_measured}")
        table.add_row(Text("told of both", "dim"), Text(", ".join(breach.told), "dim"))
    return table


def _hanging(title: Text) -> Table:
    """A list whose long lines hang under their own column."""
    table = Table(title=title, title_justify="left", title_style="", box=None, show_header=False, padding=(0, 1, 0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    return table


def _checks(checks: Sequence[Check]) -> Table:
    failed = sum(not check.ok for check in checks)
    table = _hanging(Text.assemble(("Checks", "bold"), f"  {len(checks) - failed} of {len(checks)} hold"))
    for check in checks:
        if check.ok:
            table.add_row(Text("holds", "green"), check.name)
        else:
            table.add_row(Text("FAILS", "bold red"), f"{check.name}: {check.detail}")
    return table


def _looks(looks: Sequence[tuple[str, str]]) -> Group:
    width = max(len(what) for what, _ in looks)
    lines = (Text.assemble(f"  {what:<{width}}  ", (where, "cyan")) for what, where in looks)
    return Group(Text("Where to look next", "bold"), *lines)
