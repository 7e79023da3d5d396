"""`assay demo`: the main job, end to end, on real data."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["demo"]


def demo(
    as_json: Annotated[
        bool, typer.Option("--json", help="End with one JSON object on stdout; everything else goes to stderr.")
    ] = False,
    full: Annotated[
        bool, typer.Option("--full", help="The whole year: 336,776 flights instead of January and February.")
    ] = False,
    broker: Annotated[
        str,
        typer.Option(
            help="auto: Apache Kafka where Java 17 and Maven are, else the development broker. Or kafka, embedded, "
            "HOST:PORT.",
            metavar="auto|kafka|embedded|HOST:PORT",
        ),
    ] = "auto",
    keep: Annotated[
        Path | None, typer.Option(help="Folder for all that the demo makes; .assay/demo of this clone without it.")
    ] = None,
) -> None:
    """Run the main job end to end on real data: 51,955 departures from New York in January and February 2013.

    Contracts are applied, all services started, the flights sent. Flights without a tail number become dead letters,
    are repaired and replayed; the blizzard of 8 and 9 February breaks a promise, owner and consumers are told; in the
    end every record is counted by an independent reader. Takes one to two minutes. Exit code 1 if a check fails.
    """
    from rich.console import Console

    from assay.cli.demo import workbench
    from assay.cli.demo.closing import show_closing
    from assay.cli.demo.run import run
    from assay.cli.demo.show import Show

    console = Console(stderr=as_json, highlight=False)
    with workbench.opened(keep) as data:
        finished = asyncio.run(run(broker, data, Show(Console(stderr=True, highlight=False)), full=full))
        looks = workbench.finished(data, finished)
    show_closing(console, finished.outcome, finished.repaired, looks)
    if as_json:
        typer.echo(json.dumps(finished.outcome.as_json()))
    raise typer.Exit(0 if finished.outcome.ok else 1)
