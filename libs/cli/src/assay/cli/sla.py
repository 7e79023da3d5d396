"""`assay sla`: measure a contract's promises on a day, and load it."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(help="Measure a contract's promises.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Measure a contract's promises."""


@app.command("run")
def run(
    contract: Annotated[str, typer.Argument(metavar="CONTRACT", help="Contract id, as in its file.")],
    day: Annotated[str, typer.Argument(help="Day in the contract's time zone, as 2013-02-08.", metavar="DAY")],
    warehouse: Annotated[str | None, typer.Option(help="Warehouse service, HOST:PORT; else of `assay up`.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout instead of lines.")] = False,
) -> None:
    """Check the promises of one day over the lake and load the day into the warehouse.

    The same day again changes nothing. Exit code 1 where a promise is broken.
    """
    from assay.cli import slices
    from assay.cli.where import address_of

    answer = asyncio.run(slices.run_one(address_of("warehouse", warehouse), contract, day))
    for line in [slices.as_json(contract, day, answer)] if as_json else slices.in_words(contract, day, answer):
        typer.echo(line)
    raise typer.Exit(1 if slices.broken(answer) else 0)


@app.command("days")
def days(
    contract: Annotated[str, typer.Argument(metavar="CONTRACT", help="Contract id, as in its file.")],
    first: Annotated[str, typer.Option("--from", help="First day, as 2013-02-08.", metavar="DAY")] = "",
    last: Annotated[str, typer.Option("--to", help="Last day.", metavar="DAY")] = "",
    grown: Annotated[bool, typer.Option("--grown", help="Only days that have grown since they were checked.")] = False,
    warehouse: Annotated[str | None, typer.Option(help="Warehouse service, HOST:PORT; else of `assay up`.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout instead of lines.")] = False,
) -> None:
    """List the days that were checked, and say which have grown since, as when a record of theirs is recovered."""
    from assay.cli import slices
    from assay.cli.where import address_of

    found = asyncio.run(slices.checked(address_of("warehouse", warehouse), contract, first, last))
    shown = [each for each in found if each.grown or not grown]
    for line in [slices.days_as_json(contract, shown)] if as_json else slices.days_in_words(contract, shown):
        typer.echo(line)
