"""Repairs that a person makes: `assay dead-letters propose`, `edit` and `resubmit`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assay.cli.letters import options as o

if TYPE_CHECKING:
    from rich.console import Console

    from assay.api.recovery.v1.recovery_pb2 import DeadLetter, ProposeFlowsResponse
    from assay.cli.letters.editing import Draft
    from assay.contracts import Contract

__all__ = ["edit", "propose", "resubmit"]

Value = Annotated[
    Path | None,
    typer.Option(
        help="The record as it is to be, as JSON, in place of an editor.", exists=True, dir_okay=False, metavar="FILE"
    ),
]
File = Annotated[
    Path, typer.Argument(help="The record as it is to be, as JSON.", exists=True, dir_okay=False, metavar="FILE")
]
Unchecked = Annotated[bool, typer.Option("--force", help="Also what the contract in force would refuse.")]


def propose(
    failure: Annotated[str, typer.Argument(metavar="FAILURE", help="Fingerprint of the failure, or its beginning.")],
    write: Annotated[
        Path | None,
        typer.Option(
            help="Put a proposal into this contract file, and raise its version if it is the one in force.", exists=True,
            dir_okay=False, metavar="FILE",
        ),
    ] = None,
    pick: Annotated[int, typer.Option(help="Which proposal --write takes.", min=1)] = 1,
    recovery: o.Recovery = None,
    registry: o.Registry = None,
    as_json: o.AsJson = False,
) -> None:  # fmt: skip
    """Propose flows that would repair a failure, each with its evidence and what a dry run of it came to.

    Nothing is applied: a person puts a flow into the contract and commits it. Exit code 1 where there is none.
    """
    from rich.console import Console

    from assay.cli.letters.facts import as_json as line
    from assay.cli.letters.facts import facts
    from assay.cli.letters.proposing import proposed, show_proposals
    from assay.cli.where import address_of

    address = address_of("recovery", recovery)
    answer = asyncio.run(proposed(address, failure))
    if write is not None:
        _write(write, answer, pick, address_of("registry", registry), as_json=as_json)
        return
    if as_json:
        typer.echo(line(facts(answer)))
    else:
        show_proposals(answer, Console(highlight=False))
        if any(proposal.flow for proposal in answer.proposals):
            _say_how(failure, Console(highlight=False))
    raise typer.Exit(0 if answer.proposals else 1)


def edit(
    place: o.Place,
    value: Value = None,
    keys: o.Keys = None,
    force: Unchecked = False,
    why: o.Why = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before it is sent.")] = False,
    recovery: o.Recovery = None,
    registry: o.Registry = None,
    as_json: o.EachAsJson = False,
) -> None:
    """Edit the record of one dead letter, see what the contract in force says of it, and resubmit it.

    VISUAL or EDITOR names the editor. A sealed record needs --keys and is in the clear while it is edited, in a file
    that its owner alone may read.
    """
    from rich.console import Console

    from assay.cli.letters.editing import draft_of, edited, framed_anew, from_file, payload_of
    from assay.cli.letters.letter_page import letter_at
    from assay.cli.published import version_of
    from assay.cli.where import address_of
    from assay.contracts import load

    address, known = address_of("recovery", recovery), address_of("registry", registry)
    console = Console(stderr=True, highlight=False)
    letter = asyncio.run(letter_at(address, place))
    found = asyncio.run(version_of(letter.contract, known))
    contract = load(found.text, f"{found.contract}@{found.version}")
    draft = draft_of(letter, _wrote(letter, contract, known), keys)
    draft = edited(draft) if value is None else from_file(draft, value)
    while not _is_fine(draft, contract, letter, console) and not force:
        if value is not None or not sys.stdin.isatty() or not typer.confirm("Edit it again?", default=True, err=True):
            _refuse(place)
        draft = edited(draft)
    record = framed_anew(payload_of(draft, contract), draft, contract, found.id)
    _submit(address, letter, record, (why, yes, force, as_json))


def resubmit(
    place: o.Place,
    file: File,
    keys: o.Keys = None,
    force: Unchecked = False,
    why: o.Why = None,
    recovery: o.Recovery = None,
    registry: o.Registry = None,
    as_json: o.EachAsJson = False,
) -> None:
    """Replay the record of a file in place of one dead letter; what the contract in force would refuse is not sent.

    What differs from the dead letter is shown; a sealed one needs --keys for that.
    """
    edit(place, file, keys, force, why, True, recovery, registry, as_json)


def _wrote(letter: DeadLetter, in_force: Contract, registry: str) -> Contract:
    """The version that the record was written by; where nobody knows the one that it declares, the one in force."""
    from assay.cli.errors import CallError
    from assay.cli.published import contract_of

    try:
        return asyncio.run(contract_of(letter.contract, registry, letter.declared_version or letter.version))
    except CallError as error:
        if error.code != "NOT_FOUND":
            raise
        return in_force


def _is_fine(draft: Draft, contract: Contract, letter: DeadLetter, console: Console) -> bool:
    """Whether the contract accepts the record; what was changed and the verdict are shown."""
    from assay.cli.letters.editing import difference, payload_of, verdict_on, verdict_words

    verdict = verdict_on(payload_of(draft, contract), contract, letter.arrived_ms)
    for line in [*difference(draft), *verdict_words(verdict, contract)]:
        console.print(line, soft_wrap=True)
    return verdict.accepted


def _refuse(place: str) -> None:
    from assay.cli.errors import CommandError

    raise CommandError(
        f"{place} was not resubmitted: the contract in force would refuse it; --force sends it all the same"
    )


def _submit(address: str, letter: DeadLetter, record: bytes, said: tuple[str | None, bool, bool, bool]) -> None:
    from assay.api.recovery.v1.recovery_pb2 import StartRunRequest
    from assay.api.recovery.v1.run_pb2 import RunKind, Selection
    from assay.cli.letters.asking import agreed, reason
    from assay.cli.letters.following import follow_or_leave
    from assay.cli.letters.running import started

    why, yes, force, as_json = said
    because = reason(why)
    if not yes:
        agreed(f"Resubmit {letter.place}?")
    request = StartRunRequest(
        kind=RunKind.RUN_KIND_RESUBMIT,
        selection=Selection(contract=letter.contract, places=[letter.place]),
        value=record,
        force=force,
    )
    follow_or_leave(address, asyncio.run(started(address, request, because)), detach=False, as_json=as_json)


def _write(file: Path, answer: ProposeFlowsResponse, pick: int, registry: str, *, as_json: bool) -> None:
    from rich.console import Console

    from assay.cli.errors import CommandError
    from assay.cli.letters.facts import as_json as line
    from assay.cli.letters.proposing import written
    from assay.cli.published import contract_of
    from assay.cli.where import typed

    if pick > len(answer.proposals):
        known = f"there are {len(answer.proposals)}" if answer.proposals else answer.explanation or "there is none"
        raise CommandError(f"there is no proposal {pick}: {known}")
    proposal = answer.proposals[pick - 1]
    if not proposal.flow:
        raise CommandError(
            f"proposal {pick} is a change of the contract, no flow; its evidence says what to write there"
        )
    in_force = asyncio.run(contract_of(proposal.trial.contract, registry))
    done = written(file, proposal, in_force)
    if as_json:
        typer.echo(line({"file": str(done.file), "flow": done.flow, "before": done.before, "after": done.after}))
        return
    console = Console(highlight=False)
    console.print(f"{done.file}: flow {done.flow} is in, version {done.before} → {done.after}", markup=False)
    console.print(
        f"Next: review and commit it, then {typed(f'contract apply {done.file}')}", soft_wrap=True, markup=False
    )


def _say_how(failure: str, console: Console) -> None:
    from assay.cli.where import typed

    how = typed(f"dead-letters propose {failure} --write FILE.odcs.yaml")
    console.print(f"Next: {how}  # puts the first into a contract file; --pick N another", soft_wrap=True, markup=False)
