"""One breach for a terminal: what is told of it, a chart of its windows, who heard, and what it causes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from assay.api.alerts.v1.alerts_pb2 import Breach, BreachAlert, BreachState, GetBreachRequest, GetBreachResponse
from assay.cli.alerts.asking import CALL_S, alerts
from assay.cli.alerts.chart import chart
from assay.cli.alerts.words import handle, severity, state
from assay.cli.letters.facts import word
from assay.cli.letters.words import ago
from assay.cli.plain import plain
from assay.cli.where import typed

__all__ = ["breach_of", "show_breach"]

NAMES = 3


async def breach_of(address: str, id_: str) -> GetBreachResponse:
    """Return one breach with its alerts and what it causes.

    Raises:
        CallError: there is none, or more than one begins like this.
    """
    async with alerts(address) as stub:
        return await stub.GetBreach(GetBreachRequest(id=id_), timeout=CALL_S)


def show_breach(found: GetBreachResponse, console: Console, now_ms: int) -> None:
    """Print all that is known of a breach."""
    breach = found.breach
    console.print(_head(breach), soft_wrap=True)
    console.print(plain(found.message.title), style="bold")
    console.print(_facts(found))
    limit = breach.limit if breach.HasField("limit") else None
    for line in chart(breach.evidence, limit, console.width):
        console.print(line, soft_wrap=True)
    if found.alerts:
        console.print(_alerts(found.alerts, now_ms))
    else:
        console.print(_untold(breach), style="dim")
    if found.over:
        console.print(_over(found.over))
    if steps := list(_steps(found)):
        console.print("Next", style="bold")
        for step in steps:
            console.print(Text("  ").append(plain(step)), soft_wrap=True)


def _steps(found: GetBreachResponse) -> Iterator[str]:
    """The first steps, as they are typed here, without the one that led to this page."""
    for step in found.message.steps:
        if not step.startswith("assay alerts show "):
            yield typed(step.removeprefix("assay ")) if step.startswith("assay ") else step


def _head(breach: Breach) -> Text:
    head = plain(handle(breach.id))
    head.stylize("bold cyan")
    head.append("  ").append(severity(breach)).append("  ").append(state(breach))
    if breach.under:
        head.append("  told with ", "yellow").append(plain(handle(breach.under)))
    return head.append("  ").append(plain(breach.id))


def _facts(found: GetBreachResponse) -> Table:
    table = Table.grid(padding=(0, 2), pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for line in (*found.message.lines, *found.message.links):
        table.add_row(plain(line.label), plain(line.text))
    return table


def _untold(breach: Breach) -> str:
    return (
        "told with its cause, not by itself" if breach.under else "no alert went out: no route led anybody to a channel"
    )


def _alerts(sent: Sequence[BreachAlert], now_ms: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("alert", "channel"):
        table.add_column(heading, no_wrap=True)
    table.add_column("to", overflow="fold")
    table.add_column("stands", overflow="fold")
    for each in sent:
        what = word(BreachState.DESCRIPTOR, each.state)
        table.add_row(
            Text(what, "red" if what == "firing" else "green"), plain(each.channel), _to(each), _stands(each, now_ms)
        )
    return table


def _to(alert: BreachAlert) -> Text:
    names = [each.id for each in alert.recipients]
    more = f" and {len(names) - NAMES} more" if len(names) > NAMES else ""
    return plain(", ".join(names[:NAMES]) + more)


def _stands(alert: BreachAlert, now_ms: int) -> Text:
    if alert.HasField("delivered_ms"):
        tried = f", at attempt {alert.attempts + 1}" if alert.attempts else ""
        return Text(f"delivered {ago(alert.delivered_ms, now_ms)}{tried}", "green")
    failed = f": {alert.error}" if alert.error else ""
    if alert.HasField("gave_up_ms"):
        return Text(f"gave up after {alert.attempts} attempts", "bold red").append(plain(failed))
    return Text("waits", "yellow").append(plain(", ".join(_waiting(alert, now_ms)) + failed))


def _waiting(alert: BreachAlert, now_ms: int) -> Iterator[str]:
    if alert.attempts:
        yield f" after {alert.attempts} attempt{'s' if alert.attempts > 1 else ''}"
    if alert.HasField("next_try_ms") and alert.next_try_ms > now_ms:
        yield f"{'' if alert.attempts else ' '}next in {(alert.next_try_ms - now_ms + 999) // 1000} s"


def _over(caused: Sequence[Breach]) -> Table:
    table = Table(
        title="Broken because of it, and told with it", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False
    )
    table.add_column("breach", no_wrap=True, style="cyan")
    table.add_column("how bad", no_wrap=True)
    table.add_column("what", overflow="fold")
    others = [each.id for each in caused]
    for each in caused:
        table.add_row(plain(handle(each.id, others)), severity(each), plain(each.title))
    return table
