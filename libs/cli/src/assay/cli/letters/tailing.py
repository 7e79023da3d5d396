"""Dead letters as they come, a line for each."""

from __future__ import annotations

from datetime import UTC, datetime

import grpc
from rich.console import Console
from rich.text import Text

from assay.api.recovery.v1.recovery_pb2 import DeadLetter, TailDeadLettersRequest
from assay.cli.letters.asking import recovery
from assay.cli.letters.facts import as_json as line_of
from assay.cli.letters.facts import facts
from assay.cli.letters.run_words import meant
from assay.cli.letters.selecting import Filters, selection_of
from assay.cli.letters.words import DIGITS, what_failed
from assay.cli.plain import plain

__all__ = ["follow", "in_a_line"]

DAY_S = 86_400.0
"""When a tail that nobody ended ends by itself."""


async def follow(address: str, filters: Filters, console: Console, *, as_json: bool) -> None:
    """Print every dead letter that comes from now on, until the call is ended or a day has gone by.

    Raises:
        CallError: the recovery service went away, or has no such failure.
    """
    selection = await selection_of(filters, address)
    beside = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    async with recovery(address) as stub:
        call = stub.TailDeadLetters(TailDeadLettersRequest(selection=selection), timeout=DAY_S)
        try:
            await call.initial_metadata()
            beside.print(f"every dead letter from now on, until Ctrl-C: {meant(selection)} of {selection.contract}")
            async for answer in call:
                if answer.missed:
                    beside.print(f"{answer.missed:,} offsets were passed over: they come faster than they are read")
                if as_json:
                    missed = {"missed": answer.missed} if answer.missed else {}
                    print(line_of(facts(answer.letter) | missed), flush=True)
                else:
                    console.print(in_a_line(answer.letter), soft_wrap=True)
        except grpc.aio.AioRpcError as error:
            if error.code() != grpc.StatusCode.DEADLINE_EXCEEDED:
                raise


def in_a_line(letter: DeadLetter) -> Text:
    """Return when, which failure, what failed, from whom and where."""
    line = Text(_clock(letter.dead_ms or letter.arrived_ms), "dim")
    line.append("  ").append(plain(letter.failure[:DIGITS])).append("  ")
    line.append(plain(what_failed(letter.reason, *_first(letter))))
    if letter.producer:
        line.append("  ").append(plain(letter.producer))
    if letter.attempt:
        line.append(f"  attempt {letter.attempt}", "yellow")
    if letter.sealed:
        line.append("  sealed", "yellow")
    return line.append("  ").append(plain(letter.place))


def _first(letter: DeadLetter) -> tuple[str, str]:
    return (letter.violations[0].path, letter.violations[0].rule) if letter.violations else ("", "")


def _clock(at_ms: int) -> str:
    try:
        return datetime.fromtimestamp(at_ms / 1_000, UTC).strftime("%H:%M:%S.%f")[:-3]
    except (ValueError, OverflowError, OSError):
        return str(at_ms)
