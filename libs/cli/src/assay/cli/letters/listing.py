"""Failures, as the recovery service knows them: dead letters in groups that failed in the same way."""

from __future__ import annotations

import time
from collections.abc import Sequence

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from assay.api.recovery.v1.recovery_pb2 import (
    Failure,
    FailureStatus,
    ListFailuresRequest,
    ListFailuresResponse,
)
from assay.cli.letters.asking import CALL_S, recovery
from assay.cli.letters.facts import word
from assay.cli.letters.words import ago, number_of, shortest, what_failed
from assay.cli.plain import plain
from assay.cli.where import typed

__all__ = ["Failure", "found", "listed", "show", "status_of", "styled"]

WIDE = 110
"""Columns of a terminal from which on there is room for the less needed ones."""

_STATUS = FailureStatus.DESCRIPTOR
_STYLES = {
    "new": "bold red",
    "known": "yellow",
    "recovering": "cyan",
    "recovered": "green",
    "quarantined": "magenta",
    "discarded": "dim",
}


async def listed(address: str, contract: str = "") -> list[Failure]:
    """Return the failures of one contract, or of all.

    Raises:
        CallError: the recovery service does not answer.
    """
    return list((await found(address, ListFailuresRequest(contract=contract))).failures)


async def found(address: str, asked: ListFailuresRequest) -> ListFailuresResponse:
    """Return the failures that are asked for, and how many more there are.

    Raises:
        CallError: the recovery service does not answer.
    """
    async with recovery(address) as stub:
        return await stub.ListFailures(asked, timeout=CALL_S)


def status_of(failure: Failure) -> str:
    """Return where its dead letters stand, in one word."""
    return word(_STATUS, failure.status)


def styled(status: str) -> Text:
    """Return the status in its colour."""
    return Text(status, _STYLES.get(status, ""))


def show(answer: ListFailuresResponse, console: Console, now_ms: int | None = None) -> None:
    """Print the failures as a table, and what to do next; where there are none, a line."""
    if not answer.failures:
        console.print("no dead letters")
        return
    now_ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    console.print(_table(answer.failures, console.width, now_ms))
    if answer.omitted:
        console.print(f"and {number_of(answer.omitted, 'failure')} more; --limit shows more of them")
    first = answer.failures[0].fingerprint[: shortest([each.fingerprint for each in answer.failures])]
    console.print(f"Next: {typed(f'dead-letters show {first}')}", soft_wrap=True)


def _table(failures: Sequence[Failure], width: int, now_ms: int) -> Table:
    is_wide, digits = width >= WIDE, shortest([each.fingerprint for each in failures])
    table = Table(title=_title(failures), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.collapse_padding = True
    table.add_column("failure", no_wrap=True, style="cyan")
    table.add_column("status", no_wrap=True)
    for heading in ("dead", "open"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("what failed", overflow="fold", ratio=1)
    for heading in ("first", "last") if is_wide else ("last",):
        table.add_column(heading, no_wrap=True)
    for each in failures:
        seen = [ago(at_ms, now_ms) for at_ms in (each.first_seen_ms, each.last_seen_ms)]
        counts = (f"{each.dead_letters:,}", f"{each.open:,}")
        name = plain(each.fingerprint[:digits])
        table.add_row(name, styled(status_of(each)), *counts, _what(each), *(seen if is_wide else seen[1:]))
    return table


def _title(failures: Sequence[Failure]) -> str:
    letters = number_of(sum(each.dead_letters for each in failures), "dead letter")
    return f"{letters} in {number_of(len(failures), 'failure')}, {sum(each.open for each in failures):,} of them open"


def _what(failure: Failure) -> RenderableType:
    """What failed and who sent it; below, what most likely happened, or else why it stays."""
    head = plain(f"{failure.contract} {failure.version}".strip())
    head.stylize("bold")
    head.append("  ").append(plain(what_failed(failure.reason, failure.path, failure.rule)))
    if failure.producer:
        head.append("  from ", "dim").append(plain(failure.producer))
    is_explained = failure.open or failure.status == FailureStatus.FAILURE_STATUS_KNOWN
    below = failure.cause or (failure.explanation if is_explained else "")
    if not below:
        return head
    line = plain(below)
    line.stylize("dim")
    return Group(head, line)
