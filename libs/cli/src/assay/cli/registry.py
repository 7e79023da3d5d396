"""`assay registry`: who changed what, copies of all that is kept, and the way to git."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(help="See who changed what in the registry; back it up, restore it, export it.", no_args_is_help=True)

Registry = Annotated[str | None, typer.Option(help="Registry, HOST:PORT; else the one of `assay up`.")]


@app.command("audit")
def audit(
    target: Annotated[str, typer.Argument(metavar="TARGET", help="Contract or subject; all without it.")] = "",
    limit: Annotated[int, typer.Option(help="How many entries at most; 0 for all.", min=0)] = 50,
    registry: Registry = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout instead of lines.")] = False,
) -> None:
    """Show who changed what, when and why, the newest first. Names are as the calls gave them; nobody checked them."""
    from assay.cli.changes import told
    from assay.cli.where import address_of

    found = asyncio.run(told(address_of("registry", registry), target, limit))
    if as_json:
        typer.echo(json.dumps({"entries": [asdict(one) for one in found]}, ensure_ascii=False))
        return
    for entry in found:
        typer.echo(entry.in_words())
    if not found:
        typer.echo("no change on record", err=True)


@app.command("backup")
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to make; one that is there is left alone.")],
    registry: Registry = None,
) -> None:
    """Write all that the registry keeps, as of one moment, into one file with a checksum."""
    from assay.cli.copies import backed_up
    from assay.cli.where import address_of

    rows = asyncio.run(backed_up(file, address_of("registry", registry)))
    typer.echo(f"{file}: {rows} rows, whole and checked")


@app.command("restore")
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.", exists=True, dir_okay=False)],
    skip_ids: Annotated[
        int,
        typer.Option(
            help="Ids left out after the last of the backup: as many as the lost registry may have given since, for "
            "records carry them. 0 where it gave none, as in a move.",
            min=0,
            max=1_000_000_000,
        ),
    ] = 1_000,
    reason: Annotated[str, typer.Option(help="Why, for the audit.")] = "",
    registry: Registry = None,
) -> None:
    """Put a backup into a registry that keeps nothing yet, on SQLite or PostgreSQL. Ids stay as they were."""
    from assay.cli.copies import restored
    from assay.cli.where import address_of

    rows, next_id = asyncio.run(restored(file, skip_ids, reason, address_of("registry", registry)))
    typer.echo(f"{rows} rows restored; the next id is {next_id}")


@app.command("export")
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder, an empty one, or one of an export.")],
    registry: Registry = None,
) -> None:
    """Write contracts, and all else that is kept, as a tree of files for git: what did not change has the same bytes."""
    from assay.cli.copies import exported
    from assay.cli.where import address_of

    files = asyncio.run(exported(folder, address_of("registry", registry)))
    typer.echo(f"{folder}: {files} files")
