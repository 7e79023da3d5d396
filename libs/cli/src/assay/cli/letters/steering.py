"""Runs of recovery and the audit: `assay dead-letters runs`, `follow`, `pause`, `resume`, `cancel`, `mark`, `audit`."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Annotated

import typer

from assay.cli.letters import options as o

if TYPE_CHECKING:
    from assay.api.recovery.v1.run_pb2 import RunChange

__all__ = ["audit", "cancel", "follow", "mark", "pause", "resume", "runs"]

Contract = Annotated[str, typer.Argument(metavar="CONTRACT", help="Contract id; all contracts without it.")]
Fingerprint = Annotated[str, typer.Argument(metavar="FAILURE", help="Fingerprint of the failure, or its beginning.")]


def runs(
    contract: Contract = "",
    limit: Annotated[int, typer.Option(help="How many runs at most.", min=1, max=1_000)] = 20,
    recovery: o.Recovery = None,
    as_json: o.AsJson = False,
) -> None:
    """List what was asked to be recovered, replayed, discarded or resubmitted, the newest first."""
    from rich.console import Console

    from assay.cli.letters.facts import as_json as line
    from assay.cli.letters.facts import facts
    from assay.cli.letters.running import runs as listed
    from assay.cli.letters.running import show_runs
    from assay.cli.where import address_of

    found = asyncio.run(listed(address_of("recovery", recovery), contract, limit))
    if as_json:
        typer.echo(line(facts(found)))
    else:
        show_runs(found, Console(highlight=False), time.time_ns() // 1_000_000)


def follow(run: o.Run, recovery: o.Recovery = None, as_json: o.EachAsJson = False) -> None:
    """Follow a run to its end. Ctrl-C ends the following, not the run."""
    from assay.cli.letters.following import follow_or_leave
    from assay.cli.letters.running import run_of
    from assay.cli.where import address_of

    address = address_of("recovery", recovery)
    follow_or_leave(address, asyncio.run(run_of(address, run)), detach=False, as_json=as_json)


def pause(run: o.Run, why: o.Why = None, recovery: o.Recovery = None, as_json: o.AsJson = False) -> None:
    """Hold a run where it is; what it settled stays settled."""
    from assay.api.recovery.v1.run_pb2 import RunChange

    _change(run, RunChange.RUN_CHANGE_PAUSE, why, recovery, as_json=as_json)


def resume(run: o.Run, why: o.Why = None, recovery: o.Recovery = None, as_json: o.AsJson = False) -> None:
    """Let a run that was paused go on where it was."""
    from assay.api.recovery.v1.run_pb2 import RunChange

    _change(run, RunChange.RUN_CHANGE_RESUME, why, recovery, as_json=as_json)


def cancel(run: o.Run, why: o.Why = None, recovery: o.Recovery = None, as_json: o.AsJson = False) -> None:
    """End a run for good; what it settled stays settled."""
    from assay.api.recovery.v1.run_pb2 import RunChange

    _change(run, RunChange.RUN_CHANGE_CANCEL, why, recovery, as_json=as_json)


def mark(
    failure: Fingerprint,
    why: Annotated[str | None, typer.Option(metavar="TEXT", help="What is known of it; it is shown with it.")] = None,
    unknown: Annotated[bool, typer.Option("--unknown", help="Take it back.")] = False,
    recovery: o.Recovery = None,
    as_json: o.AsJson = False,
) -> None:
    """Say that a failure is known, and what is known of it."""
    from assay.cli.letters.asking import reason
    from assay.cli.letters.facts import as_json as line
    from assay.cli.letters.facts import facts
    from assay.cli.letters.failure_page import marked
    from assay.cli.letters.listing import status_of
    from assay.cli.where import address_of

    because = reason(why)
    found = asyncio.run(marked(address_of("recovery", recovery), failure, because, known=not unknown))
    typer.echo(line(facts(found)) if as_json else f"failure {found.fingerprint}: {status_of(found)}")


def audit(
    contract: Contract = "",
    limit: Annotated[int, typer.Option(help="How many entries at most.", min=1, max=1_000)] = 50,
    recovery: o.Recovery = None,
    as_json: o.AsJson = False,
) -> None:
    """Show who did what to dead letters, when and why, the newest first. Names are as the calls gave them."""
    from rich.console import Console

    from assay.cli.letters.audit import actions, in_words
    from assay.cli.letters.facts import as_json as line
    from assay.cli.letters.facts import facts
    from assay.cli.where import address_of

    found = asyncio.run(actions(address_of("recovery", recovery), contract, limit))
    if as_json:
        typer.echo(line(facts(found)))
        return
    console = Console(highlight=False)
    for each in found.actions:
        console.print(in_words(each), soft_wrap=True)
    if found.omitted:
        typer.echo(f"and {found.omitted:,} more that do not fit into an answer", err=True)
    if not found.actions:
        typer.echo("nothing on record", err=True)


def _change(run: str, change: RunChange.ValueType, why: str | None, chosen: str | None, *, as_json: bool) -> None:
    from assay.cli.letters.asking import reason
    from assay.cli.letters.facts import as_json as line
    from assay.cli.letters.facts import facts
    from assay.cli.letters.run_words import outcome, state_of
    from assay.cli.letters.running import changed
    from assay.cli.where import address_of

    because = reason(why)
    found = asyncio.run(changed(address_of("recovery", chosen), run, change, because))
    typer.echo(line(facts(found)) if as_json else f"run {found.id}: {state_of(found)}; {outcome(found)}")
