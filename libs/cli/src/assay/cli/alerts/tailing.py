"""Breaches as they fire, change and are over, a line for each."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import grpc
from rich.console import Console
from rich.text import Text

from assay.api.alerts.v1.alerts_pb2 import Breach, WatchBreachesRequest
from assay.cli.alerts.asking import alerts
from assay.cli.alerts.words import handle, severity
from assay.cli.letters.facts import as_json as line_of
from assay.cli.letters.facts import facts
from assay.cli.plain import plain

__all__ = ["follow", "in_a_line"]

WIDEST = len(" CRITICAL ")
DAY_S = 86_400.0
"""When a tail that nobody ended ends by itself."""


async def follow(address: str, asked: WatchBreachesRequest, console: Console, *, as_json: bool) -> None:
    """Print every breach that fires, changes or is over from now on, until the call is ended or a day has gone by.

    Raises:
        CallError: the alerts service went away, or too many watch.
    """
    beside = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    async with alerts(address) as stub:
        call = stub.WatchBreaches(asked, timeout=DAY_S)
        try:
            await call.initial_metadata()
            beside.print(f"every breach of {asked.contract or 'all contracts'} from now on, until Ctrl-C")
            async for answer in call:
                if as_json:
                    print(line_of(facts(answer.breach)), flush=True)
                else:
                    console.print(in_a_line(answer.breach, time.time_ns() // 1_000_000), soft_wrap=True)
        except grpc.aio.AioRpcError as error:
            if error.code() != grpc.StatusCode.DEADLINE_EXCEEDED:
                raise


def in_a_line(breach: Breach, now_ms: int) -> Text:
    """Return when it was heard, how bad it is, which, and what is broken, is still, or is over."""
    is_over = breach.HasField("resolved")
    line = Text(f"{datetime.fromtimestamp(now_ms / 1_000, UTC):%H:%M:%S}  ", "dim")
    bad = Text("over", "green") if is_over else severity(breach)
    line.append(bad).append(" " * max(WIDEST - len(bad), 0)).append("  ")
    line.append(plain(handle(breach.id))).append("  ")
    if breach.under:
        line.append("with ", "dim").append(plain(handle(breach.under))).append("  ")
    return line.append(plain(_said(breach)))


def _said(breach: Breach) -> str:
    """What is broken when it fires; then what the newest window came to."""
    newest = breach.resolved if breach.HasField("resolved") else breach.latest
    if newest.window_start_ms == breach.fired.window_start_ms and not breach.HasField("resolved"):
        return breach.title
    window = f" ({newest.window})" if newest.window else ""
    return f"{newest.contract}: {newest.measured.partition(', promised ')[0]}{window}"
