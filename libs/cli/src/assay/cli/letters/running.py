"""Runs: started once whatever happens to the call, found by the beginning of their ids, changed and listed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from assay.api.recovery.v1.recovery_pb2 import (
    ChangeRunRequest,
    ListFailuresRequest,
    ListRunsRequest,
    ListRunsResponse,
    StartRunRequest,
)
from assay.api.recovery.v1.run_pb2 import Run, RunChange, Selection
from assay.cli.errors import CallError, CommandError
from assay.cli.letters.asking import CALL_S, recovery
from assay.cli.letters.listing import found
from assay.cli.letters.run_words import done_share, has_ended, kind_of, meant, state_of
from assay.cli.letters.words import ago, number_of, shortest
from assay.cli.plain import plain
from assay.cli.where import typed

__all__ = ["changed", "counted", "run_of", "runs", "show_runs", "started"]

MOST_RUNS = 1_000
MOST_FAILURES = 5_000
TRIES = 3
_UNHEARD = ("UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED")
"""Codes of a call of which nobody knows what became: nobody was there, nobody answered, or whoever did was stopped."""


async def started(address: str, request: StartRunRequest, why: str) -> Run:
    """Start the run and return it; asked again under the same id where no answer was heard, it is started once.

    Raises:
        CallError: the service refuses, or did not answer.
    """
    request.id = request.id or str(uuid.uuid4())
    for tries in range(1, TRIES + 1):
        try:
            async with recovery(address, why) as stub:
                return (await stub.StartRun(request, timeout=CALL_S)).run
        except CallError as error:
            if error.code not in _UNHEARD or tries == TRIES:
                raise
    raise AssertionError


async def changed(address: str, run: str, change: RunChange.ValueType, why: str) -> Run:
    """Pause, resume or cancel a run, and return it.

    Raises:
        CallError: it has ended, or the service does not answer.
        CommandError: there is none, or more than one begins like this.
    """
    whole = (await run_of(address, run)).id
    async with recovery(address, why) as stub:
        return (await stub.ChangeRun(ChangeRunRequest(id=whole, change=change), timeout=CALL_S)).run


async def run_of(address: str, run: str) -> Run:
    """Return the run whose id begins like this.

    Raises:
        CommandError: there is none, or more than one.
    """
    newest = (await runs(address, "", MOST_RUNS)).runs
    known = [each for each in newest if each.id.startswith(run)]
    if len(known) != 1:
        said = f"{len(known) or 'none'} of the newest {number_of(len(newest), 'run')} begin with"
        raise CommandError(f"{said} {run}; `{typed('dead-letters runs')}` lists them")
    return known[0]


async def runs(address: str, contract: str, limit: int) -> ListRunsResponse:
    """Return runs, the newest first, and how many of so many are left out.

    Raises:
        CallError: the service does not answer.
    """
    async with recovery(address) as stub:
        return await stub.ListRuns(ListRunsRequest(contract=contract, limit=limit), timeout=CALL_S)


async def counted(address: str, selection: Selection) -> str:
    """Return how many open dead letters are meant, in words.

    At most so many where failures may be meant in part, at least so many where an answer does not hold all of them.

    Raises:
        CallError: the service does not answer.
    """
    if selection.places:
        return number_of(len(selection.places), "dead letter")
    asked = ListFailuresRequest(
        contract=selection.contract,
        reason=selection.reason,
        path=selection.path,
        producer=selection.producer,
        since_ms=selection.since_ms,
        until_ms=selection.until_ms,
        limit=MOST_FAILURES,
    )
    answer = await found(address, asked)
    concerned = [
        each
        for each in answer.failures
        if selection.failure in ("", each.fingerprint)
        and selection.rule in ("", each.rule)
        and selection.version in ("", each.version)
        and each.open
    ]
    in_part = "at most " if selection.since_ms or selection.until_ms else "at least " if answer.omitted else ""
    letters = number_of(sum(each.open for each in concerned), "open dead letter")
    return f"{in_part}{letters} of {number_of(len(concerned), 'failure')}"


def show_runs(answer: ListRunsResponse, console: Console, now_ms: int) -> None:
    """Print runs as a table."""
    found_: Sequence[Run] = answer.runs
    if not found_:
        console.print("no runs")
        return
    digits = shortest([each.id for each in found_])
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("run", no_wrap=True, style="cyan")
    table.add_column("what, by whom and why", overflow="fold", ratio=1)
    table.add_column("state", overflow="fold", min_width=7)
    for heading in ("settled", "left"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("started", no_wrap=True)
    for each in found_:
        state = state_of(each) if has_ended(each) else f"{state_of(each)} {done_share(each):.0%}"
        counts = (f"{each.settled:,}", f"{each.left:,}")
        table.add_row(plain(each.id[:digits]), _what(each), state, *counts, ago(each.started_ms, now_ms))
    console.print(table)
    if answer.omitted:
        console.print(
            f"and {number_of(answer.omitted, 'run')} more that do not fit into an answer; --limit asks for fewer"
        )


def _what(run: Run) -> Text:
    flow = f" by {run.flow}" if run.flow else ""
    line = plain(f"{kind_of(run)} {run.selection.contract}{flow}: {meant(run.selection)}")
    said = plain(f"{run.actor or 'unnamed'}: {run.why}")
    said.stylize("dim")
    return line.append("\n").append(said)
