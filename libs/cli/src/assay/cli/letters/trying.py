"""A dry run: what flows would make of dead letters, field by field, before anything is written."""

from __future__ import annotations

from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from assay.api.recovery.v1.recovery_pb2 import TryRecoveryRequest
from assay.api.recovery.v1.run_pb2 import Example, FieldChange, Trial
from assay.cli.errors import CommandError
from assay.cli.letters.asking import recovery
from assay.cli.letters.run_words import explained
from assay.cli.letters.words import number_of
from assay.cli.plain import plain

__all__ = ["draft_of", "show_trial", "trial_line", "tried"]

TRY_S = 120.0
"""Deadline of a dry run: it reads the topic and judges each record."""

WHY = "dry run"
MOST_BYTES = 1024 * 1024


async def tried(address: str, request: TryRecoveryRequest) -> Trial:
    """Return what the flows would make of the dead letters.

    Raises:
        CallError: the contract has no such flow, the draft is none, or the service does not answer.
    """
    async with recovery(address, WHY) as stub:
        return (await stub.TryRecovery(request, timeout=TRY_S)).trial


def draft_of(file: Path) -> str:
    """Return the flows of a file: `assay.recovery` by itself, or that of a whole contract.

    Raises:
        CommandError: it can't be read, is too large, or is a contract without flows.
        ContractError: it is no YAML that a contract may be.
    """
    from assay.contracts.document import parse
    from assay.contracts.yaml_text import yaml_text

    try:
        text = file.read_bytes()
        said = text.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} can't be read: {error}") from error
    if len(text) > MOST_BYTES:
        raise CommandError(f"{file} has {len(text):,} bytes; flows have at most {MOST_BYTES:,}")
    if not any(line.startswith("kind:") for line in said.splitlines()):
        return said
    properties = parse(text, str(file)).value.get("customProperties") or []
    found = [
        each.get("value") for each in properties if isinstance(each, dict) and each.get("property") == "assay.recovery"
    ]
    if not found or not isinstance(found[0], dict):
        raise CommandError(f"{file} is a contract without assay.recovery")
    return yaml_text(found[0])


def trial_line(trial: Trial) -> str:
    """Return what a dry run came to, in one line."""
    if not trial.tried:
        return "no open dead letter is meant"
    would = (
        f"{trial.would_pass:,} of {number_of(trial.tried, 'dead letter')} would keep {trial.contract} {trial.version}"
    )
    return f"{would}; {trial.would_stay:,} would stay" if trial.would_stay else would


def show_trial(trial: Trial, console: Console) -> None:
    """Print what a dry run came to: what would change in some, how many would pass, and why the others would stay."""
    for example in trial.examples:
        console.print(_headline(example), soft_wrap=True)
        if example.changes:
            console.print(_changes(example))
    console.print(plain(trial_line(trial)))
    if trial.stopped_at:
        console.print(plain(f"Not all that is meant was tried; it ended at: {trial.stopped_at}"))
    for each in trial.flows:
        console.print(plain(f"  {each.would_pass:>9,}  by {each.flow}"))
    if trial.explanations:
        console.print("Why they would stay:")
        for line in explained(trial.explanations):
            console.print(line, soft_wrap=True)


def _headline(example: Example) -> Text:
    line = plain(example.place)
    if example.flow:
        line.append("  by ").append(plain(example.flow))
    line.append("  would pass" if example.would_pass else "  would stay", "green" if example.would_pass else "yellow")
    if example.sealed:
        line.append("  sealed: shapes, no values", "dim")
    if example.explanation and not example.would_pass:
        line.append(": ").append(plain(example.explanation))
    return line


def _changes(example: Example) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading, style in (("field", ""), ("before", "red"), ("after", "green")):
        table.add_column(heading, overflow="fold", style=style)
    for change in example.changes:
        table.add_row(plain(change.path or "record"), *_sides(change))
    return table


def _sides(change: FieldChange) -> tuple[Text, Text]:
    before = plain(change.before) if change.HasField("before") else Text("absent", "dim")
    after = plain(change.after) if change.HasField("after") else Text("absent", "dim")
    return before, after
