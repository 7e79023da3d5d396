"""Who would hear of a breach, and how the channels fare: `assay alerts route`, `channels` and `test`."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Annotated

import typer

from assay.cli.alerts import options as o

__all__ = ["channels", "route", "send"]


def route(
    breach: Annotated[
        str,
        typer.Option(
            help="File with a measurement, JSON or YAML: contract, promise and value are enough; or the id of a breach.",
            metavar="FILE|ID",
        ),
    ],
    channels: Annotated[
        Path | None,
        typer.Option(
            help="Channels file to try in place of the one in force; its secrets are not read.", metavar="FILE"
        ),
    ] = None,
    alerts: o.Alerts = None,
    as_json: o.AsJson = False,
) -> None:
    """Say who would hear of a breach, through which channel and why, and who is reached by none. Nothing is sent.

    Exit code 1 where somebody is reached by no channel.
    """
    from rich.console import Console

    from assay.cli.alerts.trial import asked, routed, show_route
    from assay.cli.letters.facts import as_json as line
    from assay.cli.letters.facts import facts
    from assay.cli.where import address_of

    found = asyncio.run(routed(address_of("alerts", alerts), asked(breach, channels)))
    if as_json:
        typer.echo(line(facts(found)))
    else:
        show_route(found, Console(highlight=False))
    raise typer.Exit(1 if found.unreached or not found.alerts else 0)


def channels(alerts: o.Alerts = None, as_json: o.AsJson = False) -> None:
    """Show the channels: how many alerts wait, were delivered or given up, and what went wrong last."""
    from rich.console import Console

    from assay.api.alerts.v1.alerts_pb2 import ListChannelsResponse
    from assay.cli.alerts import ways
    from assay.cli.letters.facts import as_json as line
    from assay.cli.letters.facts import facts
    from assay.cli.where import address_of

    found = asyncio.run(ways.channels(address_of("alerts", alerts)))
    if as_json:
        typer.echo(line(facts(ListChannelsResponse(channels=found))))
    else:
        ways.show_channels(found, Console(highlight=False), time.time_ns() // 1_000_000)


def send(
    channel: Annotated[
        str, typer.Argument(metavar="CHANNEL", help="Name of a channel, as `assay alerts channels` shows it.")
    ],
    alerts: o.Alerts = None,
    as_json: o.AsJson = False,
) -> None:
    """Send one alert, marked as a test, through a channel. Exit code 1 where the channel did not take it."""
    from assay.cli.alerts.ways import tested
    from assay.cli.letters.facts import as_json as line
    from assay.cli.letters.facts import facts
    from assay.cli.where import address_of

    found = asyncio.run(tested(address_of("alerts", alerts), channel))
    typer.echo(line(facts(found)) if as_json else f"{channel}: {found.answer}")
    raise typer.Exit(0 if found.delivered else 1)
