"""What the demo ends with: a table, a tree, the checks, and where to look next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple

from rich import box
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from assay.cli.demo.outcome import Check, Outcome
from assay.cli.demo.watch_panel import error_words, moving_words, state_word
from assay.cli.demo.watched import DayWatched, Watched
from assay.cli.trace.tree import way_tree
from assay.cli.trace.way import Way

__all__ = ["show_closing"]

_MOST_DAYS = 31


def show_closing(console: Console, outcome: Outcome, way: Way | None, looks: Sequence[tuple[str, str]]) -> None:
    """Print the end of the demo."""
    console.print(_records(outcome), "")
    console.print(_breaches(outcome), "")
    if outcome.watched.days:
        console.print(_watched(outcome.watched), "")
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


def _watched(watched: Watched) -> Table:
    """A line for each day, or of a long run for each on which something moved."""
    fires = sum(bool(day.firing) for day in watched.complete)
    said = f"  {watched.predictions:,} answers, {watched.labels:,} labels, {len(watched.complete)} days, {fires} firing"
    table = Table(
        title=Text.assemble(("The delay model", "bold"), said),
        title_justify="left",
        title_style="",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for name in ("day (UTC)", "answers", "wrong", "estimated"):
        table.add_column(name, justify="left" if name == "day (UTC)" else "right")
    table.add_column("state")
    table.add_column("moved, and its effect", overflow="fold")
    for day in watched.complete:
        if len(watched.complete) <= _MOST_DAYS or state_word(day) != "ok":
            table.add_row(*_day(day))
    return table


def _day(day: DayWatched) -> Sequence[Text]:
    state = state_word(day)
    style = {"firing": "red", "pending": "yellow"}.get(state, "dim")
    cells = (day.day, f"{day.rows:,}", error_words(day.error), error_words(day.estimated))
    return *map(Text, cells), Text(state, style), Text(moving_words(day))


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
