"""`assay contract approve`: a consumer says yes to changes, in a file for git."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assay.cli.life.options import Against, AsJson, Registry

if TYPE_CHECKING:
    from assay.cli.life.before import Before
    from assay.contracts import Contract
    from assay.contracts.diff import Approval, Change

__all__ = ["approve"]

_DAYS = 30
_LONGEST_DAYS = 366


def approve(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Contract file with the changes; it may be gone with --against git:REV."),
    ],
    consumer: Annotated[str, typer.Option("--as", help="Consumer that approves, by its id in assay.consumers.")],
    reason: Annotated[str, typer.Option(help="Why it is fine; stays in git.")],
    until: Annotated[
        str | None,
        typer.Option(help="Last day on which it counts, like 2027-01-31; in 30 days without it.", metavar="DAY"),
    ] = None,
    by: Annotated[str | None, typer.Option(help="Who approves; else ASSAY_ACTOR, or the user of git.")] = None,
    path: Annotated[
        list[str] | None, typer.Option(help="Approve the change at this path alone, as diff shows it.")
    ] = None,
    against: Against = "registry",
    registry: Registry = None,
    as_json: AsJson = False,
) -> None:
    """Write the approval of a consumer for the changes of this version that concern it.

    The file goes to `approvals` beside the contract; commit it. It is bound to the changes as they are now: another
    edit of one of them voids it. What the file approves already stays approved, now for this reason and until this day.
    """
    import json

    from assay.cli.caller import caller
    from assay.cli.errors import CommandError
    from assay.cli.life.papers import approvals_folder
    from assay.contracts.diff import Approval, approval_name, approval_text, covers

    version, changes = _changes(file, against, registry)
    concerning = [each for each in changes if consumer in {party.id for party in each.consumers}]
    chosen = [each for each in concerning if not path or each.path in path]
    if missing := set(path or ()) - {each.path for each in concerning}:
        raise CommandError(f"{file}: no change at {', '.join(sorted(missing))} needs the approval of {consumer!r}")
    if not chosen:
        raise CommandError(f"{file}: no change needs the approval of {consumer!r}; {_who(changes)}")
    if not reason.strip():
        raise typer.BadParameter("an approval needs a reason")
    folder = approvals_folder(file)
    written = folder / approval_name(chosen[0].contract, version, consumer)
    standing = _before(written)
    approved = [each for each in concerning if each in chosen or covers(standing, each)]
    approval = Approval(
        chosen[0].contract, version, consumer, by or caller().name, reason, _day(until),
        frozenset(each.fingerprint for each in approved),
    )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    written.write_text(approval_text(approval, approved), encoding="utf-8")
    if as_json:
        facts = {"file": str(written), "until": approval.until, "paths": [each.path for each in chosen]}
        typer.echo(json.dumps(facts))
        return
    for each in chosen:
        typer.echo(f"approved: {each.kind} {each.path or '(the contract is taken away)'}")
    typer.echo(f"{written}: written, counts until {approval.until}; commit it")


def _changes(file: Path, against: str, registry: str | None) -> tuple[str, Sequence[Change]]:
    from assay.cli.contracts import loaded
    from assay.cli.errors import CommandError
    from assay.cli.life.before import before_of
    from assay.cli.where import address_of
    from assay.contracts.diff import REMOVED, diff, removal

    address = address_of("registry", registry) if against == "registry" else ""
    before = before_of(against, [file], address)
    if not file.is_file():
        if against == "registry":
            raise CommandError(f"{file}: no such file; for one that was taken away name --against git:REV")
        return REMOVED, (removal(_gone(file, against, before)),)
    contract = loaded([file])[0]
    was = before.get(contract.id)
    if was is None:
        raise CommandError(f"{file}: contract {contract.id} is new; nobody has to approve it")
    return contract.version, diff(was.newest, contract, was.earlier)


def _before(file: Path) -> list[Approval]:
    """The approval that the file has now, if it is there and not over."""
    from assay.contracts.diff import read_approval

    found = [read_approval(file.read_bytes(), str(file))] if file.is_file() else []
    return [each for each in found if not each.is_over(_today().isoformat())]


def _today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()


def _gone(file: Path, against: str, before: dict[str, Before]) -> Contract:
    from assay.cli.life.before import text_of
    from assay.contracts import load

    revision = against.partition(":")[2]
    text, name = text_of(f"{revision}:{file}")
    return before[load(text, name).id].newest


def _who(changes: Sequence[Change]) -> str:
    names = sorted({party.id for each in changes for party in each.consumers})
    return f"asked are {', '.join(names)}" if names else "nobody is asked"


def _day(until: str | None) -> str:
    today = _today()
    if until is None:
        return (today + datetime.timedelta(days=_DAYS)).isoformat()
    try:
        day = datetime.date.fromisoformat(until) if re.fullmatch(r"\d{4}-\d\d-\d\d", until) else None
    except ValueError:
        day = None
    if day is None or not today <= day <= today + datetime.timedelta(days=_LONGEST_DAYS):
        raise typer.BadParameter(
            f"--until is a day from today on, within a year, like {today.isoformat()}; not {until!r}"
        )
    return day.isoformat()
