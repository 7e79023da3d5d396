"""One dead letter for a terminal: its verdict, its headers, its history, and the record itself."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from assay.api.recovery.v1.recovery_pb2 import Attempt, DeadLetter, GetDeadLetterRequest, Outcome, Settlement
from assay.cli.letters.asking import CALL_S, recovery
from assay.cli.letters.facts import Facts, facts, word
from assay.cli.letters.opening import as_it_stands, is_left_out
from assay.cli.letters.payload import payload_text
from assay.cli.letters.words import DIGITS, ago, instant
from assay.cli.plain import plain
from assay.cli.where import typed
from assay.streaming import Record, headers

__all__ = ["letter_at", "letter_facts", "settled", "show_letter"]

MOST_SHOWN = 16_384
"""Characters of a record on a terminal; `open` writes all of it."""


async def letter_at(address: str, place: str) -> DeadLetter:
    """Return the dead letter that stands at a place.

    Raises:
        CallError: nothing stands there, or the place is none.
    """
    async with recovery(address) as stub:
        return (await stub.GetDeadLetter(GetDeadLetterRequest(place=place), timeout=CALL_S)).letter


def show_letter(
    letter: DeadLetter, opened: Record | None, console: Console, now_ms: int, read: str | None = None
) -> None:
    """Print a dead letter; `opened` is its record where its seal could be opened, or it has none.

    `read` stands for the value where that is not written as text.
    """
    console.print(_head(letter))
    table = Table.grid(padding=(0, 2), pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, said in _facts(letter, now_ms):
        table.add_row(name, said)
    console.print(table)
    if letter.violations:
        console.print(_violations(letter))
    if letter.history:
        console.print(_history(letter))
    if theirs := _headers(letter, opened):
        console.print(theirs)
    console.print(_record(letter, opened, read), soft_wrap=True)


def letter_facts(letter: DeadLetter, opened: Record | None) -> Facts:
    """Return a dead letter as a JSON object; where its seal was opened, key, value and headers are the producer's.

    Names of headers are text, in which U+FFFD stands for what is not UTF-8; keys and values are base64.
    """
    said, record = facts(letter), opened or as_it_stands(letter)
    said["key"], said["value"] = _base64(record.key), _base64(record.value)
    said["headers"] = [{"name": _text(name), "value": _base64(value)} for name, value in record.headers]
    return said


def settled(settlement: Settlement, now_ms: int) -> str:
    """Return what became of a dead letter, by what, who and why; of one that could not be found in time, that it is."""
    if not settlement.settled_ms:
        return "settled; as what was not found in the time there was"
    outcome = settlement.outcome or Outcome.OUTCOME_REPLAYED
    by = (
        f" by flow {settlement.flow}"
        if settlement.flow
        else f" by run {settlement.run[:DIGITS]}"
        if settlement.run
        else ""
    )
    attempt = f", attempt {settlement.attempt}" if outcome == Outcome.OUTCOME_REPLAYED else ""
    who = f", asked for by {settlement.actor}," if settlement.actor else ""
    why = f": {settlement.why}" if settlement.why else ""
    return f"{word(Outcome.DESCRIPTOR, outcome)}{by}{attempt}{who} {ago(settlement.settled_ms, now_ms)}{why}"


def _base64(part: bytes | None) -> str | None:
    return None if part is None else base64.b64encode(part).decode()


def _text(name: str) -> str:
    return name.encode(errors="surrogateescape").decode(errors="replace")


def _head(letter: DeadLetter) -> Text:
    title = Text.assemble((plain(letter.place).plain, "bold cyan"), "  ")
    state = "open" if not letter.HasField("settlement") else "settled"
    title.append(state, "bold red" if state == "open" else "green")
    if letter.sealed:
        title.append("  sealed", "yellow")
    said = plain(f"{letter.contract} {letter.version}".strip())
    said.stylize("bold")
    return title.append("\n").append(said).append("  ").append(plain(letter.reason))


def _facts(letter: DeadLetter, now_ms: int) -> Iterator[tuple[str, Text | str]]:
    if letter.HasField("settlement"):
        yield "settled", plain(settled(letter.settlement, now_ms))
    yield "failure", plain(letter.failure)
    yield "was", plain(letter.source)
    yield "arrived", f"{instant(letter.arrived_ms)} ({ago(letter.arrived_ms, now_ms)})"
    if letter.attempt:
        yield "attempt", str(letter.attempt)
    for name in ("producer", "declared_version", "event_id", "trace_id"):
        if said := getattr(letter, name):
            yield name.replace("_version", "").replace("_id", ""), plain(said)
    yield "size", f"{letter.size_bytes:,} bytes"


def _violations(letter: DeadLetter) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("path", "rule", "expected", "found"):
        table.add_column(heading, overflow="fold")
    for each in letter.violations:
        table.add_row(*map(plain, (each.path or "record", each.rule, each.expected, each.found)))
    return table


def _history(letter: DeadLetter) -> Tree:
    tree = Tree(Text("history", "bold"), guide_style="dim")
    branch = tree
    for each in letter.history:
        branch = branch.add(_attempt(each, is_this=each.place == letter.place))
        if each.HasField("settlement"):
            branch.add(plain(_replay(each.settlement)))
    return tree


def _attempt(attempt: Attempt, *, is_this: bool) -> Text:
    line = Text(f"attempt {attempt.attempt}", "bold" if is_this else "").append(" (this)" if is_this else "")
    line.append("  ").append(plain(f"{attempt.reason}  {attempt.violation}  {attempt.place}"))
    return line.append(f"  {instant(attempt.dead_ms)}", "dim")


def _replay(settlement: Settlement) -> str:
    return settled(settlement, settlement.settled_ms).replace(" just now", f" {instant(settlement.settled_ms)}")


def _headers(letter: DeadLetter, opened: Record | None) -> Table | None:
    """The producer's headers; what Assay wrote is shown above."""
    pairs = (opened or as_it_stands(letter)).headers
    theirs = [(name, value) for name, value in pairs if not name.startswith(headers.PREFIX)]
    if not theirs:
        return None
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("header", overflow="fold")
    table.add_column("value", overflow="fold")
    for name, value in theirs:
        table.add_row(plain(name), plain("null" if value is None else value.decode(errors="replace")))
    return table


def _record(letter: DeadLetter, opened: Record | None, read: str | None) -> Text:
    if is_left_out(letter):
        whole = typed(f"dead-letters open {letter.place}{' --keys FILE' if letter.sealed else ''}")
        return Text(f"The record is larger than what recovery answers; all of it: {whole}", "yellow")
    if opened is None:
        keys = typed(f"dead-letters show {letter.place} --keys FILE")
        return Text(f"The record is sealed; a holder of its key opens it: {keys}", "yellow")
    if opened.value is None:
        return Text("The record has no value.")
    key = [] if opened.key is None else [Text("key", "bold"), plain(opened.key.decode(errors="replace"))]
    return Text("\n").join([*key, Text("value", "bold"), *_shown(letter, opened.value, read)])


def _shown(letter: DeadLetter, value: bytes, read: str | None) -> list[Text]:
    text = payload_text(value) if read is None else read
    whole = typed(f"dead-letters open {letter.place}")
    if text is None:
        return [Text(f"{len(value):,} bytes that can't be shown as text; all of them: {whole}")]
    lines = [plain(line) for line in text[:MOST_SHOWN].splitlines()]
    return lines if len(text) <= MOST_SHOWN else [*lines, Text(f"… cut; all of it: {whole}", "dim")]
