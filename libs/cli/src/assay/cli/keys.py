"""`assay keys`: the key file that dead letters are sealed with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(help="Make the key file that dead letters are sealed with.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Make the key file that dead letters are sealed with."""


@app.command("create")
def create(file: Annotated[Path, typer.Argument(help="The file to make; one that is there is left alone.")]) -> None:
    """Write a new key file that only its owner may read; every validation worker needs the same."""
    from assay.cli.errors import CommandError
    from assay.streaming.keys import KeyFile

    if file.exists():
        raise CommandError(f"{file} is there already; what is sealed with its keys would be lost")
    try:
        KeyFile.create(file)
    except OSError as error:
        raise CommandError(f"{file} can't be written: {error.strerror}") from error
    typer.echo(f"{file} made; keep a copy: what is sealed with it opens with nothing else", err=True)
