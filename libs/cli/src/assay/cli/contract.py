"""`assay contract`: check contract files, and make them count."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(help="Check contract files, and publish them.", no_args_is_help=True)

Paths = Annotated[
    list[Path], typer.Argument(help="Contract files (*.odcs.yaml), or folders of them.", exists=True, metavar="PATH…")
]


@app.command("lint")
def lint(paths: Paths) -> None:
    """Check contract files; each finding is a line `file:line: message`.

    Exit code 0 when all are fine, 1 when something was found.
    """
    from assay.cli.contracts import contract_files, findings_of

    files = contract_files(paths)
    findings = [finding for file in files for finding in findings_of(file)]
    for finding in findings:
        typer.echo(str(finding))
    typer.echo(f"{_number(len(files), 'contract file')}, {_number(len(findings), 'finding')}", err=True)
    raise typer.Exit(1 if findings else 0)


@app.command("apply")
def apply(
    paths: Paths,
    registry: Annotated[str | None, typer.Option(help="Registry, HOST:PORT; else the one of `assay up`.")] = None,
    broker: Annotated[str | None, typer.Option(help="Kafka broker, HOST:PORT; else the one of `assay up`.")] = None,
) -> None:
    """Check contract files, publish them in the registry and create their topics.

    The same again changes nothing. A file with findings stops all of it before anything is published.
    """
    from assay.cli.contracts import applied, loaded
    from assay.cli.where import address_of, broker_of

    contracts = loaded(paths)
    for line in asyncio.run(applied(contracts, address_of("registry", registry), broker_of(broker))):
        typer.echo(line)


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
