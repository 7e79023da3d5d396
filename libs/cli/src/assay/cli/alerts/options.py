"""The options that the commands of `assay alerts` share."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["SEVERITIES", "Alerts", "AsJson", "EachAsJson", "Severity", "severity_code"]

SEVERITIES = ("info", "warning", "critical")

Alerts = Annotated[str | None, typer.Option(help="Alerts service, HOST:PORT; else the one of `assay up`.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout instead of text.")]
EachAsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout instead of text, one object a line.")]
Severity = Annotated[
    str,
    typer.Option(help="Only as bad as that or worse: info, warning, critical.", show_default=False, metavar="LEVEL"),
]


def severity_code(word: str) -> int:
    """Return the number on the wire of a severity, 0 for none.

    Raises:
        BadParameter: it is no severity.
    """
    if word and word not in SEVERITIES:
        raise typer.BadParameter(f"{word!r} is none of {', '.join(SEVERITIES)}", param_hint="--severity")
    return SEVERITIES.index(word) + 1 if word else 0
