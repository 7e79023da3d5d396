"""Dead letters settled: `assay dead-letters recover`, `replay` and `discard`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assay.cli.letters import options as o

if TYPE_CHECKING:
    from assay.api.recovery.v1.recovery_pb2 import StartRunRequest
    from assay.cli.letters.selecting import Filters

__all__ = ["discard", "recover", "replay"]

Flow = Annotated[str, typer.Option(help="Id of the flow; else all of the contract in force.", show_default=False)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would become of them, and change nothing.")]
Draft = Annotated[
    Path | None,
    typer.Option(
        help="Try the flows of this file in a dry run: assay.recovery as YAML, or a contract.", exists=True,
        dir_okay=False, metavar="FILE",
    ),
]  # fmt: skip
Limit = Annotated[int, typer.Option(help="Dead letters to try at most in a dry run.", min=1, max=10_000)]
Examples = Annotated[int, typer.Option(help="Of how many a dry run shows what changes.", min=1, max=100)]


def recover(
    contract: o.Contract = "",
    flow: Flow = "",
    dry_run: DryRun = False,
    draft: Draft = None,
    limit: Limit = 1_000,
    examples: Examples = 5,
    failure: o.Failure = "",
    reason: o.Reason = "",
    path: o.Path_ = "",
    rule: o.Rule = "",
    producer: o.Producer = "",
    version: o.Version = "",
    since: o.Since = "",
    until: o.Until = "",
    at: o.At = None,
    force: o.Force = False,
    rate: o.Rate = 0.0,
    why: o.Why = None,
    yes: o.Yes = False,
    detach: o.Detach = False,
    recovery: o.Recovery = None,
    as_json: o.EachAsJson = False,
) -> None:
    """Repair dead letters by flows of the contract and replay them; what no flow repairs stays.

    With --dry-run: show field by field what would change, how many would keep the contract then, and why the others
    would not; exit code 1 where none would. A flow that has not passed one runs with --force alone.
    """
    from assay.api.recovery.v1.recovery_pb2 import StartRunRequest
    from assay.api.recovery.v1.run_pb2 import RunKind
    from assay.cli.letters.selecting import Filters

    filters = Filters(contract, failure, reason, path, rule, producer, version, since, until, at or [])
    if draft is not None and (not dry_run or flow):
        raise typer.BadParameter("a draft is for a dry run, with all its flows: --dry-run without --flow")
    if dry_run:
        _dry(filters, flow, draft, (limit, examples), recovery, as_json=as_json)
        return
    request = StartRunRequest(kind=RunKind.RUN_KIND_RECOVER, flow=flow, force=force, rate_per_s=rate)
    _run("Recover", request, filters, (why, yes, detach, as_json), recovery)


def replay(
    contract: o.Contract = "",
    failure: o.Failure = "",
    reason: o.Reason = "",
    path: o.Path_ = "",
    rule: o.Rule = "",
    producer: o.Producer = "",
    version: o.Version = "",
    since: o.Since = "",
    until: o.Until = "",
    at: o.At = None,
    force: o.Force = False,
    rate: o.Rate = 0.0,
    why: o.Why = None,
    yes: o.Yes = False,
    detach: o.Detach = False,
    recovery: o.Recovery = None,
    as_json: o.EachAsJson = False,
) -> None:
    """Replay dead letters as they are: the contract was mended, not the records.

    What the contract in force would refuse stays, unless --force.
    """
    from assay.api.recovery.v1.recovery_pb2 import StartRunRequest
    from assay.api.recovery.v1.run_pb2 import RunKind
    from assay.cli.letters.selecting import Filters

    filters = Filters(contract, failure, reason, path, rule, producer, version, since, until, at or [])
    request = StartRunRequest(kind=RunKind.RUN_KIND_REPLAY, force=force, rate_per_s=rate)
    _run("Replay", request, filters, (why, yes, detach, as_json), recovery)


def discard(
    contract: o.Contract = "",
    failure: o.Failure = "",
    reason: o.Reason = "",
    path: o.Path_ = "",
    rule: o.Rule = "",
    producer: o.Producer = "",
    version: o.Version = "",
    since: o.Since = "",
    until: o.Until = "",
    at: o.At = None,
    rate: o.Rate = 0.0,
    why: o.Why = None,
    yes: o.Yes = False,
    detach: o.Detach = False,
    recovery: o.Recovery = None,
    as_json: o.EachAsJson = False,
) -> None:
    """Give dead letters up, for a reason that the audit keeps. There is no way back."""
    from assay.api.recovery.v1.recovery_pb2 import StartRunRequest
    from assay.api.recovery.v1.run_pb2 import RunKind
    from assay.cli.letters.selecting import Filters

    filters = Filters(contract, failure, reason, path, rule, producer, version, since, until, at or [])
    request = StartRunRequest(kind=RunKind.RUN_KIND_DISCARD, rate_per_s=rate)
    _run("Discard", request, filters, (why, yes, detach, as_json), recovery)


def _dry(
    filters: Filters,
    flow: str,
    draft: Path | None,
    limits: tuple[int, int],
    chosen: str | None,
    *,
    as_json: bool,
) -> None:
    from rich.console import Console

    from assay.api.recovery.v1.recovery_pb2 import TryRecoveryRequest
    from assay.cli.letters.facts import as_json as line
    from assay.cli.letters.facts import facts
    from assay.cli.letters.selecting import arguments, selection_of
    from assay.cli.letters.trying import draft_of, show_trial, tried
    from assay.cli.where import address_of, typed

    address = address_of("recovery", chosen)
    selection = asyncio.run(selection_of(filters, address))
    limit, examples = limits
    request = TryRecoveryRequest(selection=selection, flow=flow, limit=limit, examples=examples)
    request.draft = "" if draft is None else draft_of(draft)
    trial = asyncio.run(tried(address, request))
    if as_json:
        typer.echo(line(facts(trial)))
    else:
        console = Console(highlight=False)
        show_trial(trial, console)
        if trial.passed and draft is None:
            by = f" --flow {flow}" if flow else ""
            how = typed(f"dead-letters recover {arguments(filters)}{by} --why TEXT")
            console.print(f"Next: {how}", soft_wrap=True, markup=False)
    raise typer.Exit(0 if trial.passed else 1)


def _run(
    verb: str,
    request: StartRunRequest,
    filters: Filters,
    said: tuple[str | None, bool, bool, bool],
    chosen: str | None,
) -> None:
    from assay.cli.letters.asking import agreed, reason
    from assay.cli.letters.following import follow_or_leave
    from assay.cli.letters.running import counted, started
    from assay.cli.letters.selecting import selection_of
    from assay.cli.where import address_of

    why, yes, detach, as_json = said
    because, address = reason(why), address_of("recovery", chosen)
    selection = asyncio.run(selection_of(filters, address))
    if not yes and len(selection.places) != 1:
        agreed(f"{verb} {asyncio.run(counted(address, selection))}?")
    request.selection.CopyFrom(selection)
    run = asyncio.run(started(address, request, because))
    follow_or_leave(address, run, detach=detach, as_json=as_json)
