"""One failure for a terminal: its counts, when it came, why most likely, samples, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from assay.api.recovery.v1.recovery_pb2 import Failure, GetFailureRequest, MarkFailureRequest
from assay.cli.letters.asking import CALL_S, recovery
from assay.cli.letters.listing import status_of, styled
from assay.cli.letters.words import DIGITS, ago, instant, sparkline, steps, what_failed
from assay.cli.plain import plain
from assay.cli.where import typed

__all__ = ["failure_of", "marked", "show_failure"]

_INDENT = 12


async def failure_of(address: str, fingerprint: str) -> Failure:
    """Return the failure with its samples and hours.

    Raises:
        CallError: there is none, or more than one begins like this.
    """
    async with recovery(address) as stub:
        answer = await stub.GetFailure(GetFailureRequest(fingerprint=fingerprint), timeout=CALL_S)
    return answer.failure


async def marked(address: str, fingerprint: str, note: str, *, known: bool) -> Failure:
    """Say that a failure is known, or no longer, and return it as it is then.

    Raises:
        CallError: there is none, or more than one begins like this.
    """
    request = MarkFailureRequest(fingerprint=fingerprint, known=known, note=note)
    async with recovery(address, note) as stub:
        return (await stub.MarkFailure(request, timeout=CALL_S)).failure


def show_failure(failure: Failure, console: Console, now_ms: int) -> None:
    """Print all that is known of a failure."""
    console.print(_head(failure))
    table = Table.grid(padding=(0, 2), pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, said in _facts(failure, console.width, now_ms):
        table.add_row(name, said)
    console.print(table)
    if failure.samples:
        console.print(_samples(failure, now_ms))
    if commands := dict(_next(failure)):
        console.print("Next", style="bold")
        for line in steps(commands):
            console.print(line, soft_wrap=True, markup=False)


def _head(failure: Failure) -> Text:
    title = Text.assemble((failure.fingerprint, "bold cyan"), "  ")
    title.append(styled(status_of(failure)))
    if failure.alerting:
        title.append("  people were alerted", "red")
    title.append("\n")
    said = plain(f"{failure.contract} {failure.version}".strip())
    said.stylize("bold")
    what = plain(what_failed(failure.reason, failure.path, failure.rule))
    return title.append(said).append("  ").append(what)


def _facts(failure: Failure, width: int, now_ms: int) -> Iterator[tuple[str, Text | str]]:
    if failure.cause:
        yield "likely", plain(failure.cause)
    if failure.shape:
        yield "found", plain(failure.shape)
    if failure.producer:
        declares = f", declares {failure.producer_version}" if failure.producer_version else ""
        yield "producer", plain(failure.producer + declares)
    yield "dead", _counts(failure)
    if replayed := _replayed(failure):
        yield "replayed", replayed
    if failure.explanation and failure.open:
        yield "stay, for", plain(failure.explanation)
    yield "seen", _seen(failure, now_ms)
    if failure.hours:
        yield "by hour", _by_hour(failure, width)
    if failure.note:
        yield "note", plain(failure.note)


def _counts(failure: Failure) -> str:
    parts = {"open": failure.open, "quarantined": failure.quarantined, "discarded": failure.discarded}
    said = ", ".join(f"{count:,} {name}" for name, count in parts.items() if count or name == "open")
    rate = f"; {failure.rate_per_min:,.1f} a minute lately" if failure.rate_per_min else ""
    return f"{failure.dead_letters:,}: {said}{rate}"


def _replayed(failure: Failure) -> str:
    if not failure.replayed:
        return ""
    awaiting = max(failure.replayed - failure.passed - failure.returned, 0)
    parts = {"keep the contract": failure.passed, "came back": failure.returned, "not judged yet": awaiting}
    said = ", ".join(f"{count:,} {name}" for name, count in parts.items() if count)
    return f"{failure.replayed:,}{': ' if said else ''}{said}"


def _seen(failure: Failure, now_ms: int) -> str:
    first, last = failure.first_seen_ms, failure.last_seen_ms
    return f"{instant(first)} ({ago(first, now_ms)}) to {instant(last)} ({ago(last, now_ms)})"


def _by_hour(failure: Failure, width: int) -> str:
    hours = {each.start_ms: each.dead_letters for each in failure.hours}
    return f"{sparkline(hours, max(width - _INDENT - 20, 10))}  at most {max(hours.values()):,}"


def _samples(failure: Failure, now_ms: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("sample", overflow="fold", style="cyan")
    table.add_column("arrived", no_wrap=True)
    table.add_column("declares", overflow="fold")
    table.add_column("trace", overflow="fold")
    for each in failure.samples:
        place = plain(each.place)
        if each.sealed:
            place.append(" sealed", "yellow")
        table.add_row(place, ago(each.arrived_ms, now_ms), plain(each.declared_version), plain(each.trace_id))
    return table


def _next(failure: Failure) -> Iterator[tuple[str, str]]:
    name = failure.fingerprint[:DIGITS]
    if failure.samples:
        yield typed(f"dead-letters show {failure.samples[0].place}"), "one of them, whole"
    if not failure.open:
        return
    yield typed(f"dead-letters propose {name}"), "flows that may repair it"
    yield typed(f"dead-letters recover --failure {name} --dry-run"), "what the contract's own flows make of it"
    yield typed(f"dead-letters replay --failure {name}"), "again as it is, where the contract was mended"
    yield typed(f"dead-letters discard --failure {name}"), "give it up"
