"""Flows that nobody has accepted yet: shown with their evidence, and put into a contract file for a person to commit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text

from assay.api.recovery.v1.recovery_pb2 import ProposeFlowsRequest, ProposeFlowsResponse
from assay.api.recovery.v1.run_pb2 import Proposal
from assay.cli.errors import CommandError
from assay.cli.letters.asking import recovery
from assay.cli.letters.planting import flow_of, planted, with_version
from assay.cli.letters.trying import TRY_S, trial_line
from assay.cli.plain import plain
from assay.contracts import Contract, lint, load
from assay.contracts.diff import asked, diff, next_version

__all__ = ["Written", "proposed", "show_proposals", "written"]


@dataclass(frozen=True, slots=True)
class Written:
    """What was put into a contract file."""

    file: Path
    flow: str
    before: str
    after: str


async def proposed(address: str, fingerprint: str) -> ProposeFlowsResponse:
    """Return flows that may repair a failure, the best first.

    Raises:
        CallError: there is no such failure, or the service does not answer.
    """
    async with recovery(address) as stub:
        return await stub.ProposeFlows(ProposeFlowsRequest(fingerprint=fingerprint), timeout=TRY_S)


def show_proposals(answer: ProposeFlowsResponse, console: Console) -> None:
    """Print each proposal: what it would do, why it is likely, what a dry run came to, and its YAML."""
    for number, proposal in enumerate(answer.proposals, start=1):
        title = Text.assemble((f"{number}. ", "bold")).append(plain(proposal.title))
        title.stylize("bold")
        console.print(title, soft_wrap=True)
        for line in _evidence(proposal):
            console.print(line, soft_wrap=True)
        if proposal.flow:  # a change of the contract has none; its evidence says how to write it
            yaml = Syntax(_safe(proposal.flow), "yaml", background_color="default", word_wrap=True, padding=(1, 4))
            console.print(yaml)
    if answer.explanation:
        console.print(plain(answer.explanation))


def written(file: Path, proposal: Proposal, in_force: Contract) -> Written:
    """Put the flow into a contract file and raise its version where that is the one in force still.

    Raises:
        CommandError: the file is of another contract, or what it would say then does not lint; nothing is written.
        ContractError: the file has findings already.
    """
    text = file.read_bytes()
    before = load(text, str(file))
    if before.id != in_force.id:
        raise CommandError(f"{file} is contract {before.id}; the failure is one of {in_force.id}")
    changed = planted(text, proposal.flow)
    if findings := lint(changed, str(file)):
        raise CommandError(f"with the flow {file} would not lint, so it was left alone: {findings[0]}")
    if before.version == in_force.version:
        version = next_version(before.version, asked(diff(in_force, changed)))
        changed = with_version(changed, version)
    file.write_bytes(changed)
    return Written(file, str(flow_of(proposal.flow).get("id", "")), before.version, load(changed, str(file)).version)


def _evidence(proposal: Proposal) -> Iterator[Text]:
    for said in proposal.evidence:
        yield plain(f"   · {said}")
    if proposal.HasField("trial"):
        yield plain(f"   → {trial_line(proposal.trial)}")
    for each in proposal.trial.explanations[:3]:
        yield plain(f"     {each.dead_letters:,} stay: {each.text}")


def _safe(text: str) -> str:
    """Text of several lines in which no character moves the cursor."""
    return "\n".join(plain(line).plain for line in text.splitlines())
