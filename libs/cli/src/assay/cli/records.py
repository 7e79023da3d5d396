"""`assay records`: follow single records."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(help="Follow single records.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Follow single records."""


@app.command("trace")
def trace(
    identity: Annotated[
        str, typer.Argument(metavar="ID", help="Event id, or topic/partition/offset on any topic of a contract.")
    ],
    broker: Annotated[str | None, typer.Option(help="Kafka broker, HOST:PORT; else the one of `assay up`.")] = None,
    registry: Annotated[str | None, typer.Option(help="Registry, HOST:PORT; else the one of `assay up`.")] = None,
    lake: Annotated[Path | None, typer.Option(help="Folder of the lake; else the one of `assay up`.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout instead of a tree.")] = False,
) -> None:
    """Show the way of one record: emitted, taken in, judged, repaired and replayed if it failed, archived.

    Everything shown is read from topics and lake, whatever the services remember.
    """
    from rich.console import Console

    from assay.cli.trace.command import traced
    from assay.cli.trace.tree import way_tree
    from assay.cli.where import address_of, broker_of, lake_of

    way = asyncio.run(traced(identity, address_of("registry", registry), broker_of(broker), lake_of(lake)))
    if as_json:
        typer.echo(json.dumps(asdict(way)))
    else:
        Console(highlight=False).print(way_tree(way))
