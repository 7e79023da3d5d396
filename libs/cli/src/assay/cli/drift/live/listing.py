"""Windows of one series, a line each, and what moved most over all models."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from assay.api.drift.v1.drift_pb2 import GetLatestRequest, GetRangeRequest, Signal, TopRequest
from assay.api.drift.v1.drift_pb2_grpc import DriftServiceStub
from assay.api.drift.v1.window_pb2 import Window
from assay.cli.drift.live.calling import CALL_S, drift
from assay.cli.drift.live.words import moved, name, number, severity, share, span, state
from assay.cli.plain import plain

__all__ = ["ranged", "show_signals", "show_windows", "signals"]

PAGE = 200
FURTHER = 8
"""By how much more time is asked for where windows lie so far apart that fewer came than were wanted."""

NONE = "\0"
"""The name of no feature: a window without any is small."""


async def ranged(address: str, asked: GetRangeRequest, limit: int) -> list[Window]:
    """Return the newest windows of a range, so many at most, oldest first.

    Raises:
        CallError: the drift service does not answer, or keeps nothing so old.
    """
    async with drift(address) as stub:
        if asked.since_ms:
            return await _pages(stub, asked, limit)
        end_ms, span_ms = await _end(stub, asked, limit)
        while True:
            asked.since_ms = max(end_ms - span_ms, 0)
            found = await _pages(stub, asked, limit)
            if len(found) >= limit or not asked.since_ms:
                return found
            span_ms *= FURTHER


async def _end(stub: DriftServiceStub, asked: GetRangeRequest, limit: int) -> tuple[int, int]:
    """Where the range ends, and how long so many windows take that stand side by side."""
    latest = await stub.GetLatest(GetLatestRequest(keys=[asked.key], features=[NONE]), timeout=CALL_S)
    if not latest.windows:
        return 0, 0
    newest = latest.windows[0]
    end_ms = min(asked.until_ms or newest.end_ms, newest.end_ms)
    return end_ms, limit * (newest.end_ms - newest.start_ms)


async def _pages(stub: DriftServiceStub, asked: GetRangeRequest, limit: int) -> list[Window]:
    found, asked.page_token, asked.page_size = list[Window](), "", PAGE
    while True:
        answer = await stub.GetRange(asked, timeout=CALL_S)
        found = [*found, *answer.windows][-limit:]
        asked.page_token = answer.next_page_token
        if not answer.next_page_token:
            return found


async def signals(address: str, asked: TopRequest) -> Sequence[Signal]:
    """Return what moved most.

    Raises:
        CallError: the drift service does not answer.
    """
    async with drift(address) as stub:
        return (await stub.Top(asked, timeout=CALL_S)).signals


def show_windows(windows: Sequence[Window], console: Console, limit: int) -> None:
    """Print a line for each window, the newest first; where there is none, a line."""
    if not windows:
        console.print("no window in that time")
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("window", no_wrap=True, style="cyan")
    table.add_column("revision", justify="right")
    table.add_column("predictions", justify="right")
    table.add_column("labelled", justify="right")
    table.add_column("fires, in doubt", overflow="fold")
    for each in reversed(windows):
        labelled = share(each.performance.coverage) if each.HasField("performance") else ""
        when = span(each.start_ms, each.end_ms)
        table.add_row(when, str(each.revision or ""), f"{each.rows:,}", labelled, moved(each))
    console.print(table)
    if len(windows) == limit:
        console.print(f"the newest {limit}; --limit shows more", style="dim")


def show_signals(found: Sequence[Signal], console: Console) -> None:
    """Print what moved most, the worst first; where there is nothing, a line."""
    if not found:
        console.print("nothing moved")
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("model", style="cyan", overflow="fold")
    table.add_column("what", overflow="fold")
    table.add_column("state", no_wrap=True)
    table.add_column("how bad", no_wrap=True)
    table.add_column("effect", justify="right")
    table.add_column("found", overflow="fold", ratio=1)
    table.add_column("window", no_wrap=True, style="dim")
    for each in found:
        what = plain(each.name if each.kind == "feature" else f"{each.kind}: {each.name}")
        when = span(each.start_ms, each.end_ms)
        table.add_row(
            name(each.key),
            what,
            state(each.state),
            severity(each.severity),
            number(each.effect),
            plain(each.words),
            when,
        )
    console.print(table)
