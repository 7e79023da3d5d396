"""How contracts stand, promise by promise, with what was measured lately."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from assay.api.alerts.v1.alerts_pb2 import ListStatusesRequest, ListStatusesResponse
from assay.api.alerts.v1.promise_pb2 import ContractStatus, PartitionStanding, PromiseStatus, Standing
from assay.cli.alerts.asking import CALL_S, alerts
from assay.cli.alerts.words import bars, handle, status
from assay.cli.letters.facts import word
from assay.cli.letters.words import ago, instant
from assay.cli.plain import plain
from assay.cli.where import typed

__all__ = ["show_statuses", "statuses"]

WINDOWS = 16
DAY_MS = 86_400_000
OVER = (3_600, 21_600, 259_200)
FAST = 1.0
WIDE = 130
"""Columns of a terminal from which on there is room for bars."""

_STYLES = {"moving": "green", "idle": "dim", "stuck": "bold red", "dead": "bold red"}


async def statuses(address: str, contract: str) -> ListStatusesResponse:
    """Return how a contract stands, or all of them, and how many more do not fit into an answer.

    Raises:
        CallError: the alerts service does not answer, or there is no such contract.
    """
    async with alerts(address) as stub:
        return await stub.ListStatuses(ListStatusesRequest(contract=contract), timeout=CALL_S)


def show_statuses(answer: ListStatusesResponse, console: Console, now_ms: int) -> None:
    """Print a table for each contract; where there is none, a line."""
    found = answer.statuses
    if not found:
        console.print("no contract has a promise that is measured")
        return
    for each in found:
        console.print(_head(each, now_ms), soft_wrap=True)
        for line in _partitions(each.partitions):
            console.print(line, soft_wrap=True)
        if each.promises:
            console.print(_table(each.promises, console.width))
    if answer.omitted:
        console.print(f"and {answer.omitted:,} contracts more that do not fit into an answer; name one", style="dim")
    broken = next((promise.breach for each in found for promise in each.promises if promise.breach), "")
    if broken:
        console.print(plain(f"Next: {typed(f'alerts show {handle(broken)}')}"), soft_wrap=True)


def _head(found: ContractStatus, now_ms: int) -> Text:
    head = plain(f"{found.contract} {found.version}")
    head.stylize("bold")
    head.append("  ").append(status(found.status))
    if found.HasField("watermark_ms"):
        head.append(f"  measured up to {_up_to(found.watermark_ms, now_ms)}", "dim")
    return head


def _up_to(watermark_ms: int, now_ms: int) -> str:
    """How long ago event time is closed, or the moment where that is another day's."""
    return ago(watermark_ms, now_ms) if now_ms - watermark_ms < DAY_MS else instant(watermark_ms)


def _partitions(found: Sequence[PartitionStanding]) -> Iterator[Text]:
    """A line for each topic: how many of its partitions stand how, and which ones are in trouble."""
    topics = dict.fromkeys(each.topic for each in found)
    for topic in topics:
        mine = [each for each in found if each.topic == topic]
        line = Text("  ").append(plain(topic)).append(" ")
        for number, name in enumerate(dict.fromkeys(word(Standing.DESCRIPTOR, each.standing) for each in mine)):
            at = [each for each in mine if word(Standing.DESCRIPTOR, each.standing) == name]
            which = f" ({', '.join(str(each.partition) for each in at)})" if name in ("stuck", "dead") else ""
            line.append(", " if number else "").append(f"{len(at)} {name}{which}", _STYLES.get(name, ""))
        yield line


def _table(promises: Sequence[PromiseStatus], width: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("promise", overflow="fold", style="cyan")
    table.add_column("status", no_wrap=True)
    table.add_column("promised", overflow="fold")
    table.add_column("measured", overflow="fold")
    for heading in ("1h", "6h", "3d"):
        table.add_column(heading, justify="right", no_wrap=True)
    if width >= WIDE:
        table.add_column("lately", no_wrap=True)
    for each in promises:
        lately = [bars(each.lately[-WINDOWS:], each.limit if each.HasField("limit") else None)] if width >= WIDE else []
        burns = [_burn(each, over_s) for over_s in OVER]
        table.add_row(plain(each.promise), status(each.status), plain(each.promised), _measured(each), *burns, *lately)
    return table


def _measured(promise: PromiseStatus) -> Text:
    """What was measured, without the subject and what was promised, which stand beside it; and why it is not plain."""
    said = promise.latest.words.partition(", promised ")[0]
    line = plain(said.rpartition(": ")[2])
    if promise.why:
        line.append("; " if said else "").append(plain(promise.why))
    return line


def _burn(promise: PromiseStatus, over_s: int) -> Text:
    rate = next((each.rate for each in promise.burn_rates if each.over_s == over_s), None)
    if rate is None:
        return Text("")
    return Text("∞" if rate == float("inf") else f"{rate:.2g}x", "red" if rate >= FAST else "dim" if not rate else "")
