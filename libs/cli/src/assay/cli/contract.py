"""`assay contract`: check contract files, and make them count."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import Annotated

import typer

from assay.cli.forms.command import codegen, docs, export, import_, infer
from assay.cli.life.applying import apply, plan
from assay.cli.life.approving import approve
from assay.cli.life.checking import check
from assay.cli.life.diffing import diff
from assay.cli.life.options import AsJson, Paths
from assay.cli.observe.command import observe

__all__ = ["app"]

app = typer.Typer(help="Check contract files, publish them, see who keeps them.", no_args_is_help=True)


def lint(paths: Paths, as_json: AsJson = False) -> None:
    """Check contract files; each finding is a line `file:line: message`.

    Exit code 0 when all are fine, 1 when something was found.
    """
    from assay.cli.contracts import contract_files, findings_of_all

    files = contract_files(paths)
    findings = findings_of_all(files)
    if as_json:
        typer.echo(json.dumps({"files": len(files), "findings": [asdict(finding) for finding in findings]}))
    else:
        for finding in findings:
            typer.echo(str(finding))
    typer.echo(f"{_number(len(files), 'contract file')}, {_number(len(findings), 'finding')}", err=True)
    raise typer.Exit(1 if findings else 0)


def promises(paths: Paths, as_json: AsJson = False) -> None:
    """Show what contracts promise, in words, and how it is watched; a service level that nothing measures is a note."""
    from assay.cli.contracts import versions
    from assay.cli.promises import facts, lines

    contracts = versions(paths)
    if as_json:
        typer.echo(json.dumps({"contracts": [facts(each) for each in contracts]}))
        return
    for each in contracts:
        for line in lines(each):
            typer.echo(line)


def retire(
    contract: Annotated[str, typer.Argument(metavar="CONTRACT", help="Contract id, as in its file.")],
    version: Annotated[str, typer.Argument(metavar="VERSION", help="The version that records may no longer declare.")],
    reason: Annotated[str, typer.Option(help="Why, for the audit of the registry.")] = "",
    registry: Annotated[str | None, typer.Option(help="Registry, HOST:PORT; else the one of `assay up`.")] = None,
) -> None:
    """Retire a version: records that declare it are dead letters from then on, with the version to use instead.

    The newest version can't be retired. The same again changes nothing.
    """
    from assay.cli.published import retired
    from assay.cli.where import address_of

    changed = asyncio.run(retired(contract, version, address_of("registry", registry), reason))
    typer.echo(f"contract {contract} {version}: {'retired' if changed else 'was retired before'}")


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


# In the order of a contract's life, as the help lists them; then from and to other forms.
app.command("lint")(lint)
app.command("promises")(promises)
app.command("diff")(diff)
app.command("check")(check)
app.command("approve")(approve)
app.command("plan")(plan)
app.command("apply")(apply)
app.command("retire")(retire)
app.command("observe")(observe)
app.command("infer")(infer)
app.command("import")(import_)
app.command("export")(export)
app.command("codegen")(codegen)
app.command("docs")(docs)
