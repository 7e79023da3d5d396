"""`assay dead-letters`: what failed, how often, and what became of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(help="See what failed, how often, and what became of it.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """See what failed, how often, and what became of it."""


@app.command("list")
def show(
    contract: Annotated[str, typer.Argument(metavar="CONTRACT", help="Contract id; all contracts without it.")] = "",
    recovery: Annotated[str | None, typer.Option(help="Recovery service, HOST:PORT; else of `assay up`.")] = None,
    registry: Annotated[str | None, typer.Option(help="Registry, HOST:PORT; else the one of `assay up`.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout instead of a table.")] = False,
) -> None:
    """List dead letters in groups that failed in the same way, with what was done about them."""
    from assay.cli import failures
    from assay.cli.published import contract_of
    from assay.cli.where import address_of

    found = asyncio.run(failures.listed(address_of("recovery", recovery), contract))
    if contract and not found:
        asyncio.run(contract_of(contract, address_of("registry", registry)))  # a name that nobody knows is told
    if as_json:
        typer.echo(failures.as_json(found))
    else:
        failures.show(found)


@app.command("open")
def unsealed(
    place: Annotated[str, typer.Argument(metavar="PLACE", help="topic/partition/offset of the dead letter.")],
    keys: Annotated[Path | None, typer.Option(help="Key file that a sealed one opens with.")] = None,
    broker: Annotated[str | None, typer.Option(help="Kafka broker, HOST:PORT; else the one of `assay up`.")] = None,
) -> None:
    """Write the bytes of one dead letter to stdout, exactly as the producer sent them."""
    from assay.cli.letters import opened
    from assay.cli.where import broker_of, keys_of

    letter = asyncio.run(opened(broker_of(broker), place, keys_of(keys)))
    typer.echo(letter.value or b"", nl=False)
