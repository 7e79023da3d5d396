"""Breaches as a table: what is open first, each with what it causes below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from assay.api.alerts.v1.alerts_pb2 import Breach, ListBreachesRequest, ListBreachesResponse
from assay.cli.alerts.asking import CALL_S, alerts
from assay.cli.alerts.words import handles, severity, state, worst_first
from assay.cli.letters.words import ago
from assay.cli.plain import plain
from assay.cli.where import typed

__all__ = ["listed", "show_list"]


async def listed(address: str, asked: ListBreachesRequest) -> ListBreachesResponse:
    """Return the breaches that are asked for, and how many more do not fit into an answer.

    Raises:
        CallError: the alerts service does not answer.
    """
    async with alerts(address) as stub:
        return await stub.ListBreaches(asked, timeout=CALL_S)


def show_list(found: ListBreachesResponse, console: Console, now_ms: int, limit: int) -> None:
    """Print the breaches, and what to do next; where there are none, a line."""
    breaches = found.breaches
    if not breaches:
        console.print(Text("nothing is broken", "green"))
        return
    ordered, names = worst_first(breaches), handles(breaches)
    console.print(_table(ordered, names, now_ms))
    if found.omitted:
        console.print(f"and {found.omitted:,} older ones that do not fit into an answer", style="dim")
    elif len(breaches) == limit:
        console.print(f"the newest {limit}; --limit shows more", style="dim")
    console.print(plain(f"Next: {typed(f'alerts show {names[ordered[0].id]}')}"), soft_wrap=True)


def _table(ordered: Sequence[Breach], names: Mapping[str, str], now_ms: int) -> Table:
    table = Table(title=_title(ordered), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("breach", no_wrap=True, style="cyan")
    table.add_column("how bad", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("since", no_wrap=True)
    table.add_column("what", overflow="fold", ratio=1)
    for each in ordered:
        table.add_row(plain(names[each.id]), severity(each), state(each), _since(each, now_ms), _what(each))
    return table


def _title(breaches: Sequence[Breach]) -> str:
    still = sum(not each.HasField("resolved") for each in breaches)
    over = len(breaches) - still
    return f"{still:,} open, {over:,} over"


def _since(breach: Breach, now_ms: int) -> str:
    return ago(breach.fired.window_start_ms, now_ms).removesuffix(" ago")


def _what(breach: Breach) -> Text:
    what = plain(breach.title or f"{breach.fired.contract}: {breach.fired.measured}")
    return Text("└ ", "dim").append(what) if breach.under else what
