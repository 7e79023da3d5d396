"""A run, followed to its end: a bar that moves as it moves, or a line of JSON each time."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Iterator

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from assay.api.recovery.v1.recovery_pb2 import WatchRunRequest
from assay.api.recovery.v1.run_pb2 import Run, RunState
from assay.cli.errors import CallError
from assay.cli.letters.asking import recovery
from assay.cli.letters.facts import as_json as line_of
from assay.cli.letters.facts import facts
from assay.cli.letters.run_words import done_share, explained, has_ended, kind_of, outcome, so_far, state_of
from assay.cli.letters.words import DIGITS, steps
from assay.cli.where import typed

__all__ = ["follow", "follow_or_leave"]

WATCH_S = 300.0
"""Deadline of one call that watches; a run that takes longer is watched again."""

AWAY_S = 60.0
"""How long a service that does not answer is asked again: the run itself goes on, or will when it is back."""

PAUSE_S = 0.5
_AGAIN = ("UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED")


async def follow(address: str, run: Run, *, as_json: bool) -> Run:
    """Show how far the run is whenever it moves, and return it as it ended.

    Raises:
        CallError: the recovery service did not answer for a minute, or has no such run.
    """
    last = run
    async with contextlib.aclosing(_states(address, run.id)) as states:
        with _bar(run, as_json=as_json) as (bar, task):
            async for last in states:
                if as_json:
                    print(line_of(facts(last)), flush=True)
                bar.update(task, completed=done_share(last), said=so_far(last))
                if has_ended(last):
                    break
    return last


def follow_or_leave(address: str, run: Run, *, detach: bool, as_json: bool) -> None:
    """Follow a run to its end and say what it came to, or leave it to itself where that is asked for.

    Raises:
        Exit: with 1 where it was cancelled, with 130 where Ctrl-C ended the following; the run goes on then.
        CallError: the recovery service did not answer for a minute.
    """
    name = run.id[:DIGITS]
    if not detach:
        try:
            run = asyncio.run(follow(address, run, as_json=as_json))
        except KeyboardInterrupt:
            _left(name)
            raise typer.Exit(130) from None
    elif as_json:
        print(line_of(facts(run)), flush=True)
    if not as_json:
        _show_end(run, Console(highlight=False))
    raise typer.Exit(1 if run.state == RunState.RUN_STATE_CANCELLED else 0)


def _left(name: str) -> None:
    console = Console(stderr=True, highlight=False)
    console.print(f"run {name} goes on by itself.", style="bold")
    does = {"follow": "follow it again", "pause": "hold it", "cancel": "end it"}
    for line in steps({typed(f"dead-letters {command} {name}"): said for command, said in does.items()}):
        console.print(line, soft_wrap=True)


def _show_end(run: Run, console: Console) -> None:
    """Print what became of a run, and why dead letters stay."""
    console.print(f"run {run.id[:DIGITS]} {state_of(run)}: {outcome(run)}")
    for line in explained(run.explanations):
        console.print(line, soft_wrap=True)
    if run.state == RunState.RUN_STATE_PAUSED:
        console.print(f"Next: {typed(f'dead-letters resume {run.id[:DIGITS]}')}", soft_wrap=True)
    elif not has_ended(run):
        console.print(f"Next: {typed(f'dead-letters follow {run.id[:DIGITS]}')}", soft_wrap=True)


@contextlib.contextmanager
def _bar(run: Run, *, as_json: bool) -> Iterator[tuple[Progress, TaskID]]:
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(24),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[said]}", markup=False),
        TimeElapsedColumn(),
    )
    disable = as_json or not console.is_terminal
    with Progress(*columns, console=console, disable=disable, transient=True) as bar:
        yield bar, bar.add_task(kind_of(run), total=1.0, said=so_far(run))


async def _states(address: str, run: str) -> AsyncGenerator[Run]:
    """The run whenever it has moved, also over calls that break."""
    heard_s = time.monotonic()
    while True:
        try:
            async with recovery(address) as stub:
                async for answer in stub.WatchRun(WatchRunRequest(id=run), timeout=WATCH_S):
                    heard_s = time.monotonic()
                    yield answer.run
                return
        except CallError as error:
            if error.code not in _AGAIN or time.monotonic() - heard_s > AWAY_S:
                raise
        await asyncio.sleep(PAUSE_S)
