"""What is broken and how promises stand, seen: `assay alerts list`, `show`, `tail` and `status`."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated

import typer

from assay.cli.alerts import options as o

__all__ = ["list_", "show", "status", "tail"]

Contract = Annotated[str, typer.Argument(metavar="CONTRACT", help="Contract id; all contracts without it.")]


def list_(
    contract: Contract = "",
    severity: o.Severity = "",
    is_open: Annotated[bool, typer.Option("--open", help="Only what is still broken.")] = False,
    since: Annotated[
        str,
        typer.Option(
            help="Fired or over so long ago at most (90m, 24h, 7d), or at this time or after.", metavar="SPAN|TIME",
            show_default=False,
        ),
    ] = "",
    limit: Annotated[int, typer.Option(help="How many breaches at most, the newest.", min=1, max=10_000)] = 50,
    alerts: o.Alerts = None,
    as_json: o.AsJson = False,
) -> None:  # fmt: skip
    """List breaches: promises that are broken or were, open ones first, each with what it causes below it."""
    from rich.console import Console

    from assay.api.alerts.v1.alerts_pb2 import BreachState, ListBreachesRequest
    from assay.cli.alerts.listing import listed, show_list
    from assay.cli.letters.facts import as_json as line
    from assay.cli.letters.facts import facts
    from assay.cli.letters.selecting import moment_ms
    from assay.cli.where import address_of

    now_ms = time.time_ns() // 1_000_000
    asked = ListBreachesRequest(
        contract=contract,
        state=BreachState.BREACH_STATE_FIRING if is_open else BreachState.BREACH_STATE_UNSPECIFIED,
        since_ms=moment_ms(since, now_ms) if since else 0,
        severity=o.severity_code(severity),  # type: ignore[arg-type]  # one of its numbers
        limit=limit,
    )
    found = asyncio.run(listed(address_of("alerts", alerts), asked))
    if as_json:
        typer.echo(line(facts(found)))
    else:
        show_list(found, Console(highlight=False), now_ms, limit)


def show(
    breach: Annotated[str, typer.Argument(metavar="BREACH", help="Id of a breach, or its beginning.")],
    alerts: o.Alerts = None,
    as_json: o.AsJson = False,
) -> None:
    """Show one breach: what people are told, its windows, who heard through which channel, and what it causes."""
    from rich.console import Console

    from assay.cli.alerts.page import breach_of, show_breach
    from assay.cli.letters.facts import as_json as line
    from assay.cli.letters.facts import facts
    from assay.cli.where import address_of

    found = asyncio.run(breach_of(address_of("alerts", alerts), breach))
    if as_json:
        typer.echo(line(facts(found)))
    else:
        show_breach(found, Console(highlight=False), time.time_ns() // 1_000_000)


def tail(
    contract: Contract = "",
    severity: o.Severity = "",
    alerts: o.Alerts = None,
    as_json: o.EachAsJson = False,
) -> None:
    """Follow breaches as they fire, change and are over, a line for each, until Ctrl-C."""
    from rich.console import Console

    from assay.api.alerts.v1.alerts_pb2 import WatchBreachesRequest
    from assay.cli.alerts.tailing import follow
    from assay.cli.where import address_of

    code = o.severity_code(severity)
    asked = WatchBreachesRequest(contract=contract, severity=code)  # type: ignore[arg-type]  # one of its numbers
    asyncio.run(follow(address_of("alerts", alerts), asked, Console(highlight=False), as_json=as_json))


def status(contract: Contract = "", alerts: o.Alerts = None, as_json: o.AsJson = False) -> None:
    """Show how promises stand: promised, measured, and how fast what may go wrong is used up, over 1 h, 6 h and 3 d.

    1x is as fast as promised. Exit code 1 where a promise is broken.
    """
    from rich.console import Console

    from assay.api.alerts.v1.promise_pb2 import Status
    from assay.cli.alerts.standing import show_statuses, statuses
    from assay.cli.letters.facts import as_json as line
    from assay.cli.letters.facts import facts
    from assay.cli.where import address_of

    found = asyncio.run(statuses(address_of("alerts", alerts), contract))
    if as_json:
        typer.echo(line(facts(found)))
    else:
        show_statuses(found, Console(highlight=False), time.time_ns() // 1_000_000)
    raise typer.Exit(1 if any(each.status == Status.STATUS_BROKEN for each in found.statuses) else 0)
