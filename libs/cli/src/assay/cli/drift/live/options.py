"""The arguments and options that commands against a running drift service share."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["AnyModel", "AsJson", "Drift", "EachAsJson", "Features", "Model", "Segment", "Version"]

Model = Annotated[str, typer.Argument(metavar="MODEL", help="Name of a model, as its contracts say it.")]
AnyModel = Annotated[str, typer.Argument(metavar="MODEL", help="Name of a model; all models without it.")]
Version = Annotated[
    str,
    typer.Option("--version", metavar="VERSION", help="Else the one with the newest predictions.", show_default=False),
]
Segment = Annotated[
    str, typer.Option("--segment", metavar="NAME=VALUE", help="Else all predictions.", show_default=False)
]
Features = Annotated[
    list[str] | None, typer.Option("--feature", metavar="NAME", help="Only this feature; repeat it for more.")
]
Drift = Annotated[str | None, typer.Option("--drift", help="Drift service, HOST:PORT; else the one of `assay up`.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout instead of text.")]
EachAsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout instead of text, one object a line.")]
