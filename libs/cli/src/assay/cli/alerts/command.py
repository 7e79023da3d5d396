"""`assay alerts`: see what is broken and how promises stand, and try who would hear of it."""

from __future__ import annotations

import typer

from assay.cli.alerts.seeing import list_, show, status, tail
from assay.cli.alerts.trying import channels, route, send

__all__ = ["app"]

app = typer.Typer(help="See what is broken, how promises stand, and who hears of it.", no_args_is_help=True)

# In the order in which a person needs them, as the help lists them.
app.command("list")(list_)
app.command("show")(show)
app.command("tail")(tail)
app.command("status")(status)
app.command("route")(route)
app.command("channels")(channels)
app.command("test")(send)
