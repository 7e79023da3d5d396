"""`assay up`: the whole map on this machine until Ctrl-C."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["up"]


def up(
    broker: Annotated[
        str,
        typer.Option(
            help="auto: Apache Kafka where Java 17 and Maven are, else the development broker. Or kafka, embedded, "
            "HOST:PORT.",
            metavar="auto|kafka|embedded|HOST:PORT",
        ),
    ] = "auto",
    data: Annotated[
        Path | None, typer.Option(help="Folder for everything that is kept; .assay/up of this clone without it.")
    ] = None,
) -> None:
    """Run a broker and all services on this machine until Ctrl-C.

    The services listen on the ports of workspace.toml. Other commands find them by themselves.
    """
    from assay.cli.running import run

    asyncio.run(run(broker, data))
